/** Sums, weighted means and least-squares lines over whole columns: what ./mean.ts and ./line.ts give, bit for bit, block by block. */
import { anchoredColumn, blockEnd, eachTile, LONGEST, TILE } from "./blocks.ts";
import { SMALL } from "./mean.ts";
import { smallColumn } from "./small.ts";
import { tileBuffers } from "./tile.ts";

/** Sum of n values into `out`; NaN before there are n. @param barMs length of a bar (ms). */
export function sumColumn(
  x: Float64Array,
  out: Float64Array,
  n: number,
  time: Float64Array,
  barMs: number,
): void {
  if (n <= SMALL) smallColumn("sum", x, out, n);
  else anchoredColumn(x, out, n, n, 1, time, barMs);
  // What was written before there were n values means nothing.
  out.fill(Number.NaN, 0, Math.min(n - 1, x.length));
}

/** Mean with weights 1 (oldest) to n (newest) over a whole column: what ./line.ts gives, bit for bit; NaN before n values. */
export function weightedColumn(
  x: Float64Array,
  out: Float64Array,
  n: number,
  time: Float64Array,
  barMs: number,
): void {
  eachTile(
    x,
    values,
    n,
    time,
    barMs,
    (at, back, size) => weightedBlock(at, back, size, n),
    (from, end, shift) => out.set(results.subarray(from - shift, end - shift), from),
  );
  out.fill(Number.NaN, 0, Math.min(n - 1, x.length));
}

const [values, olderV, results] = tileBuffers(3, 2 * LONGEST + TILE);

/** olderV[k]: from k bars before the anchor up to the bar before it; at 0 nothing. */
function weightedBlock(at: number, back: number, size: number, n: number): void {
  const weights = n * (n + 1);
  const anchor = values[at]!;
  let s = 0;
  let v = 0;
  for (let k = 1; k <= back; k++) {
    s += values[at - k]! - anchor;
    v += s;
    olderV[k] = v;
  }
  s = 0;
  v = 0;
  for (let j = 0; j < size; j++) {
    const y = values[at + j]! - anchor;
    s += y;
    v += (j + 1) * y;
    const older = n - 1 - j;
    results[at + j] = anchor + (2 * (olderV[older]! + v + older * s)) / weights;
  }
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
