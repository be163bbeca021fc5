import { accountView, prepare } from "#backtest";
import { decodeValue, encodeValue } from "#core";
import { restoreEngine, snapshotEngine } from "#engine";
import { type Bars, type InstrumentSpec, lotsFromQuantity, ticksFromPrice } from "#model";
import { createDecider, type Strategy } from "#strategy";
import { createSimVenue, depthLots, lowFirst, PRINTS_PER_BAR, printTime, type SimVenue } from "#venue";
import { TradingCore } from "../../../../kernel/live/core/trading-core.ts";

export interface DriveOptions {
  /** Called before each print; answers whether the engine is to be taken down and put up again there. */
  readonly restart?: (print: number) => boolean;
  /** Each report of the venue is told so many times. */
  readonly copies?: number;
}

/**
 * Trades bars through the daemon's core against the matching engine, in the order of events of the exchange process,
 * without sockets: whatever the core is told, it is told one journal record at a time.
 */
export async function drive(
  strategy: Strategy,
  bars: readonly Bars[],
  options: DriveOptions = {},
): Promise<TradingCore> {
  const { spec } = strategy;
  const prepared = await prepare(spec, bars, {}, () => Promise.reject(new Error("no models")));
  const core = new TradingCore({
    bundle: "",
    signedBy: "",
    strategy: spec.name,
    instruments: prepared.columns.map(({ instrument }) => specOf(instrument)),
    timeframe: spec.timeframe,
    account: spec.account,
    limits: spec.limits,
    rebalance: spec.rebalance,
    warmupBars: 0,
    engine: "",
  });
  core.step({ kind: "warmed-up", until: prepared.timeline[0]!, candles: [] });
  const venue = createSimVenue(spec.account, core.instruments);
  const next = Int32Array.from(prepared.columns, ({ first }) => first);
  const decider = createDecider(spec, strategy.params ?? {}, prepared.columns, accountView(core.engine));
  const closing = new Set<number>();
  const answer = () => {
    const { question } = core;
    if (!question) return;
    const closed = Uint8Array.from(question.bars, (bar) => (bar ? 1 : 0));
    closed.forEach((flag, i) => {
      if (flag === 1) next[i]!++;
    });
    const signals = structuredClone(decider.decide(closed, next)).map(withoutUndefined);
    const memory = { state: [], shared: {}, random: 0 };
    core.step({
      kind: "decided",
      time: core.engine.now,
      rows: [],
      predictions: [],
      signals,
      memory,
    } as never);
  };
  const run = new Exchange(core, venue, options.copies ?? 1, answer);
  let prints = 0;
  for (const time of prepared.timeline) {
    for (let k = 0; k < PRINTS_PER_BAR; k++) {
      const at = printTime(time, prepared.timeframeMs, k);
      // At the start of bars each instrument's own print comes after what was due; then all together.
      run.arriveBefore(at);
      prepared.columns.forEach(({ instrument, bars: history, first }, i) => {
        const bar = history.time.indexOf(time);
        if (bar < first) return;
        if (options.restart?.(prints)) restart(core);
        closing.add(i);
        const ticks = (column: Float64Array) => ticksFromPrice(instrument, column[bar]!);
        const [open, high, low, close] = [history.open, history.high, history.low, history.close].map(
          ticks,
        ) as [number, number, number, number];
        const path = lowFirst(open, high, low) ? [open, low, high, close] : [open, high, low, close];
        const lots = lotsFromQuantity(instrument, history.volume[bar]!);
        venue.print(i, path[k]!, depthLots(spec.account, lots));
        venue.match(at, i);
        core.step({
          kind: "trade",
          time: at,
          instrument: i,
          id: ++prints,
          ticks: path[k]!,
          lots: k === 3 ? lots : 0,
        });
        answer();
        run.send();
        run.deliver();
      });
    }
  }
  return core;
}

class Exchange {
  readonly #core: TradingCore;
  readonly #venue: SimVenue;
  readonly #copies: number;
  readonly #answer: () => void;

  constructor(core: TradingCore, venue: SimVenue, copies: number, answer: () => void) {
    this.#core = core;
    this.#venue = venue;
    this.#copies = copies;
    this.#answer = answer;
  }

  arriveBefore(time: number): void {
    while (this.#venue.nextArrival < time) {
      this.#venue.arriveNext();
      this.deliver();
    }
  }

  deliver(): void {
    for (const { event } of this.#venue.outbox.splice(0)) {
      for (let copy = 0; copy < this.#copies; copy++) this.#core.step({ ...event, execution: 1 });
      this.#answer();
      this.send();
    }
  }

  send(): void {
    const core = this.#core;
    while (core.commands[0]) {
      const { kind, order } = core.commands[0];
      const { id } = order;
      const time = core.engine.now;
      core.step({ kind: "sending", command: kind, id });
      if (kind === "cancel") {
        this.#venue.cancel(time, 0, id);
        continue;
      }
      const taken = this.#venue.submit(time, 0, order);
      if (typeof taken === "string")
        core.step({ kind: "order-rejected", time, id, execution: 0, reason: taken });
      else core.step({ kind: "order-accepted", time, id, execution: 0 });
    }
  }
}

/** Takes the engine's state through its text, as a snapshot on disk does. */
function restart(core: TradingCore): void {
  const text = encodeValue(snapshotEngine(core.engine));
  restoreEngine(core.engine, decodeValue(text) as Record<string, unknown>);
  for (const command of core.commands)
    Object.assign(command, { order: core.engine.orders.get(command.order.id) });
}

function specOf({
  symbol,
  tick,
  lot,
  minNotional,
  assetDecimals,
  calendar,
}: Bars["instrument"]): Required<InstrumentSpec> {
  return { symbol, tick, lot, minNotional, assetDecimals, calendar };
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}
