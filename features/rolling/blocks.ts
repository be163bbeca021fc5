/** Rolling means, moments and extremes over whole columns: what ./mean.ts, ./moments.ts and ./extremes.ts give, bit for bit, block by block. */
import { SMALL } from "./mean.ts";
import { smallColumn } from "./small.ts";
import { tileBuffers } from "./tile.ts";

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
    smallColumn("mean", x, out, n);
    out.fill(Number.NaN, 0, Math.min(n - 1, x.length));
    return;
  }
  anchoredColumn(x, out, n, 1, 1 / n, time, barMs);
}

/** The longest window; parameters of the catalog go to 10,000. */
export const LONGEST = 10_240;
export const TILE = 1024;
const [values, older, results] = tileBuffers(3, 2 * LONGEST + TILE);
const [olderQ, spreads] = tileBuffers(2, 2 * LONGEST + TILE);

/**
 * Walks through a column from anchor to anchor, in tiles.
 * @param values receives the tile. @param block called for each anchor: its index in the tile, how many values before it
 * count, at most n - 1, and how many from it on. @param done called at the end of each tile: its bars, and by how much
 * their indices are larger than those in the tile.
 */
export function eachTile(
  x: Float64Array,
  values: Float64Array,
  n: number,
  time: Float64Array,
  barMs: number,
  block: (at: number, back: number, size: number) => void,
  done: (from: number, end: number, shift: number) => void,
): void {
  const { length } = x;
  for (let at = 0; at < length; ) {
    const start = at;
    const shift = Math.max(0, at - n + 1);
    // At least one block with what it looks back on.
    const last = Math.min(length, shift + 2 * n + TILE);
    values.set(x.subarray(shift, last));
    while (at < last) {
      const end = blockEnd(time, at, n, n * barMs);
      if (end > last) break;
      block(at - shift, Math.min(at, n - 1), end - at);
      at = end;
    }
    done(start, at, shift);
  }
}

/** Anchor times `scale` plus the sum of the distances from it times `share`, of n values; NaN before there are n. */
export function anchoredColumn(
  x: Float64Array,
  out: Float64Array,
  n: number,
  scale: number,
  share: number,
  time: Float64Array,
  barMs: number,
): void {
  eachTile(
    x,
    values,
    n,
    time,
    barMs,
    (at, back, size) => sumBlock(at, back, size, n, scale, share),
    (from, end, shift) => out.set(results.subarray(from - shift, end - shift), from),
  );
  // What was written before there were n values means nothing.
  out.fill(Number.NaN, 0, Math.min(n - 1, x.length));
}

/** @param at index of the anchor in the tile. @param back values before it, at most n - 1. @param size values from it on. */
function sumBlock(at: number, back: number, size: number, n: number, scale: number, share: number): void {
  const anchor = values[at]!;
  const base = anchor * scale;
  // older[k]: from k bars before the anchor up to the bar before it; older[0] is nothing. Two at a time to be quick.
  let sum = 0;
  let k = 1;
  for (; k < back; k += 2) {
    const near = sum + (values[at - k]! - anchor);
    sum = near + (values[at - k - 1]! - anchor);
    older[k] = near;
    older[k + 1] = sum;
  }
  if (k === back) older[k] = sum + (values[at - k]! - anchor);
  let newest = 0;
  let j = 0;
  for (; j < size - 1; j += 2) {
    const near = newest + (values[at + j]! - anchor);
    newest = near + (values[at + j + 1]! - anchor);
    results[at + j] = base + (older[n - 1 - j]! + near) * share;
    results[at + j + 1] = base + (older[n - 2 - j]! + newest) * share;
  }
  if (j < size) {
    newest += values[at + j]! - anchor;
    results[at + j] = base + (older[n - 1 - j]! + newest) * share;
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
  eachTile(
    x,
    values,
    n,
    time,
    barMs,
    (at, back, size) => momentBlock(at, back, size, n),
    (from, end, shift) => {
      mean.set(results.subarray(from - shift, end - shift), from);
      squares.set(spreads.subarray(from - shift, end - shift), from);
      done?.(from, end);
    },
  );
  const warm = Math.min(n - 1, x.length);
  mean.fill(Number.NaN, 0, warm);
  squares.fill(Number.NaN, 0, warm);
}

/** As {@link sumBlock}, with the squares: olderQ at k as well. */
function momentBlock(at: number, back: number, size: number, n: number): void {
  const share = 1 / n;
  const anchor = values[at]!;
  let s = 0;
  let q = 0;
  for (let k = 1; k <= back; k++) {
    const y = values[at - k]! - anchor;
    s += y;
    q += y * y;
    older[k] = s;
    olderQ[k] = q;
  }
  s = 0;
  q = 0;
  for (let j = 0; j < size; j++) {
    const y = values[at + j]! - anchor;
    s += y;
    q += y * y;
    const sum = older[n - 1 - j]! + s;
    const spread = olderQ[n - 1 - j]! + q - sum * sum * share;
    results[at + j] = anchor + sum * share;
    spreads[at + j] = spread > 0 ? spread : 0;
  }
}
