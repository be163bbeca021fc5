/** Rolling means and moments over whole columns: what ./mean.ts and ./moments.ts give, bit for bit, block by block. */

/**
 * Bars from one anchor to the next, as the streams move it: at most n, and up to the next multiple of `span` in time.
 * @param at index of the anchor. @returns index of the next.
 */
function blockEnd(time: Float64Array, at: number, n: number, span: number): number {
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
  const older = new Float64Array(n);
  out.fill(Number.NaN, 0, Math.min(n - 1, x.length));
  for (let at = 0, end = 0; at < x.length; at = end) {
    end = blockEnd(time, at, n, n * barMs);
    const anchor = x[at]!;
    let sum = 0;
    // older[k]: from k bars before the anchor up to the bar before it.
    for (let k = 1, count = Math.min(at, n - 1); k <= count; k++) {
      sum += x[at - k]! - anchor;
      older[k] = sum;
    }
    let newest = 0;
    for (let i = at, k = n - 1; i < end; i++, k--) {
      newest += x[i]! - anchor;
      if (i >= n - 1) out[i] = anchor + (k === 0 ? newest : older[k]! + newest) / n;
    }
  }
}

/**
 * Mean and sum of squared distances of n values; NaN before there are n.
 * @param squares receives the sums of squares, never below 0.
 */
export function momentColumns(
  x: Float64Array,
  mean: Float64Array,
  squares: Float64Array,
  n: number,
  time: Float64Array,
  barMs: number,
): void {
  const olderS = new Float64Array(n);
  const olderQ = new Float64Array(n);
  const warm = Math.min(n - 1, x.length);
  mean.fill(Number.NaN, 0, warm);
  squares.fill(Number.NaN, 0, warm);
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
      if (i < n - 1) continue;
      const sum = k === 0 ? s : olderS[k]! + s;
      const spread = (k === 0 ? q : olderQ[k]! + q) - (sum * sum) / n;
      mean[i] = anchor + sum / n;
      squares[i] = spread > 0 ? spread : 0;
    }
  }
}
