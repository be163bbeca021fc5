/** Rolling means, moments and extremes over whole columns: what ./mean.ts, ./moments.ts and ./extremes.ts give, bit for bit, block by block. */
import { SMALL } from "./mean.ts";

/**
 * Bars from one anchor to the next, as the streams move it: at most n, and up to the next multiple of `span` in time.
 * @param at index of the anchor. @returns index of the next.
 */
export function blockEnd(time: Float64Array, at: number, n: number, span: number): number {
  const until = (Math.floor(time[at]! / span) + 1) * span;
  const last = Math.min(at + n, time.length);
  if (last === at || time[last - 1]! < until) return last;
  let end = at + 1;
  while (end < last && time[end]! < until) end++;
  return end;
}

/** Mean of n values into `out`; NaN before there are n. */
export function meanColumn(
  x: Float64Array,
  out: Float64Array,
  n: number,
  time: Float64Array,
  barMs: number,
): void {
  if (n <= SMALL) {
    smallMeans(x, out, n);
    return;
  }
  const older = new Float64Array(n);
  const share = 1 / n;
  for (let at = 0, end = 0; at < x.length; at = end) {
    end = blockEnd(time, at, n, n * barMs);
    const anchor = x[at]!;
    let sum = 0;
    // older[k]: from k bars before the anchor up to the bar before it; older[0] is nothing.
    for (let k = 1, count = Math.min(at, n - 1); k <= count; k++) {
      sum += x[at - k]! - anchor;
      older[k] = sum;
    }
    let newest = 0;
    for (let i = at, k = n - 1; i < end; i++, k--) {
      newest += x[i]! - anchor;
      out[i] = anchor + (older[k]! + newest) * share;
    }
  }
  // What was written before there were n values means nothing.
  out.fill(Number.NaN, 0, Math.min(n - 1, x.length));
}

function smallMeans(x: Float64Array, out: Float64Array, n: number): void {
  const share = 1 / n;
  out.fill(Number.NaN, 0, Math.min(n - 1, x.length));
  if (n === 3) {
    meansOfThree(x, out);
    return;
  }
  for (let i = n - 1; i < x.length; i++) {
    const oldest = x[i - n + 1]!;
    let sum = 0;
    for (let k = i - n + 2; k <= i; k++) sum += x[k]! - oldest;
    out[i] = oldest + sum * share;
  }
}

/** Each value read once. A sum that starts from 0 is its first summand: no distance is -0 but that of -0 from 0. */
function meansOfThree(x: Float64Array, out: Float64Array): void {
  const share = 1 / 3;
  let oldest = x[0]!;
  let middle = x[1]!;
  for (let i = 2; i < x.length; i++) {
    const newest = x[i]!;
    out[i] = oldest + (middle - oldest + (newest - oldest)) * share;
    oldest = middle;
    middle = newest;
  }
}

/**
 * Mean and sum of squared distances of n values; NaN before there are n.
 * @param squares receives the sums of squares, never below 0.
 * @param done called for each stretch of bars when both stand, while they are in the cache.
 */
export function momentColumns(
  x: Float64Array,
  mean: Float64Array,
  squares: Float64Array,
  n: number,
  time: Float64Array,
  barMs: number,
  done?: (from: number, end: number) => void,
): void {
  const olderS = new Float64Array(n);
  const olderQ = new Float64Array(n);
  const share = 1 / n;
  for (let at = 0, end = 0; at < x.length; at = end) {
    end = blockEnd(time, at, n, n * barMs);
    const anchor = x[at]!;
    let s = 0;
    let q = 0;
    for (let k = 1, count = Math.min(at, n - 1); k <= count; k++) {
      const y = x[at - k]! - anchor;
      s += y;
      q += y * y;
      olderS[k] = s;
      olderQ[k] = q;
    }
    s = 0;
    q = 0;
    for (let i = at, k = n - 1; i < end; i++, k--) {
      const y = x[i]! - anchor;
      s += y;
      q += y * y;
      const sum = olderS[k]! + s;
      const spread = olderQ[k]! + q - sum * sum * share;
      mean[i] = anchor + sum * share;
      squares[i] = spread > 0 ? spread : 0;
    }
    done?.(at, end);
  }
  const warm = Math.min(n - 1, x.length);
  mean.fill(Number.NaN, 0, warm);
  squares.fill(Number.NaN, 0, warm);
}
