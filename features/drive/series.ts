/** Dated values in the order in which they became known. */
import { fail, timeText } from "#core";
import { asOfRows } from "#market";
import type { BarColumns, TableColumns } from "#model";
import type { SeriesPart } from "../define.ts";

/** How far apart the values of a series count as: it only decides when rolling sums are summed anew. */
export const SERIES_STEP_MS = 864e5;

export interface SeriesOrder {
  readonly rows: TableColumns<"series">;
  /** Row indices by publication; of one moment by date, then as they stand. */
  readonly order: Uint32Array;
}

/** Errors: `features.ragged-bars`, `features.bad-series` for a date or publication that is no time. */
export function orderSeries(name: string, rows: TableColumns<"series">): SeriesOrder {
  const { time, published, value } = rows;
  if (published.length !== time.length || value.length !== time.length) {
    fail("features.ragged-bars", {
      message: `the series "${name}" has ${time.length} dates, ${published.length} publications and ${value.length} values`,
      fields: { series: name, time: time.length, published: published.length, value: value.length },
    });
  }
  for (let i = 0; i < time.length; i++) {
    if (Number.isFinite(time[i]!) && Number.isFinite(published[i]!)) continue;
    fail("features.bad-series", {
      message: `row ${i} of the series "${name}" speaks of ${timeText(time[i]!)} and was published at ${timeText(published[i]!)}`,
      hint: "Give both in UTC milliseconds; a value of unknown publication can't be used without looking ahead.",
      fields: { series: name, row: i, time: String(time[i]), published: String(published[i]) },
    });
  }
  const order = new Uint32Array(time.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  const compare = (a: number, b: number) => published[a]! - published[b]! || time[a]! - time[b]! || a - b;
  // Most are in order already, and a long one takes a second to sort.
  let isSorted = true;
  for (let i = 1; i < time.length && isSorted; i++) isSorted = compare(i - 1, i) < 0;
  return { rows, order: isSorted ? order : order.sort(compare) };
}

/**
 * Values of series in the order in which they became known, as plain data: by series, each time, published, value, and
 * from when on bars could see it where it came late.
 */
export type Published = Readonly<Record<string, readonly (readonly number[])[]>>;

/** What a stream that starts late is told at most of what a series said before. A day's values are that many in 50 years. */
const BEFORE_MAX = 20_000;

/**
 * What was published by a time: all since another time, and the newest before. @param since and `until` UTC ms.
 * Errors: as `orderSeries`.
 */
export function publishedBy(
  series: Readonly<Record<string, TableColumns<"series">>>,
  { since, until }: { readonly since: number; readonly until: number },
): Published {
  const all = Object.entries(series).map(([name, table]) => {
    const { rows, order } = orderSeries(name, table);
    const known = Array.from(order).filter((i) => rows.published[i]! <= until);
    const before = known.findIndex((i) => rows.published[i]! >= since);
    const first = Math.max(0, (before < 0 ? known.length : before) - BEFORE_MAX);
    return [name, known.slice(first).map((i) => [rows.time[i]!, rows.published[i]!, rows.value[i]!])];
  });
  return Object.fromEntries(all);
}

/** A part of the newest value (by date) that was published by each time. @param at rising. */
export function seriesColumn(rows: TableColumns<"series">, part: SeriesPart, at: Float64Array): Float64Array {
  const values = rows[part];
  const known = asOfRows(at, rows);
  const out = new Float64Array(at.length);
  for (let i = 0; i < known.length; i++) out[i] = known[i]! < 0 ? Number.NaN : values[known[i]!]!;
  return out;
}

/**
 * The series as bars: one for each moment at which a new date is published. Its time is the date, so that it rises; its
 * end the publication.
 */
export function seriesBars({ rows, order }: SeriesOrder): BarColumns & { readonly end: Float64Array } {
  const { time, published, value } = rows;
  const kept: number[] = [];
  let newest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < order.length; ) {
    const moment = published[order[i]!]!;
    const before = newest;
    let row = -1;
    for (; i < order.length && published[order[i]!] === moment; i++) {
      if (time[order[i]!]! < newest) continue;
      row = order[i]!;
      newest = time[row]!;
    }
    if (newest > before) kept.push(row);
  }
  const pick = (column: Float64Array) => Float64Array.from(kept, (row) => column[row]!);
  const close = pick(value);
  const volume = new Float64Array(kept.length).fill(Number.NaN);
  return { time: pick(time), open: close, high: close, low: close, close, volume, end: pick(published) };
}

/** One such bar. */
export function seriesBar(time: number, value: number) {
  return { time, open: value, high: value, low: value, close: value, volume: Number.NaN };
}
