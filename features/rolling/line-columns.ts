/** Sums, weighted means and least-squares lines over whole columns: what ./mean.ts and ./line.ts give, bit for bit, block by block. */
import { blockEnd } from "./blocks.ts";
import { SMALL } from "./mean.ts";

/** Sum of n values into `out`; NaN before there are n. @param barMs length of a bar (ms). */
export function sumColumn(
  x: Float64Array,
  out: Float64Array,
  n: number,
  time: Float64Array,
  barMs: number,
): void {
  if (n <= SMALL) smallSums(x, out, n);
  else blockSums(x, out, n, time, barMs);
  // What was written before there were n values means nothing.
  out.fill(Number.NaN, 0, Math.min(n - 1, x.length));
}

function blockSums(x: Float64Array, out: Float64Array, n: number, time: Float64Array, barMs: number): void {
  // older[0] is nothing.
  const older = new Float64Array(n);
  for (let at = 0, end = 0; at < x.length; at = end) {
    end = blockEnd(time, at, n, n * barMs);
    const anchor = x[at]!;
    const base = anchor * n;
    let sum = 0;
    for (let k = 1, count = Math.min(at, n - 1); k <= count; k++) {
      sum += x[at - k]! - anchor;
      older[k] = sum;
    }
    let newest = 0;
    for (let i = at, k = n - 1; i < end; i++, k--) {
      newest += x[i]! - anchor;
      out[i] = base + (older[k]! + newest);
    }
  }
}

function smallSums(x: Float64Array, out: Float64Array, n: number): void {
  for (let i = n - 1; i < x.length; i++) {
    const oldest = x[i - n + 1]!;
    let sum = 0;
    for (let k = i - n + 2; k <= i; k++) sum += x[k]! - oldest;
    out[i] = oldest * n + sum;
  }
}

/** Mean with weights 1 (oldest) to n (newest) over a whole column: what ./line.ts gives, bit for bit; NaN before n values. */
export function weightedColumn(
  x: Float64Array,
  out: Float64Array,
  n: number,
  time: Float64Array,
  barMs: number,
): void {
  const olderV = new Float64Array(n);
  const weights = n * (n + 1);
  for (let at = 0, end = 0; at < x.length; at = end) {
    end = blockEnd(time, at, n, n * barMs);
    const anchor = x[at]!;
    let s = 0;
    let v = 0;
    // Sums from k bars before the anchor up to the bar before it; at 0 nothing.
    for (let k = 1, count = Math.min(at, n - 1); k <= count; k++) {
      s += x[at - k]! - anchor;
      v += s;
      olderV[k] = v;
    }
    s = 0;
    v = 0;
    for (let i = at, newer = 1; i < end; i++, newer++) {
      const y = x[i]! - anchor;
      s += y;
      v += newer * y;
      const older = n - newer;
      out[i] = anchor + (2 * (olderV[older]! + v + older * s)) / weights;
    }
  }
  out.fill(Number.NaN, 0, Math.min(n - 1, x.length));
}

/**
 * `base` times the mean and `rise` times the slope per bar of n values, at least two, added; NaN before there are n.
 * @param barMs length of a bar (ms).
 */
export function lineColumn(
  x: Float64Array,
  out: Float64Array,
  n: number,
  { base, rise }: { readonly base: number; readonly rise: number },
  time: Float64Array,
  barMs: number,
): void {
  const olderS = new Float64Array(n);
  const olderV = new Float64Array(n);
  const middle = (n + 1) / 2;
  const spread = n * (n * n - 1);
  for (let at = 0, end = 0; at < x.length; at = end) {
    end = blockEnd(time, at, n, n * barMs);
    const anchor = x[at]!;
    let s = 0;
    let v = 0;
    for (let k = 1, count = Math.min(at, n - 1); k <= count; k++) {
      s += x[at - k]! - anchor;
      v += s;
      olderS[k] = s;
      olderV[k] = v;
    }
    s = 0;
    v = 0;
    for (let i = at, k = n - 1; i < end; i++, k--) {
      const y = x[i]! - anchor;
      s += y;
      v += (n - k) * y;
      const sums = olderS[k]! + s;
      const slope = (12 * (olderV[k]! + v + k * s - middle * sums)) / spread;
      out[i] = base * (anchor + sums / n) + rise * slope;
    }
  }
  out.fill(Number.NaN, 0, Math.min(n - 1, x.length));
}
