/**
 * Series made of statements, each value as it was known when it was published: `time` is the start of the period that a
 * statement speaks of, `published` when it was first known, and a later row of the same period restates it.
 *
 * A result has a row for each moment at which it changed: its time is the newest period in it, its publication that
 * moment. So a restatement of any period counts from its own publication on, and never before.
 */
import { fail } from "#core";
import type { TableColumns } from "#model";
import { orderSeries } from "../drive/series.ts";

type Series = TableColumns<"series">;

/** A step between periods so much longer than the usual one leaves one out: months and quarters differ by a tenth. */
const HOLE = 1.5;

/** Sum of the n newest periods: `trailing(quarterlyEps, 4)` is the last 12 months. Errors: `features.bad-series`. */
export function trailing(series: Series, n: number): Series {
  return overWindow(series, n, sumOf);
}

/** The value n periods before the newest: `earlier(eps, 4)` is that of a year ago. Errors: `features.bad-series`. */
export function earlier(series: Series, n: number): Series {
  return overWindow(series, n + 1, (values) => values[0]!);
}

/**
 * Mean of earnings / CPI over the newest months: what `cape` reads. A month counts when both are known, so earnings of a
 * month must be dated as published after its end. Errors: `features.bad-series`.
 */
export function realMean(earnings: Series, cpi: Series, months = 120): Series {
  const real = combine(earnings, cpi, (e, c) => e / c);
  return overWindow(real, months, (values) => sumOf(values) / values.length);
}

/** A value of two series' values of the same period, from when both are known. Errors: `features.bad-series`. */
export function combine(a: Series, b: Series, value: (a: number, b: number) => number): Series {
  const known = [new Map<number, number>(), new Map<number, number>()] as const;
  const events = [a, b].flatMap((rows, k) =>
    Array.from(orderSeries(k === 0 ? "first" : "second", rows).order, (row) => ({
      ...{ k, time: rows.time[row]!, published: rows.published[row]!, value: rows.value[row]! },
    })),
  );
  events.sort((one, other) => one.published - other.published);
  const out = createRows();
  for (const event of events) {
    known[event.k === 0 ? 0 : 1].set(event.time, event.value);
    const [x, y] = [known[0].get(event.time), known[1].get(event.time)];
    if (x !== undefined && y !== undefined) out.add(event.time, event.published, value(x, y));
  }
  return out.columns();
}

/**
 * A value of the n newest periods, oldest first; NaN where one between them is missing, as their usual step tells.
 * @param n at least 1. No row before n periods are known.
 */
function overWindow(series: Series, n: number, value: (values: readonly number[]) => number): Series {
  if (!Number.isInteger(n) || n < 1) {
    fail("features.bad-series", {
      message: `a window of ${n} periods; it must be a whole number of at least 1`,
      fields: { periods: n },
    });
  }
  const { rows, order } = orderSeries("statements", series);
  const times: number[] = [];
  const values: number[] = [];
  const out = createRows();
  for (let i = 0; i < order.length; ) {
    const moment = rows.published[order[i]!]!;
    let touched = Number.NEGATIVE_INFINITY;
    for (; i < order.length && rows.published[order[i]!] === moment; i++) {
      const row = order[i]!;
      touched = Math.max(touched, rows.time[row]!);
      insert(times, values, rows.time[row]!, rows.value[row]!);
    }
    const first = times.length - n;
    if (first < 0 || touched < times[first]!) continue;
    const whole = n === 1 || longestStep(times, first) <= HOLE * usualStep(times, n);
    out.add(times.at(-1)!, moment, whole ? value(values.slice(first)) : Number.NaN);
  }
  return out.columns();
}

function insert(times: number[], values: number[], time: number, value: number): void {
  let at = times.length;
  while (at > 0 && times[at - 1]! >= time) at--;
  const isKnown = times[at] === time;
  times.splice(at, isKnown ? 1 : 0, time);
  values.splice(at, isKnown ? 1 : 0, value);
}

function longestStep(times: readonly number[], first: number): number {
  let longest = 0;
  for (let i = first + 1; i < times.length; i++) longest = Math.max(longest, times[i]! - times[i - 1]!);
  return longest;
}

/** Median step between the newest periods, some more than the window has. */
function usualStep(times: readonly number[], n: number): number {
  const first = Math.max(1, times.length - 2 * n - 8);
  const steps = Float64Array.from(
    { length: times.length - first },
    (_, k) => times[first + k]! - times[first + k - 1]!,
  );
  return steps.sort()[(steps.length - 1) >> 1]!;
}

function sumOf(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

function createRows() {
  const rows: [time: number, published: number, value: number][] = [];
  const column = (k: 0 | 1 | 2) => Float64Array.from(rows, (row) => row[k]);
  return {
    add: (time: number, published: number, value: number) => void rows.push([time, published, value]),
    columns: (): Series => ({ time: column(0), published: column(1), value: column(2) }),
  };
}
