import {
  averagePrice,
  createEffects,
  createEngine,
  type Effects,
  type Engine,
  type EngineEvent,
  equity,
  markEquity,
  needsPrints,
  stepBarsClosed,
  stepDecided,
  stepOrder,
  stepPrint,
} from "#engine";
import { type Params, priceFromTicks, quantityFromLots } from "#model";
import { type AccountView, type CheckedSpec, createDecider, type Decider, type OrderView } from "#strategy";
import { type BarVenue, createBarVenue, lowFirst, printTime } from "#venue";
import type { Prepared, PreparedInstrument } from "./prepare.ts";
import { Recorder } from "./record.ts";

/** All that a run needs at hand; events are reused objects, because a million bars would make millions. */
interface Run {
  readonly engine: Engine;
  readonly effects: Effects;
  readonly venue: BarVenue;
  readonly decider: Decider;
  readonly recorder: Recorder;
  readonly columns: readonly PreparedInstrument[];
  readonly timeline: Float64Array;
  readonly timeframeMs: number;
  readonly printed: Mutable<Extract<EngineEvent, { kind: "print" }>>;
  readonly barsClosed: Mutable<Extract<EngineEvent, { kind: "bars-closed" }>>;
  readonly decided: Mutable<Extract<EngineEvent, { kind: "decided" }>>;
  /** Bar of each instrument that has opened and not closed; -1 for none. */
  readonly open: Int32Array;
  /** Equity after each bar of the timeline. */
  readonly curve: Float64Array;
  /** One entry: the sum over the bars of the fraction invested. */
  readonly invested: Float64Array;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface LoopResult {
  readonly engine: Engine;
  readonly recorder: Recorder;
  /** Marked equity after the close of each bar of the timeline. */
  readonly equity: Float64Array;
  /** Mean fraction of the equity that was invested. */
  readonly exposure: number;
}

/**
 * Replays the prepared bars through the engine against the simulated venue.
 *
 * At each time of the timeline: what is due arrives; the first print at or past a bar's end closes it before the
 * print itself is stepped; the strategy decides; the four prints of the new bars follow in their order. Prints that
 * cannot change anything are skipped (`needsPrints`), which is what makes quiet bars cheap.
 */
export function runLoop(spec: CheckedSpec, params: Params, prepared: Prepared): LoopResult {
  const run = createRun(spec, params, prepared);
  const { engine, venue, columns, open, curve } = run;
  const { timeline } = prepared;
  const next = Int32Array.from(columns, ({ first }) => first);
  const last = timeline.length - 1;

  for (let point = 0; point <= last; point++) {
    const time = timeline[point]!;
    if (venue.nextArrival < time) arriveBefore(run, time);
    let first = true;
    for (let i = 0; i < columns.length; i++) {
      const { bars, openTicks, depthLots } = columns[i]!;
      const bar = next[i]!;
      if (bar >= bars.length || bars.time[bar] !== time) continue;
      venue.print(time, i, openTicks[bar]!, depthLots[bar]!);
      if (first && point > 0) closeBars(run, point - 1);
      first = false;
      open[i] = bar;
      next[i] = bar + 1;
      if (needsPrints(engine)) print(run, time, i, openTicks[bar]!);
    }
    if (needsPrints(engine)) {
      for (let k = 1; k <= 3; k++) printAll(run, time, k);
    } else if (columns.length > 1 || point === last) {
      // Another instrument may pause while this one trades on: its last price must be its close.
      printAll(run, time, 3);
    }
  }
  sample(run, last);
  return { engine, recorder: run.recorder, equity: curve, exposure: run.invested[0]! / curve.length };
}

/** Takes down the equity after a bar. */
function sample(run: Run, point: number): void {
  markEquity(run.engine);
  const value = run.engine.marked[0]!;
  run.curve[point] = value;
  if (value !== run.engine.cashValue) run.invested[0]! += 1 - run.engine.cashValue / value;
}

function createRun(spec: CheckedSpec, params: Params, prepared: Prepared): Run {
  const { columns } = prepared;
  const instruments = columns.map(({ instrument }) => instrument);
  const { account, limits, rebalance, name } = spec;
  const engine = createEngine({ account, instruments, strategies: [name], limits, rebalance });
  const view = accountView(engine);
  return {
    engine,
    effects: createEffects(),
    venue: createBarVenue(account, instruments),
    decider: createDecider(spec, params, columns, view),
    recorder: new Recorder(),
    columns,
    timeline: prepared.timeline,
    timeframeMs: prepared.timeframeMs,
    printed: { kind: "print", time: 0, instrument: 0, ticks: 0 },
    barsClosed: {
      kind: "bars-closed",
      time: 0,
      closed: new Uint8Array(columns.length),
      closeTicks: new Float64Array(columns.length),
    },
    decided: { kind: "decided", time: 0, strategy: 0, signals: [] },
    open: new Int32Array(columns.length).fill(-1),
    curve: new Float64Array(prepared.timeline.length),
    invested: new Float64Array(1),
  };
}

/** Closes every bar that ends by `time`, all together, takes down the equity, and lets the strategy decide. */
function closeBars(run: Run, point: number): void {
  const { engine, effects, columns, open, barsClosed, decided } = run;
  for (let i = 0; i < open.length; i++) {
    const bar = open[i]!;
    barsClosed.closed[i] = bar < 0 ? 0 : 1;
    if (bar >= 0) barsClosed.closeTicks[i] = columns[i]!.closeTicks[bar]!;
  }
  // Read here, not passed: a time does not fit a small integer, and as an argument it would be allocated.
  const time = run.timeline[point + 1]!;
  barsClosed.time = time;
  stepBarsClosed(engine, barsClosed, effects);
  sample(run, point);
  effects.decide = false;
  decided.time = time;
  decided.signals = run.decider.decide(barsClosed.closed, open);
  stepDecided(engine, decided, effects);
  for (let i = 0; i < open.length; i++) if (barsClosed.closed[i] === 1) open[i] = -1;
  carryOut(run);
}

/** Print k of every open bar, with all that arrives before it. */
function printAll(run: Run, start: number, k: number): void {
  const { venue, columns, open } = run;
  const time = printTime(start, run.timeframeMs, k);
  if (venue.nextArrival < time) arriveBefore(run, time);
  for (let i = 0; i < open.length; i++) {
    const bar = open[i]!;
    if (bar < 0) continue;
    const ticks = printTicks(columns[i]!, bar, k);
    venue.print(time, i, ticks, columns[i]!.depthLots[bar]!);
    print(run, time, i, ticks);
  }
}

function printTicks(column: PreparedInstrument, bar: number, k: number): number {
  if (k === 3) return column.closeTicks[bar]!;
  const high = column.highTicks[bar]!;
  const low = column.lowTicks[bar]!;
  return lowFirst(column.openTicks[bar]!, high, low) === (k === 1) ? low : high;
}

/** The trade first, then the fills it led to, as a venue reports them. */
function print(run: Run, time: number, instrument: number, ticks: number): void {
  const { printed } = run;
  printed.time = time;
  printed.instrument = instrument;
  printed.ticks = ticks;
  stepPrint(run.engine, printed, run.effects);
  carryOut(run);
  if (run.venue.outbox.length > 0) deliver(run);
}

function arriveBefore(run: Run, time: number): void {
  while (run.venue.nextArrival < time) {
    run.venue.arriveNext();
    deliver(run);
  }
}

function deliver(run: Run): void {
  const { venue, engine, effects, recorder } = run;
  const events = venue.outbox.splice(0);
  for (const event of events) {
    recorder.onEvent(engine, event);
    stepOrder(engine, event, effects);
    carryOut(run);
  }
}

/** Sends what the engine wants sent; each answer is stepped before the next command goes out. */
function carryOut(run: Run): void {
  const { effects, engine, venue, recorder } = run;
  if (effects.commands.length > 0) {
    for (let k = 0; k < effects.commands.length; k++) {
      const command = effects.commands[k]!;
      if (command.kind === "submit") recorder.onOrder(command.order);
      const answer = venue.send(engine.now, command);
      if (answer) stepOrder(engine, answer, effects);
    }
    effects.commands.length = 0;
  }
  if (effects.refusals.length > 0) recorder.refusals.push(...effects.refusals.splice(0));
}

function accountView(engine: Engine): AccountView {
  return {
    now: () => engine.now,
    equity: () => equity(engine),
    lots: (i) => engine.lots[i]!,
    averagePrice: (i) => averagePrice(engine, i),
    mark: (i) => priceFromTicks(engine.instruments[i]!, engine.markTicks[i]!),
    orders: (i) => workingOrders(engine, i),
  };
}

function workingOrders(engine: Engine, instrument: number): OrderView[] {
  const found: OrderView[] = [];
  for (const order of engine.orders.values()) {
    if (order.instrument !== instrument || order.purpose !== "single") continue;
    const steps = engine.instruments[instrument]!;
    found.push({
      id: order.id,
      side: order.side > 0 ? "buy" : "sell",
      type: order.type,
      price: order.ticks === undefined ? undefined : priceFromTicks(steps, order.ticks),
      quantity: quantityFromLots(steps, order.lots),
      filled: quantityFromLots(steps, order.filledLots),
    });
  }
  return found;
}
