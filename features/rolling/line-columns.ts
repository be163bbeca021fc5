/** Weighted means and least-squares lines over tiles and whole columns: what ./line.ts gives, bit for bit, block by block. */
import { type Blocks, blockTiles, createBlocks, nextBlocks, runKernel } from "./blocks.ts";
import { INPUT_LANES, indexes, kernels, OUTPUT_LANES, type Tile, WORK_LANES } from "./lanes.ts";

const [values] = INPUT_LANES;
const [results] = OUTPUT_LANES;
const [, , , , olderS, olderV] = WORK_LANES;

/** Mean with weights 1 (oldest) to n (newest) over a column; NaN before n values. @param barMs length of a bar (ms). */
export function weightedColumn(
  x: Float64Array,
  out: Float64Array,
  n: number,
  time: Float64Array,
  barMs: number,
): void {
  const blocks = createBlocks(n, time, barMs);
  blockTiles([x], [out], [blocks], (tile) => weightedLane(blocks, tile));
}

/** The same of a tile: the first lane of the inputs into the first of the outputs. */
export function weightedLane(blocks: Blocks, tile: Tile): void {
  nextBlocks(blocks, tile);
  const { n, first, count } = blocks;
  const { shift } = tile;
  if (kernels) {
    runKernel(kernels.weights, blocks, shift, 0, n, n * (n + 1));
    return;
  }
  for (let b = 0; b < count; b++) {
    const at = indexes[b]!;
    weightedBlock(at, Math.min(at + shift - first, n - 1), indexes[b + 1]! - at, n);
  }
}

/** olderV[k]: from k bars before the anchor up to the bar before it; at 0 nothing. */
function weightedBlock(at: number, back: number, size: number, n: number): void {
  const weights = n * (n + 1);
  const anchor = values[at]!;
  olderV[0] = 0;
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
  const blocks = createBlocks(n, time, barMs);
  blockTiles([x], [out], [blocks], (tile) => {
    nextBlocks(blocks, tile);
    const { shift } = tile;
    const { first, count } = blocks;
    if (kernels) {
      runKernel(kernels.lines, blocks, shift, 0, n, (n + 1) / 2, n * (n * n - 1), base, rise);
      return;
    }
    for (let b = 0; b < count; b++) {
      const at = indexes[b]!;
      lineBlock(at, Math.min(at + shift - first, n - 1), indexes[b + 1]! - at, n, base, rise);
    }
  });
}

function lineBlock(at: number, back: number, size: number, n: number, base: number, rise: number): void {
  const middle = (n + 1) / 2;
  const spread = n * (n * n - 1);
  const anchor = values[at]!;
  olderS[0] = 0;
  olderV[0] = 0;
  let s = 0;
  let v = 0;
  for (let k = 1; k <= back; k++) {
    s += values[at - k]! - anchor;
    v += s;
    olderS[k] = s;
    olderV[k] = v;
  }
  s = 0;
  v = 0;
  for (let j = 0; j < size; j++) {
    const k = n - 1 - j;
    const y = values[at + j]! - anchor;
    s += y;
    v += (j + 1) * y;
    const sums = olderS[k]! + s;
    const slope = (12 * (olderV[k]! + v + k * s - middle * sums)) / spread;
    results[at + j] = base * (anchor + sums / n) + rise * slope;
  }
}
