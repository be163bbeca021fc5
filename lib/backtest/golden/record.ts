import { assert, encodeValue, fail } from "#core";
import { type Engine, type EngineSnapshot, snapshotEngine } from "#engine";
import { type BarValues, type FeatureSnapshot, type Published, publishedBy } from "#features";
import type { Instrument, InstrumentSpec, Order } from "#model";
import {
  type AccountView,
  type Decider,
  definedFields,
  type Strategy,
  type StrategyFacts,
  strategyFacts,
  warmupBars,
} from "#strategy";
import { viewOf } from "../account-view.ts";
import type { BacktestResult } from "../backtest.ts";
import { runLoop } from "../loop.ts";
import type { Prepared, PreparedInstrument } from "../prepare.ts";
import type { Golden, GoldenDecision, GoldenInstrument, Memory } from "./golden.ts";
import { goldenOrder, ordersMade } from "./orders.ts";

/** Decisions of a stretch. */
const STRETCH = 500;

/**
 * Runs a backtest once more and takes down the stretch of decisions with most orders.
 * @param result of the same strategy over the same prepared bars.
 * Errors: `backtest.not-repeatable` if it made other orders this time.
 */
export function recordGolden(strategy: Strategy, prepared: Prepared, result: BacktestResult): Golden {
  const facts = strategyFacts(strategy);
  const first = busiestStretch(result.orders, result.decisions);
  let watch: DecisionWatch | undefined;
  const again = runLoop(strategy.spec, facts.params, prepared, (decider, account, engine) => {
    watch = new DecisionWatch(decider, account, engine, first);
    return watch;
  });
  assert(watch?.start, "a backtest makes at least one decision");
  assertSameOrders(facts.name, result.orders, again.recorder.orders);
  const { start, decisions } = watch;
  const bars = warmupBars(facts);
  // At least one bar before, for an instrument that has none at the first decision.
  const starts = start.from.map((from) => Math.max(0, from - Math.max(1, bars)));
  const instruments = prepared.columns.map(({ instrument }) => instrument);
  const stretches = prepared.columns.map((column, i) => {
    const decided = decisions.reduce((count, { closed }) => count + closed[i]!, 0);
    const stretch = { from: start.from[i]!, start: starts[i]!, decided, started: start.started[i]! };
    const snapshot = snapshotBefore(strategy.spec, prepared, starts, i);
    return goldenInstrument(column, stretch, snapshot);
  });
  return {
    facts,
    backtest: {
      from: result.from,
      to: result.to,
      dataHashes: result.dataHashes,
      decisions: result.decisions,
      orders: result.orders.length,
      fills: result.fills.length,
      trades: result.trades.length,
      refusals: result.refusals.length,
      performance: result.performance,
    },
    instruments: stretches,
    ...(facts.features.series ? { published: publishedIn(stretches, prepared) } : {}),
    memory: start.memory,
    decisions: decisions.map((decision) => goldenDecision(decision, facts, instruments, result.orders)),
  };
}

function publishedIn(instruments: readonly GoldenInstrument[], { series, timeframeMs }: Prepared): Published {
  // An instrument may have no bar in the stretch.
  const times = instruments.map(({ bars }) => bars.time).filter(({ length }) => length > 0);
  const starts = times.map((time) => time[0]!);
  const ends = times.map((time) => time.at(-1)! + timeframeMs);
  return publishedBy(series, { since: Math.min(...starts), until: Math.max(...ends) });
}

/** What was taken down, with what the engine made of it. */
function goldenDecision(
  { before, ...decision }: WatchedDecision,
  facts: StrategyFacts,
  instruments: readonly Instrument[],
  orders: readonly Order[],
): GoldenDecision {
  const made = orders.filter((order) => order.decision === decision.number).map(goldenOrder);
  const sized = before ? ordersMade(facts, instruments, before, decision.view.now, decision.signals) : [];
  const texts = made.map((order) => encodeValue(order));
  assert(
    sized.every((order) => texts.includes(encodeValue(order))),
    `decision ${decision.number} is sized as it was in the backtest`,
  );
  return {
    ...decision,
    orders: made,
    ...(before && sized.length > 0 ? { sized: { before, orders: sized } } : {}),
  };
}

/** Number of the first decision of the stretch with most orders; the earliest of equals. */
function busiestStretch(orders: readonly Order[], decisions: number): number {
  const made = new Int32Array(decisions + 1);
  for (const order of orders) made[order.decision]!++;
  let first = 1;
  let most = 0;
  let count = 0;
  for (let last = 1; last <= decisions; last++) {
    count += made[last]! - (made[last - STRETCH] ?? 0);
    if (count <= most) continue;
    most = count;
    first = Math.max(1, last - STRETCH + 1);
  }
  return first;
}

/** A decision, and the engine before it if there were signals. */
type WatchedDecision = Omit<GoldenDecision, "orders" | "sized"> & { readonly before?: EngineSnapshot };

/** Stands around a decider and writes down a stretch of its decisions. */
class DecisionWatch implements Pick<Decider, "decide"> {
  readonly decisions: WatchedDecision[] = [];
  /** Taken before the first decision. `from` is each instrument's first bar that it had not seen before. */
  start:
    | { readonly from: readonly number[]; readonly started: readonly boolean[]; readonly memory: Memory }
    | undefined;
  readonly #decider: Decider;
  readonly #account: AccountView;
  readonly #engine: Engine;
  readonly #first: number;
  readonly #started: boolean[];
  #number = 0;

  constructor(decider: Decider, account: AccountView, engine: Engine, first: number) {
    this.#decider = decider;
    this.#account = account;
    this.#engine = engine;
    this.#first = first;
    this.#started = decider.state.map(() => false);
  }

  decide(closed: Uint8Array, next: Int32Array): ReturnType<Decider["decide"]> {
    const number = ++this.#number;
    if (number < this.#first || number >= this.#first + STRETCH) {
      for (let i = 0; i < closed.length; i++) if (closed[i] === 1) this.#started[i] = true;
      return this.#decider.decide(closed, next);
    }
    this.start ??= {
      from: Array.from(next, (bar, i) => bar - closed[i]!),
      started: [...this.#started],
      memory: memoryOf(this.#decider),
    };
    const view = viewOf(this.#account);
    const wasClosed = [...closed];
    const before = snapshotEngine(this.#engine);
    const signals = this.#decider.decide(closed, next);
    this.decisions.push({
      number,
      closed: wasClosed,
      view,
      signals: signals.map(definedFields),
      after: memoryOf(this.#decider),
      ...(signals.length > 0 ? { before } : {}),
    });
    return signals;
  }
}

function memoryOf({ state, shared, random }: Decider): Memory {
  return { state: structuredClone(state), shared: structuredClone(shared), random: random.position };
}

/** Bars of one instrument: from `start` on as warm-up, from `from` on one for each decision. */
interface Stretch {
  readonly start: number;
  readonly from: number;
  readonly decided: number;
  readonly started: boolean;
}

function goldenInstrument(
  { instrument, bars, rows, predictions }: PreparedInstrument,
  { start, from, decided, started }: Stretch,
  snapshot: FeatureSnapshot | undefined,
): GoldenInstrument {
  const cut = (column: Float64Array) => column.slice(start, from + decided);
  const { time, open, high, low, close, volume } = bars;
  return {
    instrument: instrumentSpec(instrument),
    warmup: from - start,
    started,
    ...(snapshot ? { snapshot } : {}),
    bars: {
      time: cut(time),
      open: cut(open),
      high: cut(high),
      low: cut(low),
      close: cut(close),
      volume: cut(volume),
    },
    rows: rows.map(cut),
    predictions: Object.fromEntries(Object.entries(predictions).map(([name, column]) => [name, cut(column)])),
  };
}

/**
 * The feature stream of instrument i before bar `starts[i]`: recursive features remember every bar there was, so it takes
 * them all; of other instruments those before their own start, and those that it knew by then; of series what was published.
 */
function snapshotBefore(
  spec: Strategy["spec"],
  { columns, series }: Prepared,
  starts: readonly number[],
  i: number,
): FeatureSnapshot | undefined {
  const end = starts[i]!;
  const stream = spec.features?.stream({ timeframe: spec.timeframe });
  if (!stream || end === 0) return undefined;
  const { bars } = columns[i]!;
  const others = columns
    .map(({ bars: other }, j) => ({ other, start: starts[j]!, next: 0 }))
    .filter(({ other }) => spec.features?.needs.symbols.includes(other.instrument.symbol));
  const row = new Float64Array(spec.features?.names.length ?? 0);
  const news = Object.entries(
    publishedBy(series, { since: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY }),
  ).map(([name, values]) => ({ name, values, next: 0 }));
  // In the order of their ends: a stream that is shown all the others first has to keep them.
  for (let k = 0; k < end; k++) {
    const close = bars.time[k]! + bars.timeframeMs;
    for (const one of others) {
      const { other } = one;
      while (one.next < other.length && other.time[one.next]! + other.timeframeMs <= close)
        stream.see(other.instrument.symbol, barValues(other, one.next++));
    }
    for (const one of news) {
      for (; one.next < one.values.length && one.values[one.next]![1]! <= close; one.next++) {
        const [time, published, value] = one.values[one.next] as [number, number, number];
        stream.publish(one.name, { time, published, value });
      }
    }
    stream.push(barValues(bars, k), row);
  }
  for (const one of others)
    while (one.next < one.start) stream.see(one.other.instrument.symbol, barValues(one.other, one.next++));
  return stream.snapshot();
}

function barValues(
  { time, open, high, low, close, volume }: PreparedInstrument["bars"],
  k: number,
): BarValues {
  return {
    time: time[k]!,
    open: open[k]!,
    high: high[k]!,
    low: low[k]!,
    close: close[k]!,
    volume: volume[k]!,
  };
}

function instrumentSpec(instrument: Instrument): Required<InstrumentSpec> {
  const { symbol, tick, lot, minNotional, assetDecimals, calendar } = instrument;
  return { symbol, tick, lot, minNotional, assetDecimals, calendar };
}

function assertSameOrders(name: string, first: readonly Order[], second: readonly Order[]): void {
  const text = (order: Order | undefined) => (order ? encodeValue(goldenOrder(order)) : "no order");
  const at = first.findIndex((order, i) => text(order) !== text(second[i]));
  if (at < 0 && first.length === second.length) return;
  const place = at < 0 ? first.length : at;
  fail("backtest.not-repeatable", {
    message: `strategy "${name}" made other orders when the same backtest ran again: order ${place + 1} was ${text(first[place])}, then ${text(second[place])}`,
    hint: "Keep what a handler remembers in ctx.state or ctx.shared, and draw from ctx.random only.",
    fields: { strategy: name, order: place },
  });
}
