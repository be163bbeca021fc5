import { fail, timeframeMs, timeText } from "#core";
import { BAR_COLUMNS, type TableColumns } from "#model";
import { checkBars, checkOnGrid, isMadeLonger } from "./check-bars.ts";
import { computePlan, DEFAULT_BAR_MS, type TimedBars } from "./drive/compute.ts";
import { barsBeforeLane, type LaneUser, laneOf } from "./drive/lane.ts";
import { Revisions } from "./drive/revise.ts";
import { type BarValues, PlanStream, type SeriesValue } from "./drive/stream.ts";
import { type Feature, isFeature } from "./feature.ts";
import { type Plan, planFeatures, planWarmup } from "./plan.ts";
import { type FeatureSnapshot, restoreSnapshot, snapshotOf } from "./snapshot.ts";
import { createFeatureColumns, createTable, type FeatureTable } from "./table.ts";

/** Named features, computed together. The same set serves research, backtest and live. */
export interface FeatureSet<Name extends string = string> {
  readonly names: readonly Name[];
  /** Definitions with parameters, sources and versions, in the order of the names. */
  readonly ids: readonly string[];
  /** The features, in the order of the names. */
  readonly list: readonly Feature[];
  /** Bars before the first row in which every feature has a value, where all run on the bars as they come. */
  readonly warmup: number;
  /** The same for bars of a length, longer timeframes included. @param timeframe of the bars: "1h". */
  warmupOn(timeframe: string): number;
  /** What it reads beside the bars. */
  readonly needs: { readonly symbols: readonly string[]; readonly series: readonly string[] };
  /**
   * One row a bar; NaN while a feature warms up.
   * Errors: `features.ragged-bars`, `features.bad-bars`, `features.bad-series`, `features.missing-input`.
   */
  compute(bars: TimedBars, options?: ComputeOptions): FeatureTable<Name>;
  /** Errors: `core.bad-timeframe`, `market.bad-bar-rule`, `features.bad-param`. */
  stream(options?: StreamOptions): FeatureStream;
}

export interface ComputeOptions {
  /** Columns to write into, one a name and as long as the bars; new ones without it. */
  readonly out?: readonly Float64Array[];
  /** Bars of the instruments that features name with `at`, of the same timeframe. */
  readonly at?: Readonly<Record<string, TimedBars>>;
  /** Series that features read, by name. */
  readonly series?: Readonly<Record<string, TableColumns<"series">>>;
}

export interface StreamOptions {
  /** Of the bars that will be pushed: "1h". Default "1m". */
  readonly timeframe?: string;
  /** How many of the last bars may come again with other numbers, or come late: 0 (the default) to 10,000. */
  readonly revise?: number;
}

/** A set at work on live bars. */
export interface FeatureStream {
  /**
   * Takes the next bar; the row that `compute` would give for it, bit for bit. A bar that is the same as the last one
   * changes nothing. With `revise`, one that differs takes its place, and the row is that of the newest bar.
   * @param out where the row goes, one value a name; a new array without it.
   * Errors: `features.late-bar`.
   */
  push(bar: BarValues, out?: Float64Array): Float64Array;
  /** Close of the last bar that was pushed (UTC ms); -Infinity before the first. */
  readonly time: number;
  /** A bar of another instrument, before the bar that closes at the same time. Errors: `features.missing-input`, `features.late-bar`, `features.bad-bars`. */
  see(symbol: string, bar: BarValues): void;
  /** A value of a series, before the first bar that closes after its publication. Errors: as `see`, and `features.bad-series`. */
  publish(series: string, value: SeriesValue): void;
  /** Plain JSON. */
  snapshot(): FeatureSnapshot;
  /** Goes on from a snapshot of the same set. Errors: `features.bad-snapshot`. */
  restore(snapshot: FeatureSnapshot): void;
}

export type { FeatureSnapshot } from "./snapshot.ts";

/** Puts features together under names. Errors: `features.empty-set`, `features.bad-feature`. */
export function features<Name extends string>(spec: Readonly<Record<Name, Feature>>): FeatureSet<Name> {
  const names = Object.freeze(Object.keys(spec ?? {}) as Name[]);
  if (names.length === 0) {
    fail("features.empty-set", {
      message: "a feature set needs at least one feature",
      hint: "Name them: features({ rsi: rsi(14) }).",
    });
  }
  for (const name of names) assertFeature(name, spec[name]);
  const list = Object.freeze(names.map((name) => spec[name]));
  const plan = planFeatures(list);
  const ids = Object.freeze(list.map(({ id }) => id));
  const symbols = [
    ...new Set(plan.clocks.map(({ symbol }) => symbol).filter((symbol) => symbol !== undefined)),
  ];
  const longer = symbols.filter((symbol) => isMadeLonger(plan, symbol));
  return Object.freeze({
    names,
    ids,
    list,
    warmup: planWarmup(plan, DEFAULT_BAR_MS),
    warmupOn: (timeframe: string) => planWarmup(plan, timeframeMs(timeframe)),
    needs: Object.freeze({
      symbols: Object.freeze(symbols),
      series: Object.freeze(plan.series.map(({ name }) => name)),
    }),
    compute: (bars: TimedBars, options: ComputeOptions = {}) => {
      checkBars(bars, undefined);
      const { timeframeMs: barMs = DEFAULT_BAR_MS } = bars;
      for (const symbol of symbols) {
        const other = options.at?.[symbol];
        if (other === undefined) continue;
        checkBars(other, symbol);
        if (longer.includes(symbol)) for (const time of other.time) checkOnGrid(time, barMs, symbol);
      }
      const out = options.out ?? createFeatureColumns(names.length, bars.time.length);
      assertOut(out, names.length, bars.time.length);
      computePlan(plan, { bars, at: options.at ?? {}, series: options.series ?? {} }, out);
      const { instrument } = bars as { readonly instrument?: { readonly symbol?: string } };
      return createTable(names, ids, bars.time, out, instrument?.symbol);
    },
    stream: (options?: StreamOptions) => new SetStream(ids, plan, options ?? {}),
  });
}

function assertFeature(name: string, value: unknown): void {
  if (isFeature(value)) return;
  fail("features.bad-feature", {
    message: `"${name}" is ${typeof value === "function" ? "a function" : String(value)}, not a feature`,
    hint: "Call the factory: rsi(14), not rsi.",
    fields: { name },
  });
}

function assertOut(out: readonly Float64Array[], count: number, length: number): void {
  if (out.length === count && out.every((column) => column.length === length)) return;
  fail("features.ragged-bars", {
    message: `the output columns are not ${count} of length ${length}`,
    fields: { columns: out.map((column) => column.length), bars: length },
  });
}

/** A class, not a literal: a literal with a getter has a hidden class of its own, and every call would look it up anew. */
class SetStream implements FeatureStream, LaneUser {
  private readonly ids: readonly string[];
  private readonly plan: Plan;
  private readonly barMs: number;
  private readonly own: PlanStream;
  /** Its own, or the plan's lane. */
  private stream: PlanStream;
  /** Bars until it asks for the lane; 0 while it has it, and where it never will. */
  private untilLane: number;
  private readonly revisions: Revisions | undefined;

  constructor(ids: readonly string[], plan: Plan, { timeframe, revise }: StreamOptions) {
    this.ids = ids;
    this.plan = plan;
    this.barMs = timeframe === undefined ? DEFAULT_BAR_MS : timeframeMs(timeframe);
    this.own = new PlanStream(plan, this.barMs);
    this.stream = this.own;
    checkRevise(revise);
    this.revisions = revise ? new Revisions(plan, this.barMs, this.own, revise) : undefined;
    this.untilLane = this.revisions === undefined ? barsBeforeLane(plan) : 0;
  }

  get time(): number {
    return this.stream.time;
  }

  push(bar: BarValues, out: Float64Array = new Float64Array(this.ids.length)): Float64Array {
    if (this.untilLane > 0 && --this.untilLane === 0) this.enterLane();
    const { stream, revisions } = this;
    // Only a bar that is not later than the last is held against it.
    if (bar.time > stream.start) {
      if (revisions !== undefined) revisions.note({ kind: "bar", bar: { ...bar } });
      stream.push(bar, out);
      return out;
    }
    if (!this.isLast(bar)) {
      if (revisions === undefined) refuseLateBar(bar.time, stream.start);
      revisions.revise({ ...bar });
    }
    stream.row(out);
    return out;
  }

  private enterLane(): void {
    const lane = this.own.isCopyable ? laneOf(this.plan, this.barMs) : undefined;
    if (lane !== undefined) this.stream = lane.lend(this.own, this);
  }

  leaveLane(): void {
    this.own.copyFrom(this.stream);
    this.stream = this.own;
    this.untilLane = barsBeforeLane(this.plan);
  }

  private isLast(bar: BarValues): boolean {
    const { start, values } = this.stream;
    return bar.time === start && BAR_COLUMNS.every((column, i) => Object.is(bar[column], values[i]));
  }

  see(symbol: string, bar: BarValues): void {
    if (isMadeLonger(this.plan, symbol)) checkOnGrid(bar.time, this.barMs, symbol);
    this.stream.see(symbol, bar);
    this.revisions?.note({ kind: "see", symbol, bar: { ...bar } });
  }

  publish(name: string, value: SeriesValue): void {
    checkDate(name, value);
    this.stream.publish(name, value);
    this.revisions?.note({ kind: "publish", name, value: { ...value } });
  }

  snapshot(): FeatureSnapshot {
    return snapshotOf(this.stream, this.ids, this.barMs, this.last());
  }

  private last(): BarValues | null {
    const { start, values } = this.stream;
    if (start === Number.NEGATIVE_INFINITY) return null;
    const numbers = BAR_COLUMNS.map((column, i) => [column, values[i]!]);
    return { time: start, ...Object.fromEntries(numbers) } as BarValues;
  }

  restore(snapshot: FeatureSnapshot): void {
    const newest = restoreSnapshot(this.stream, snapshot, this.ids, this.barMs, this.plan);
    // Of itself the stream knows only where that bar ends.
    this.stream.start = newest === null ? Number.NEGATIVE_INFINITY : newest.time;
    this.revisions?.reset();
  }
}

const REVISE_MAX = 10_000;

function checkRevise(revise: number | undefined): void {
  if (revise === undefined || (Number.isInteger(revise) && revise >= 0 && revise <= REVISE_MAX)) return;
  fail("features.bad-param", {
    message: `revise is ${String(revise)}; it must be a whole number from 0 to ${REVISE_MAX}`,
    hint: "Say how many of the last bars may be corrected.",
    fields: { revise: String(revise) },
  });
}

function checkDate(name: string, { time, published, seen = published }: SeriesValue): void {
  if (Number.isFinite(time) && Number.isFinite(published) && seen >= published) return;
  fail("features.bad-series", {
    message: `a value of the series "${name}" speaks of ${timeText(time)} and was published at ${timeText(published)}`,
    hint: "Give both in UTC milliseconds.",
    fields: { series: name, time: String(time), published: String(published) },
  });
}

function refuseLateBar(time: number, last: number): never {
  fail("features.late-bar", {
    message: `the bar of ${timeText(time)} comes after that of ${timeText(last)}${time === last ? " with other numbers" : ""}`,
    hint: "Push bars oldest first, or open the stream with `revise`: how many of the last bars may be corrected.",
    fields: { time, last },
  });
}
