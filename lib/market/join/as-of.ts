/**
 * Point-in-time joins: what was known of a series at a moment q.
 *
 *   known at q   rows with published <= q
 *   chosen       of these the one with the newest `time`; told twice (a restatement), the one published last
 *   stale        q - published > maxAge: then nothing is known
 *
 * A correction of an older period does not displace the newest one. Times are UTC milliseconds.
 */
import { fail, type Millis, timeText } from "#core";
import type { TableColumns } from "#model";

export interface AsOfOptions {
  /** Oldest that a value may be, counted from its publication, in milliseconds. Default: any age. */
  readonly maxAge?: Millis;
  /** Added to each query time: the length of a bar turns its start into the moment at which it is complete. Default 0. */
  readonly shift?: Millis;
}

/**
 * Values of a series as known at each time; NaN where nothing was. @param times never falling. @param out written and given back,
 * of the length of `times`. Errors: `market.out-of-order`.
 */
export function asOf(
  times: Float64Array,
  series: TableColumns<"series">,
  options: AsOfOptions = {},
  out = new Float64Array(times.length),
): Float64Array {
  const rows = asOfRows(times, series, options);
  const { value } = series;
  for (let i = 0; i < rows.length; i++) out[i] = rows[i]! < 0 ? Number.NaN : value[rows[i]!]!;
  return out;
}

/** Row of the series that is known at each time, -1 where none is: for series with more than one value. As {@link asOf}. */
export function asOfRows(
  times: Float64Array,
  { time, published }: Pick<TableColumns<"series">, "time" | "published">,
  { maxAge = Number.POSITIVE_INFINITY, shift = 0 }: AsOfOptions = {},
): Int32Array {
  const order = byPublication(published);
  const rows = new Int32Array(times.length);
  let best = -1;
  let next = 0;
  let nextAt = next < order.length ? published[order[next]!]! : Number.POSITIVE_INFINITY;
  let staleAfter = Number.POSITIVE_INFINITY;
  let before = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < times.length; i++) {
    const at = times[i]! + shift;
    if (!(at >= before)) refuseOrder("a query", at, before, i);
    before = at;
    while (nextAt <= at) {
      const row = order[next++]!;
      if (best < 0 || time[row]! >= time[best]!) {
        best = row;
        staleAfter = published[row]! + maxAge;
      }
      nextAt = next < order.length ? published[order[next]!]! : Number.POSITIVE_INFINITY;
      // A publication at infinity would never end the loop.
      if (nextAt === Number.POSITIVE_INFINITY) break;
    }
    rows[i] = at > staleAfter ? -1 : best;
  }
  return rows;
}

/** Rows by publication, those of one moment as they stand; rows without a publication are never known. */
function byPublication(published: Float64Array): Uint32Array {
  const rows = Uint32Array.from(published.keys()).filter((row) => Number.isFinite(published[row]!));
  for (let i = 1; i < rows.length; i++) {
    if (published[rows[i]!]! < published[rows[i - 1]!]!) {
      return rows.sort((a, b) => published[a]! - published[b]! || a - b);
    }
  }
  return rows;
}

/** What a cursor knows: plain JSON; null stands for NaN. */
export interface AsOfState {
  readonly time: Millis;
  readonly published: Millis;
  readonly value: number | null;
  readonly newest: Millis;
}

/** The same join in a stream: rows are told when they are published, and the value is asked for in between. */
export interface AsOfCursor {
  /** Tells a row, in the order of publication. Errors: `market.out-of-order`. */
  publish(time: Millis, published: Millis, value: number): void;
  /** What is known at a moment, NaN for nothing. Errors: `market.out-of-order` for one before the newest publication told. */
  at(time: Millis): number;
  /** Undefined before the first row. */
  snapshot(): AsOfState | undefined;
}

export function createAsOfCursor(
  { maxAge = Number.POSITIVE_INFINITY }: Pick<AsOfOptions, "maxAge"> = {},
  state?: AsOfState,
): AsOfCursor {
  let best = state && { ...state, value: state.value ?? Number.NaN };
  return {
    publish(time, published, value) {
      if (best && !(published >= best.newest)) refuseOrder("a publication", published, best.newest);
      if (!best || time >= best.time) best = { time, published, value, newest: published };
      else best = { ...best, newest: published };
    },
    at(time) {
      if (!best) return Number.NaN;
      if (!(time >= best.newest)) refuseOrder("a query", time, best.newest);
      return time > best.published + maxAge ? Number.NaN : best.value;
    },
    snapshot: () => best && { ...best, value: Number.isNaN(best.value) ? null : best.value },
  };
}

function refuseOrder(what: string, time: Millis, before: Millis, row?: number): never {
  const where = row === undefined ? "" : ` (row ${row})`;
  fail("market.out-of-order", {
    message: `${what} at ${timeText(time)} (${time})${where} came after one at ${timeText(before)} (${before})`,
    hint: "Times of a join must not fall: sort the rows first.",
    fields: { time, before, ...(row === undefined ? {} : { row }) },
  });
}
