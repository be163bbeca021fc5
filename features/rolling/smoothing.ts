import { pinnedNumbers } from "./pinned.ts";

/**
 * Recursive averages that start from the plain mean of their first n values, as TA-Lib's do.
 *
 * Kept in three numbers: [values seen, at most n; running sum before the n-th value, the average from then on; 0 before
 * the n-th value, k from then on, because a division costs more than the rest].
 *   y += k (x - y);  exponential: k = 2 / (n + 1);  Wilder: k = 1 / n
 * NaN before the n-th value. A constant stays what it is.
 */
export function createSmoothing(): Float64Array {
  return pinnedNumbers(3);
}

// +: or V8, which does not look into what runs seldom, takes the result for anything at all, and allocates it.

/** @param n the same for all values of one average. */
export function smoothExponential(s: Float64Array, n: number, x: number): number {
  const k = s[2]!;
  if (k === 0) return +seed(s, n, 2 / (n + 1), x);
  const y = (x - s[1]!) * k + s[1]!;
  s[1] = y;
  return y;
}

/** J. Welles Wilder, "New Concepts in Technical Trading Systems", 1978. @param n the same for all values of one average. */
export function smoothWilder(s: Float64Array, n: number, x: number): number {
  const k = s[2]!;
  if (k === 0) return +seed(s, n, 1 / n, x);
  const y = (x - s[1]!) * k + s[1]!;
  s[1] = y;
  return y;
}

function seed(s: Float64Array, n: number, k: number, x: number): number {
  s[0] = s[0]! + 1;
  s[1] = s[1]! + x;
  if (s[0]! < n) return Number.NaN;
  s[1] = s[1]! / n;
  s[2] = k;
  return s[1]!;
}

/**
 * The same over a column: `out[i]` from `x[i]`, from index `start` on; NaN before the n-th value. Both may be one.
 * @param k 2 / (n + 1), or 1 / n. @returns index of the first value.
 */
export function smoothColumn(
  x: Float64Array,
  out: Float64Array,
  n: number,
  k: number,
  start: number,
): number {
  const first = Math.min(start + n - 1, x.length);
  let sum = 0;
  for (let i = start; i <= first && i < x.length; i++) sum += x[i]!;
  out.fill(Number.NaN, 0, first);
  if (first >= x.length) return first;
  let y = sum / n;
  out[first] = y;
  for (let i = first + 1; i < x.length; i++) {
    y = (x[i]! - y) * k + y;
    out[i] = y;
  }
  return first;
}
