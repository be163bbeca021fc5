/** A plan over whole histories. */
import { fail, timeframeMs } from "#core";
import { aggregateBars } from "#market";
import { BAR_COLUMNS, type BarColumns, type TableColumns } from "#model";
import { SERIES_PARTS, seesGaps } from "../define.ts";
import { type Plan, slotsRead } from "../plan.ts";
import { batchDefinition, createInput, type Input } from "./batch.ts";
import { orderSeries, SERIES_STEP_MS, type SeriesOrder, seriesBars, seriesColumn } from "./series.ts";

/** Columns of bars, and their length in milliseconds where it is known. */
export type TimedBars = BarColumns & { readonly timeframeMs?: number };

export interface Histories {
  readonly bars: TimedBars;
  /** Bars of other instruments, by symbol. */
  readonly at: Readonly<Record<string, TimedBars>>;
  /** Dated values, by name of the series. */
  readonly series: Readonly<Record<string, TableColumns<"series">>>;
}

/** Length of a bar where nobody says it: it only decides when rolling sums are summed anew. */
export const DEFAULT_BAR_MS = 60_000;

/** A clock with its bars. */
interface ClockBars {
  readonly columns: BarColumns;
  /** When each bar is complete, and its values known (UTC ms). Only what reads other clocks asks for it. */
  end(): Float64Array;
  readonly barMs: number;
}

/** @param out one column a named feature, each as long as the bars. */
export function computePlan(plan: Plan, histories: Histories, out: readonly Float64Array[]): void {
  const seriesOf = memo((name: string) => orderSeries(name, givenSeries(name, histories.series)));
  const clocks = clocksOf(plan, histories, seriesOf);
  const columns: (Float64Array | undefined)[] = new Array(plan.slots);
  plan.clocks.forEach(({ slot }, k) => {
    BAR_COLUMNS.forEach((name, i) => {
      columns[slot + i] = clocks[k]!.columns[name];
    });
  });
  const read = createReader(plan, clocks, columns, seriesOf);
  const isRead = slotsRead(plan);
  const inputs = new Map<Float64Array, Input>();
  const inputOf = (column: Float64Array): Input => {
    let input = inputs.get(column);
    if (input === undefined) {
      input = createInput(column);
      inputs.set(column, input);
    }
    return input;
  };
  for (const { definition, params, clock, reads, slot } of plan.nodes) {
    const { columns: own, barMs } = clocks[clock]!;
    const results = definition.outputs.map((_, i) => {
      const name = clock === 0 ? plan.outputs.indexOf(slot + i) : -1;
      return name < 0 ? new Float64Array(own.time.length) : out[name]!;
    });
    const takesAll = seesGaps(definition.inputs[0]);
    batchDefinition(
      definition,
      params,
      reads.map((from) => {
        const column = read(from, clock);
        return takesAll ? { column, first: 0, isWhole: true } : inputOf(column);
      }),
      results,
      own.time,
      barMs,
      definition.outputs.map((_, i) => isRead.has(slot + i)),
    );
    results.forEach((column, i) => {
      columns[slot + i] = column;
    });
  }
  plan.outputs.forEach((slot, k) => {
    const column = read(slot, 0);
    if (column !== out[k]) out[k]!.set(column);
  });
}

function clocksOf(plan: Plan, { bars, at }: Histories, seriesOf: (name: string) => SeriesOrder): ClockBars[] {
  const baseMs = bars.timeframeMs ?? DEFAULT_BAR_MS;
  const last = bars.time.length === 0 ? Number.NEGATIVE_INFINITY : bars.time.at(-1)! + baseMs;
  const clocks: ClockBars[] = [];
  for (const { symbol, timeframe, series, from } of plan.clocks) {
    if (series !== undefined) {
      const values = seriesBars(seriesOf(series));
      clocks.push({ columns: values, end: () => values.end, barMs: SERIES_STEP_MS });
      continue;
    }
    if (timeframe === undefined) {
      const own = symbol === undefined ? bars : (at[symbol] ?? missing(symbol, Object.keys(at)));
      if (own.timeframeMs !== undefined && own.timeframeMs !== baseMs)
        otherLength(symbol!, own.timeframeMs, baseMs);
      clocks.push({ columns: own, end: once(() => own.time.map((time) => time + baseMs)), barMs: baseMs });
      continue;
    }
    const { columns, barMs } = clocks[from]!;
    const longer = aggregateBars(columns, timeframe, barMs, last);
    clocks.push({ columns: longer, end: () => longer.end, barMs: timeframeMs(timeframe) });
  }
  return clocks;
}

function memo<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>();
  return (name) => {
    const value = made.get(name) ?? make(name);
    made.set(name, value);
    return value;
  };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function missing(symbol: string, given: readonly string[]): never {
  fail("features.missing-input", {
    message: `a feature reads the bars of ${symbol}, and none were given`,
    hint: `Give them: compute(bars, { at: { "${symbol}": ... } }). Given: ${given.join(", ") || "nothing"}.`,
    fields: { symbol, given },
  });
}

function otherLength(symbol: string, length: number, baseMs: number): never {
  fail("features.missing-input", {
    message: `the bars of ${symbol} last ${length / 6e4} minutes, those of the set ${baseMs / 6e4}`,
    hint: "Give bars of one timeframe, and ask for longer ones with on(...).",
    fields: { symbol, length, expected: baseMs },
  });
}

/** Gives a slot's values as a bar of a clock sees them when it closes. */
function createReader(
  { series, clockOf }: Plan,
  clocks: readonly ClockBars[],
  columns: readonly (Float64Array | undefined)[],
  seriesOf: (name: string) => SeriesOrder,
) {
  const seen = new Map<string, Float64Array>();
  const rows = new Map<string, Int32Array>();
  return (slot: number, clock: number): Float64Array => {
    const from = clockOf[slot]!;
    if (from === clock) return columns[slot]!;
    const key = `${slot} ${clock}`;
    let column = seen.get(key);
    if (column !== undefined) return column;
    const end = clocks[clock]!.end();
    if (from < 0) {
      const { name, slot: first } = series.find(
        (one) => slot >= one.slot && slot - one.slot < SERIES_PARTS.length,
      )!;
      column = seriesColumn(seriesOf(name).rows, SERIES_PARTS[slot - first]!, end);
    } else {
      const link = `${from} ${clock}`;
      const known = rows.get(link) ?? lastKnown(clocks[from]!.end(), end);
      rows.set(link, known);
      const values = columns[slot]!;
      column = new Float64Array(known.length);
      for (let i = 0; i < known.length; i++) column[i] = known[i]! < 0 ? Number.NaN : values[known[i]!]!;
    }
    seen.set(key, column);
    return column;
  };
}

/** For each time the last index whose own time is not after it, -1 where there is none. Both rise. */
function lastKnown(times: Float64Array, at: Float64Array): Int32Array {
  const rows = new Int32Array(at.length);
  let row = -1;
  for (let i = 0; i < at.length; i++) {
    while (row + 1 < times.length && times[row + 1]! <= at[i]!) row++;
    rows[i] = row;
  }
  return rows;
}

function givenSeries(name: string, given: Histories["series"]): TableColumns<"series"> {
  const rows = given[name];
  if (rows !== undefined) return rows;
  return fail("features.missing-input", {
    message: `a feature reads the series "${name}", and it was not given`,
    hint: `Give it: compute(bars, { series: { "${name}": ... } }). Given: ${Object.keys(given).join(", ") || "nothing"}.`,
    fields: { series: name, given: Object.keys(given) },
  });
}
