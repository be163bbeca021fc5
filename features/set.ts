import { fail, timeframeMs, timeText } from "#core";
import { BAR_COLUMNS, type BarColumns, type TableColumns } from "#model";
import { computePlan, DEFAULT_BAR_MS, type TimedBars } from "./drive/compute.ts";
import { Revisions } from "./drive/revise.ts";
import { type BarValues, PlanStream, type SeriesValue, type StreamSnapshot } from "./drive/stream.ts";
import { type Feature, isFeature } from "./feature.ts";
import { type Plan, planFeatures, planWarmup } from "./plan.ts";
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
   * Errors: `features.ragged-bars`, `features.missing-input`.
   */
  compute(bars: TimedBars, options?: ComputeOptions): FeatureTable<Name>;
  /** Errors: `core.bad-timeframe`. */
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
  /** How many of the last bars may come again with other numbers, or come late. Default 0. */
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
  /** A bar of another instrument, before the bar that closes at the same time. Errors: `features.missing-input`, `features.late-bar`. */
  see(symbol: string, bar: BarValues): void;
  /** A value of a series, before the first bar that closes after its publication. Errors: as `see`. */
  publish(series: string, value: SeriesValue): void;
  /** Plain JSON. */
  snapshot(): FeatureSnapshot;
  /** Goes on from a snapshot of the same set. Errors: `features.bad-snapshot`. */
  restore(snapshot: FeatureSnapshot): void;
}

export interface FeatureSnapshot extends StreamSnapshot {
  readonly ids: readonly string[];
  /** Length of a bar (ms). */
  readonly barMs: number;
  readonly last: BarValues | null;
}

/** Puts features together under names. Errors: `features.empty-set`, `features.bad-feature`. */
export function features<Name extends string>(spec: Readonly<Record<Name, Feature>>): FeatureSet<Name> {
  const names = Object.keys(spec) as Name[];
  if (names.length === 0) {
    fail("features.empty-set", {
      message: "a feature set needs at least one feature",
      hint: "Name them: features({ rsi: rsi(14) }).",
    });
  }
  for (const name of names) assertFeature(name, spec[name]);
  const list = Object.freeze(names.map((name) => spec[name]));
  const plan = planFeatures(list);
  const ids = list.map(({ id }) => id);
  const symbols = plan.clocks.map(({ symbol }) => symbol).filter((symbol) => symbol !== undefined);
  return Object.freeze({
    names,
    ids,
    list,
    warmup: planWarmup(plan, DEFAULT_BAR_MS),
    warmupOn: (timeframe: string) => planWarmup(plan, timeframeMs(timeframe)),
    needs: { symbols: [...new Set(symbols)], series: plan.series.map(({ name }) => name) },
    compute: (bars: TimedBars, options: ComputeOptions = {}) => {
      assertEqualLengths(bars);
      const out = options.out ?? createFeatureColumns(names.length, bars.time.length);
      assertOut(out, names.length, bars.time.length);
      computePlan(plan, { bars, at: options.at ?? {}, series: options.series ?? {} }, out);
      return createTable(names, ids, bars.time, out);
    },
    stream: (options?: StreamOptions) => createStream(ids, plan, options ?? {}),
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

function assertEqualLengths(bars: BarColumns): void {
  for (const input of BAR_COLUMNS) {
    if (bars[input].length === bars.time.length) continue;
    fail("features.ragged-bars", {
      message: `the bars' columns differ in length: time has ${bars.time.length}, ${input} has ${bars[input].length}`,
      fields: { column: input, length: bars[input].length, expected: bars.time.length },
    });
  }
}

function createStream(ids: readonly string[], plan: Plan, options: StreamOptions): FeatureStream {
  const barMs = options.timeframe === undefined ? DEFAULT_BAR_MS : timeframeMs(options.timeframe);
  const stream = new PlanStream(plan, barMs);
  const revisions = options.revise ? new Revisions(plan, barMs, stream, options.revise) : undefined;
  const { outputs } = plan;
  // Only a bar that is not later than the last is held against it.
  const last = { time: Number.NEGATIVE_INFINITY, open: 0, high: 0, low: 0, close: 0, volume: 0 };
  return {
    get time() {
      return stream.time;
    },
    push(bar, out = new Float64Array(ids.length)) {
      if (bar.time > last.time) {
        revisions?.note({ kind: "bar", bar: { ...bar } });
        stream.push(bar);
        remember(last, bar);
      } else if (!isSameBar(last, bar)) {
        if (!revisions) refuseLateBar(bar.time, last.time);
        revisions.revise({ ...bar });
        if (bar.time === last.time) remember(last, bar);
      }
      for (let k = 0; k < outputs.length; k++) out[k] = stream.values[outputs[k]!]!;
      return out;
    },
    see(symbol, bar) {
      stream.see(symbol, bar);
      revisions?.note({ kind: "see", symbol, bar: { ...bar } });
    },
    publish(name, value) {
      stream.publish(name, value);
      revisions?.note({ kind: "publish", name, value: { ...value } });
    },
    snapshot: () => ({
      ids,
      barMs,
      last: last.time === Number.NEGATIVE_INFINITY ? null : { ...last },
      ...stream.snapshot(),
    }),
    restore(snapshot) {
      if (snapshot.ids?.join() !== ids.join() || snapshot.states?.length !== plan.nodes.length) {
        fail("features.bad-snapshot", {
          message: `the snapshot is of other features: ${snapshot.ids?.join(", ")}; this set has ${ids.join(", ")}`,
          hint: "Warm up again from bars.",
          fields: { found: snapshot.ids, expected: ids },
        });
      }
      if (snapshot.barMs !== barMs) {
        fail("features.bad-snapshot", {
          message: `the snapshot is of bars of ${snapshot.barMs} ms; this stream takes bars of ${barMs} ms`,
          fields: { found: snapshot.barMs, expected: barMs },
        });
      }
      stream.restore(snapshot);
      last.time = Number.NEGATIVE_INFINITY;
      if (snapshot.last) remember(last, snapshot.last);
      revisions?.reset();
    },
  };
}

function remember(last: { -readonly [K in keyof BarValues]: BarValues[K] }, bar: BarValues): void {
  last.time = bar.time;
  last.open = bar.open;
  last.high = bar.high;
  last.low = bar.low;
  last.close = bar.close;
  last.volume = bar.volume;
}

function isSameBar(a: BarValues, b: BarValues): boolean {
  return a.time === b.time && BAR_COLUMNS.every((column) => Object.is(a[column], b[column]));
}

function refuseLateBar(time: number, last: number): never {
  fail("features.late-bar", {
    message: `the bar of ${timeText(time)} comes after that of ${timeText(last)}${time === last ? " with other numbers" : ""}`,
    hint: "Push bars oldest first, or open the stream with `revise`: how many of the last bars may be corrected.",
    fields: { time, last },
  });
}
