import { blockEnd } from "./blocks.ts";

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
