import {
  createEffects,
  createEngine,
  type Effects,
  type Engine,
  type EngineEvent,
  markEquity,
  needsPrints,
  stepBarsClosed,
  stepDecided,
  stepOrder,
  stepPrint,
} from "#engine";
import type { Params } from "#model";
import { type AccountView, type CheckedSpec, createDecider, type Decider } from "#strategy";
import { createSimVenue, lowFirst, printTime, type SimVenue } from "#venue";
import { accountView } from "./account-view.ts";
import type { Prepared, PreparedInstrument } from "./prepare.ts";
import { Recorder } from "./record.ts";

/** All that a run needs at hand; events are reused objects, because a million bars would make millions. */
interface Run {
  readonly engine: Engine;
  readonly effects: Effects;
  readonly venue: SimVenue;
  readonly decider: Pick<Decider, "decide">;
  readonly recorder: Recorder;
  readonly columns: readonly PreparedInstrument[];
  readonly timeline: Float64Array;
  readonly timeframeMs: number;
  readonly printed: Mutable<Extract<EngineEvent, { kind: "print" }>>;
  /** The bars that are open: told to the engine, all together, when the first print after their end comes. */
  readonly barsClosed: Mutable<Extract<EngineEvent, { kind: "bars-closed" }>>;
  readonly decided: Mutable<Extract<EngineEvent, { kind: "decided" }>>;
  /** Bar of each instrument that opens next; the one before it is open if its flag in `barsClosed` is set. */
  readonly next: Int32Array;
  /** Equity after each bar of the timeline. */
  readonly curve: Float64Array;
  /** Bars whose equity was taken down. */
  sampled: number;
  /** One entry: the cash after each bar, summed up to bar `summed`. Between fills it stays the same. */
  readonly cash: Float64Array;
  summed: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface LoopResult {
  readonly engine: Engine;
  readonly recorder: Recorder;
  readonly venue: SimVenue;
  /** Marked equity after the close of each bar of the timeline. */
  readonly equity: Float64Array;
  /** Fraction of the equity, summed over the bars, that was invested. */
  readonly exposure: number;
}

/** Given the decider, what it sees of the account, and the engine, answers with the one to ask instead. */
export type WatchDecisions = (
  decider: Decider,
  account: AccountView,
  engine: Engine,
) => Pick<Decider, "decide">;

/**
 * Replays the prepared bars through the engine against the simulated venue.
 *
 * At each time of the timeline: what is due arrives; the first print at or past a bar's end closes it before the
 * print itself is stepped; the strategy decides; the four prints of the new bars follow in their order. Prints that
 * cannot change anything are skipped (`needsPrints`), which is what makes quiet bars cheap.
 * @param watch puts itself around the decider.
 */
export function runLoop(
  spec: CheckedSpec,
  params: Params,
  prepared: Prepared,
  watch?: WatchDecisions,
): LoopResult {
  const run = createRun(spec, params, prepared, watch);
  if (run.columns.length === 1) replayOne(run);
  else replayAll(run);
  sample(run, run.timeline.length - 1);
  const { engine, venue, recorder, curve } = run;
  return { engine, venue, recorder, equity: curve, exposure: exposureOf(run) };
}

/** One instrument: its bars are the timeline. The same steps as below, without looking for who has a bar. */
function replayOne(run: Run): void {
  const { engine, venue, timeline, barsClosed, next } = run;
  const { openTicks, closeTicks, depthLots, first } = run.columns[0]!;
  const last = timeline.length - 1;
  barsClosed.closed[0] = 1;
  for (let point = 0; point <= last; point++) {
    const bar = first + point;
    if (venue.nextArrival < timeline[point]!) arriveBefore(run, point, 0);
    venue.print(0, openTicks[bar]!, depthLots[bar]!);
    if (venue.working > 0) venue.match(timeOf(run, point, 0), 0);
    if (point > 0) closeBars(run, point - 1);
    barsClosed.closeTicks[0] = closeTicks[bar]!;
    next[0] = bar + 1;
    if (needsPrints(engine)) print(run, point, 0, 0);
    else if (point < last) continue;
    for (let k = 1; k <= 3; k++) {
      // Once nothing works, what is left of the bar changes only the mark, which its closing sets.
      if (needsPrints(engine) || (point === last && k === 3)) printAll(run, point, k);
    }
  }
}

function replayAll(run: Run): void {
  const { engine, venue, columns, timeline, next, barsClosed } = run;
  const last = timeline.length - 1;
  for (let point = 0; point <= last; point++) {
    // Below, a point of the timeline is passed on, never its time: that is no small integer, and would be allocated.
    const time = timeline[point]!;
    if (venue.nextArrival < time) arriveBefore(run, point, 0);
    let first = true;
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i]!;
      const bar = next[i]!;
      if (bar >= column.bars.length || column.bars.time[bar] !== time) continue;
      venue.print(i, column.openTicks[bar]!, column.depthLots[bar]!);
      if (venue.working > 0) venue.match(timeOf(run, point, 0), i);
      if (first && point > 0) closeBars(run, point - 1);
      first = false;
      barsClosed.closed[i] = 1;
      barsClosed.closeTicks[i] = column.closeTicks[bar]!;
      next[i] = bar + 1;
      if (needsPrints(engine)) print(run, point, 0, i);
    }
    if (needsPrints(engine)) {
      for (let k = 1; k <= 3; k++) printAll(run, point, k);
    } else {
      // Another instrument may pause while this one trades on: its last price must be its close.
      printAll(run, point, 3);
    }
  }
}

/** Takes down the equity after a bar. */
function sample(run: Run, point: number): void {
  const { engine, curve } = run;
  markEquity(engine);
  const value = engine.marked[0]!;
  curve[point] = value;
  run.sampled = point + 1;
}

/** Adds up the cash of the bars since the last fill. Before a fill, and at the end. */
function sumCash(run: Run): void {
  run.cash[0]! += run.engine.cashValue * (run.sampled - run.summed);
  run.summed = run.sampled;
}

/** Fraction of the equity, summed over the bars, that was not cash. */
function exposureOf(run: Run): number {
  if (run.recorder.fills.length === 0) return 0;
  sumCash(run);
  return Math.max(0, 1 - run.cash[0]! / sum(run.curve));
}

/** Four at a time: one addition need not wait for the one before. */
function sum(x: Float64Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const fours = x.length - (x.length % 4);
  for (let i = 0; i < fours; i += 4) {
    a += x[i]!;
    b += x[i + 1]!;
    c += x[i + 2]!;
    d += x[i + 3]!;
  }
  for (let i = fours; i < x.length; i++) a += x[i]!;
  return a + b + c + d;
}

function createRun(
  spec: CheckedSpec,
  params: Params,
  prepared: Prepared,
  watch: WatchDecisions | undefined,
): Run {
  const { columns } = prepared;
  const instruments = columns.map(({ instrument }) => instrument);
  const { account, limits, rebalance, name } = spec;
  const engine = createEngine({ account, instruments, strategies: [name], limits, rebalance });
  const view = accountView(engine);
  const decider = createDecider(spec, params, columns, view);
  return {
    engine,
    effects: createEffects(),
    venue: createSimVenue(account, instruments),
    decider: watch ? watch(decider, view, engine) : decider,
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
    next: Int32Array.from(columns, ({ first }) => first),
    curve: new Float64Array(prepared.timeline.length),
    sampled: 0,
    cash: new Float64Array(1),
    summed: 0,
  };
}

/** Closes every bar that ends by `time`, all together, takes down the equity, and lets the strategy decide. */
function closeBars(run: Run, point: number): void {
  const { engine, effects, barsClosed, decided } = run;
  const time = run.timeline[point + 1]!;
  barsClosed.time = time;
  stepBarsClosed(engine, barsClosed, effects);
  sample(run, point);
  effects.decide = false;
  const signals = run.decider.decide(barsClosed.closed, run.next);
  // An answer without signals changes nothing unless the rest of an order waits for it.
  if (signals.length > 0 || engine.waitingCount > 0) {
    decided.time = time;
    decided.signals = signals;
    stepDecided(engine, decided, effects);
  }
  // A single instrument's next bar opens right away.
  if (run.columns.length > 1) barsClosed.closed.fill(0);
  // Orders go out with the print that follows: it is stepped before the venue has answered.
  if (effects.refusals.length > 0) takeRefusals(run);
}

/** Print k of every open bar, with all that arrives before it. */
function printAll(run: Run, point: number, k: number): void {
  const { venue, columns, next, barsClosed } = run;
  arriveBefore(run, point, k);
  for (let i = 0; i < columns.length; i++) {
    if (barsClosed.closed[i] === 0) continue;
    const bar = next[i]! - 1;
    venue.print(i, printTicks(columns[i]!, bar, k), columns[i]!.depthLots[bar]!);
    if (venue.working > 0) venue.match(timeOf(run, point, k), i);
    print(run, point, k, i);
  }
}

/** Time of print k of the bars that start at a point of the timeline. */
function timeOf(run: Run, point: number, k: number): number {
  return printTime(run.timeline[point]!, run.timeframeMs, k);
}

function printTicks(column: PreparedInstrument, bar: number, k: number): number {
  if (k === 0) return column.openTicks[bar]!;
  if (k === 3) return column.closeTicks[bar]!;
  const high = column.highTicks[bar]!;
  const low = column.lowTicks[bar]!;
  return lowFirst(column.openTicks[bar]!, high, low) === (k === 1) ? low : high;
}

/** The trade first, then the fills it led to, as a venue reports them. */
function print(run: Run, point: number, k: number, instrument: number): void {
  const { printed } = run;
  printed.time = timeOf(run, point, k);
  printed.instrument = instrument;
  printed.ticks = printTicks(run.columns[instrument]!, run.next[instrument]! - 1, k);
  stepPrint(run.engine, printed, run.effects);
  carryOut(run);
  if (run.venue.outbox.length > 0) deliver(run);
}

function arriveBefore(run: Run, point: number, k: number): void {
  const time = timeOf(run, point, k);
  while (run.venue.nextArrival < time) {
    run.venue.arriveNext();
    deliver(run);
  }
}

function deliver(run: Run): void {
  const { venue, engine, effects, recorder } = run;
  const { outbox } = venue;
  sumCash(run);
  for (let k = 0; k < outbox.length; k++) {
    const { event } = outbox[k]!;
    recorder.onEvent(engine, event);
    stepOrder(engine, event, effects);
    carryOut(run);
  }
  while (outbox.length > 0) outbox.pop();
}

/** Sends what the engine wants sent; each answer is stepped before the next command goes out. */
function carryOut(run: Run): void {
  const { effects, engine, venue, recorder } = run;
  if (effects.commands.length > 0) {
    for (let k = 0; k < effects.commands.length; k++) {
      const { kind, order } = effects.commands[k]!;
      if (kind === "cancel") {
        venue.cancel(engine.now, 0, order.id);
        continue;
      }
      recorder.onOrder(order);
      const taken = venue.submit(engine.now, 0, order);
      const { now: time } = engine;
      const { id } = order;
      if (typeof taken === "string")
        stepOrder(engine, { kind: "order-rejected", time, id, reason: taken }, effects);
      else stepOrder(engine, { kind: "order-accepted", time, id }, effects);
    }
    while (effects.commands.length > 0) effects.commands.pop();
  }
  if (effects.refusals.length > 0) takeRefusals(run);
}

function takeRefusals({ recorder, effects }: Run): void {
  recorder.refusals.push(...effects.refusals.splice(0));
}
