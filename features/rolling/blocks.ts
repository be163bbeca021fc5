/**
 * Rolling sums, means and moments over tiles and whole columns: what ./mean.ts and ./moments.ts give, bit for bit,
 * block by block from anchor to anchor.
 */
import type { BlockKernel } from "./kernels.ts";
import {
  eachTile,
  INDEX_ADDRESS,
  INPUT_LANES,
  INPUTS,
  indexes,
  kernels,
  laneAddress,
  OUTPUT_LANES,
  OUTPUTS,
  type Tile,
  WORK,
  WORK_LANES,
} from "./lanes.ts";
import { SMALL } from "./mean.ts";
import { smallLane } from "./small.ts";

/** The blocks of windows of n values, tile after tile. */
export interface Blocks {
  readonly n: number;
  /** Bar of the first value. */
  readonly first: number;
  readonly time: Float64Array;
  readonly span: number;
  /** The anchor from which the next tile is made. */
  anchor: number;
  /** Of the tile: the bar after its last, and how many blocks reach into it. */
  end: number;
  count: number;
}

/** @param n values. @param barMs length of a bar (ms). @param first bar that has a value. */
export function createBlocks(n: number, time: Float64Array, barMs: number, first = 0): Blocks {
  return { n, first, time, span: n * barMs, anchor: first, end: 0, count: 0 };
}

/** Whose blocks `indexes` holds: where in the lanes each begins, and after the last where it ends. */
let owner: Blocks | undefined;

/**
 * Finds the blocks of a tile, if `indexes` does not hold them yet, as the streams move their anchors: after at most n
 * bars, and at each multiple of `span` in time. A block that the tile's end cuts comes again with the tile after it.
 */
export function nextBlocks(blocks: Blocks, { shift, end }: Tile): void {
  const { n, time, span } = blocks;
  const last = shift + end;
  if (blocks.end === last && owner === blocks) return;
  blocks.end = last;
  owner = blocks;
  let at = blocks.anchor;
  let until = Number.NaN;
  let count = 0;
  while (at < last) {
    const now = time[at]!;
    // Mostly it is just that time, and a division takes longer than all the rest.
    if (now === until) until += span;
    else until = (Math.floor(now / span) + 1) * span;
    blocks.anchor = at;
    indexes[count++] = at - shift;
    const most = Math.min(at + n, time.length);
    if (time[most - 1]! < until) at = most;
    else for (at++; at < most && time[at]! < until; at++);
  }
  indexes[count] = end;
  blocks.count = count;
  if (at === last) blocks.anchor = at;
}

/**
 * Goes through columns in tiles, with windows that begin on one bar.
 * @param blocks of each length that `body` asks for. @param body makes the outputs of a tile.
 */
export function blockTiles(
  x: readonly Float64Array[],
  out: readonly Float64Array[],
  blocks: readonly Blocks[],
  body: (tile: Tile) => void,
): void {
  const longest = Math.max(...blocks.map(({ n }) => n));
  eachTile(x, out, 2 * longest, body);
  // What was written before there were n values means nothing.
  const warm = Math.max(...blocks.map(({ n, first }) => first + n - 1));
  for (const column of out) column.fill(Number.NaN, 0, Math.min(warm, column.length));
}

/**
 * Sums, or means, of the n values up to each bar of a tile: of a lane of the inputs into the same of the outputs, by its
 * number. Uses the last two lanes, as all kernels here.
 */
export function sumLane(blocks: Blocks, tile: Tile, what: "mean" | "sum", lane: 0 | 1 | 2 | 3): void {
  const { n, first } = blocks;
  const { shift, start, end } = tile;
  const scale = what === "mean" ? 1 : n;
  const share = what === "mean" ? 1 / n : 1;
  if (n <= SMALL) {
    smallLane(lane, n, scale, share, Math.max(start, first + n - 1 - shift), end);
    return;
  }
  nextBlocks(blocks, tile);
  if (kernels) runKernel(kernels.sums, blocks, shift, lane, scale, share);
  else plainSums(blocks, shift, INPUT_LANES[lane], OUTPUT_LANES[lane], scale, share);
}

/** The same of two lanes side by side. @param lane the number of the first. */
export function sumTwoLanes(blocks: Blocks, tile: Tile, what: "mean" | "sum", lane: 0 | 2 = 0): void {
  const { n } = blocks;
  if (n <= SMALL || kernels === undefined) {
    sumLane(blocks, tile, what, lane);
    sumLane(blocks, tile, what, lane === 0 ? 1 : 3);
    return;
  }
  nextBlocks(blocks, tile);
  const [scale, share] = what === "mean" ? [1, 1 / n] : [n, 1];
  runKernel(kernels.twoSums, blocks, tile.shift, lane, scale, share);
}

/** Of a lane of the inputs into the same of the outputs. */
export function runKernel(
  kernel: BlockKernel,
  { n, first, count }: Blocks,
  shift: number,
  lane: number,
  ...numbers: number[]
): void {
  const stop = INDEX_ADDRESS + 4 * count;
  const [from, older, to] = [laneAddress(INPUTS + lane), laneAddress(WORK + 4), laneAddress(OUTPUTS + lane)];
  kernel(INDEX_ADDRESS, stop, from, older, to, 8 * (n - 1), 8 * (shift - first), ...numbers);
}

const [values] = INPUT_LANES;
const [results, spreads] = OUTPUT_LANES;
const [, , , , older, olderQ] = WORK_LANES;

/** Anchor times `scale` plus the sum of the distances from it times `share`; as the kernel does it. */
function plainSums(
  { n, first, count }: Blocks,
  shift: number,
  x: Float64Array,
  out: Float64Array,
  scale: number,
  share: number,
): void {
  older[0] = 0;
  for (let b = 0; b < count; b++) {
    const at = indexes[b]!;
    const anchor = x[at]!;
    const base = anchor * scale;
    // older[k]: from k bars before the anchor up to the bar before it; older[0] is nothing.
    let sum = 0;
    for (let k = 1, back = Math.min(at + shift - first, n - 1); k <= back; k++) {
      sum += x[at - k]! - anchor;
      older[k] = sum;
    }
    sum = 0;
    for (let i = at, k = n - 1; i < indexes[b + 1]!; i++, k--) {
      sum += x[i]! - anchor;
      out[i] = base + (older[k]! + sum) * share;
    }
  }
}

/** Mean, and sum of squared distances (never below 0), of the n values up to each bar: the first lane of the inputs into the first two of the outputs. */
export function momentLane(blocks: Blocks, tile: Tile): void {
  nextBlocks(blocks, tile);
  const { n, first, count } = blocks;
  if (kernels) {
    runKernel(kernels.moments, blocks, tile.shift, 0, 1 / n);
    return;
  }
  for (let b = 0; b < count; b++) {
    const at = indexes[b]!;
    momentBlock(at, Math.min(at + tile.shift - first, n - 1), indexes[b + 1]! - at, n);
  }
}

/**
 * older[k], olderQ[k]: sums from k bars before the anchor up to the bar before it; at 0 nothing.
 * @param at the anchor. @param back values before it, at most n - 1. @param size values from it on.
 */
function momentBlock(at: number, back: number, size: number, n: number): void {
  const share = 1 / n;
  const anchor = values[at]!;
  older[0] = 0;
  olderQ[0] = 0;
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

/** Mean of n values over a column; NaN before there are n. @param barMs length of a bar (ms). */
export function meanColumn(
  x: Float64Array,
  out: Float64Array,
  n: number,
  time: Float64Array,
  barMs: number,
): void {
  const blocks = createBlocks(n, time, barMs);
  blockTiles([x], [out], [blocks], (tile) => sumLane(blocks, tile, "mean", 0));
}

/** Sum of n values over a column; NaN before there are n. @param barMs length of a bar (ms). */
export function sumColumn(
  x: Float64Array,
  out: Float64Array,
  n: number,
  time: Float64Array,
  barMs: number,
): void {
  const blocks = createBlocks(n, time, barMs);
  blockTiles([x], [out], [blocks], (tile) => sumLane(blocks, tile, "sum", 0));
}

/**
 * What is made of the mean and the sum of squared distances of n values.
 * @param use makes the outputs between two places of the first two lanes of the outputs, which hold both, and of the
 * first of the inputs, which holds the values.
 */
export function momentTiles(
  x: Float64Array,
  out: readonly Float64Array[],
  n: number,
  time: Float64Array,
  barMs: number,
  use: (start: number, end: number) => void,
): void {
  const blocks = createBlocks(n, time, barMs);
  blockTiles([x], out, [blocks], (tile) => {
    momentLane(blocks, tile);
    use(tile.start, tile.end);
  });
}

/** That sum of squared distances of n values over a divisor, over a column; NaN before there are n. @param barMs length of a bar (ms). */
export function varianceColumn(
  x: Float64Array,
  out: Float64Array,
  n: number,
  divisor: number,
  time: Float64Array,
  barMs: number,
): void {
  const blocks = createBlocks(n, time, barMs);
  blockTiles([x], [out], [blocks], (tile) => {
    if (kernels) {
      nextBlocks(blocks, tile);
      runKernel(kernels.variances, blocks, tile.shift, 0, 1 / n, divisor);
      return;
    }
    momentLane(blocks, tile);
    for (let i = tile.start; i < tile.end; i++) results[i] = spreads[i]! / divisor;
  });
}

/** Mean and sum of squared distances of n values, over columns; NaN before there are n. @param barMs length of a bar (ms). */
export function momentColumns(
  x: Float64Array,
  mean: Float64Array,
  squares: Float64Array,
  n: number,
  time: Float64Array,
  barMs: number,
): void {
  momentTiles(x, [mean, squares], n, time, barMs, () => {});
}
