/**
 * Recursive averages that start from the plain mean of their first n values, as TA-Lib's do.
 *
 * Kept in two numbers: [values seen, at most n; running sum before the n-th value, the average from then on].
 *   exponential: y += k (x - y), k = 2 / (n + 1)
 *   Wilder:      y = (y (n - 1) + x) / n
 * Both return NaN before the n-th value.
 */
export function createSmoothing(): Float64Array {
  return new Float64Array(2);
}

export function smoothExponential(s: Float64Array, n: number, x: number): number {
  if (s[0]! < n) return seed(s, n, x);
  s[1] = (x - s[1]!) * (2 / (n + 1)) + s[1]!;
  return s[1]!;
}

/** J. Welles Wilder, "New Concepts in Technical Trading Systems", 1978. */
export function smoothWilder(s: Float64Array, n: number, x: number): number {
  if (s[0]! < n) return seed(s, n, x);
  s[1] = (s[1]! * (n - 1) + x) / n;
  return s[1]!;
}

function seed(s: Float64Array, n: number, x: number): number {
  s[0] = s[0]! + 1;
  s[1] = s[1]! + x;
  if (s[0]! < n) return Number.NaN;
  s[1] = s[1]! / n;
  return s[1]!;
}
