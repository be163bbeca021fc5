/**
 * Highest and lowest of n values over tiles, as ./extremes.ts gives them.
 *
 * By doubling: the extreme of 2 w values is that of two extremes of w values, and n need not be a power of 2 because
 * extremes may overlap. A tile that has a 0 is done by comparing, with the cuts of the stream, which decide whether 0 or
 * -0 is found; so are all where the host does not allow WebAssembly.
 */
import {
  copyLane,
  eachTile,
  INPUTS,
  kernels,
  LANES,
  laneAddress,
  type Tile,
  WORK,
  WORK_LANES,
} from "./lanes.ts";
import { hasZero } from "./pair-lanes.ts";

/** Bars before a tile that windows of n values need. */
export function lookBack(n: number): number {
  return 2 * n;
}

/**
 * The extreme of the last n values of each bar of a tile, from one lane into another by their numbers; the first n - 1
 * bars have none, and what stands there means nothing. Uses the last two lanes.
 * @param sign 1 for the highest, -1 for the lowest.
 */
export function extremeLane(from: number, to: number, n: number, sign: 1 | -1, tile: Tile): void {
  const begin = Math.max(0, tile.start - n + 1);
  if (n === 1) {
    copyLane(from, to, tile.start, tile.end);
    return;
  }
  if (kernels === undefined || hasZero(from, begin, tile.end)) {
    compareLane(LANES[from]!, LANES[to]!, n, sign, tile);
    return;
  }
  const choose = sign > 0 ? kernels.larger : kernels.smaller;
  let source = from;
  let free = SCRATCH;
  let start = begin;
  let width = 1;
  for (; 2 * width < n; width *= 2) {
    start += width;
    if (start >= tile.end) return;
    choose(
      laneAddress(free, start),
      laneAddress(source, start),
      laneAddress(source, start - width),
      laneAddress(free, tile.end),
    );
    source = free;
    free = 2 * SCRATCH + 1 - free;
  }
  start += n - width;
  if (start < tile.end)
    choose(
      laneAddress(to, start),
      laneAddress(source, start),
      laneAddress(source, start - n + width),
      laneAddress(to, tile.end),
    );
}

const SCRATCH = LANES.length - 2;

function compareLane(x: Float64Array, out: Float64Array, n: number, sign: number, tile: Tile): void {
  const older = LANES[SCRATCH]!;
  older[0] = Number.NEGATIVE_INFINITY;
  const { shift, start, end } = tile;
  // The cut at or before the tile's first bar.
  for (let cut = start - ((start + shift) % n); cut < end; cut += n) {
    let best = Number.NEGATIVE_INFINITY;
    for (let k = 1; k < n && k <= cut; k++) {
      const value = sign * x[cut - k]!;
      if (value > best) best = value;
      older[k] = best;
    }
    best = sign * x[cut]!;
    for (let i = cut, k = n - 1; i < end && k >= 0; i++, k--) {
      const value = sign * x[i]!;
      if (value > best) best = value;
      const before = older[k]!;
      out[i] = sign * (before > best ? before : best);
    }
  }
}

/**
 * What is made of the highest and the lowest of the last n bars.
 * @param x inputs: what the highest is of, what the lowest is of (the same if there is one only), and others.
 * @param use makes the outputs of {@link RANGE_LANES} and of the inputs', between two places.
 */
export function rangeTiles(
  x: readonly Float64Array[],
  out: readonly Float64Array[],
  n: number,
  use: (start: number, end: number, shift: number) => void,
): void {
  const low = x.length > 1 ? INPUTS + 1 : INPUTS;
  eachTile(x, out, lookBack(n), (tile) => {
    extremeLane(INPUTS, HIGHEST, n, 1, tile);
    extremeLane(low, LOWEST, n, -1, tile);
    // Before there are n the lanes hold anything.
    use(Math.max(tile.start, n - 1 - tile.shift), tile.end, tile.shift);
  });
  for (const column of out) column.fill(Number.NaN, 0, Math.min(n - 1, column.length));
}

const [HIGHEST, LOWEST] = [WORK, WORK + 1];
/** Of the highest and of the lowest. */
export const RANGE_LANES = WORK_LANES.slice(0, 2) as [Float64Array, Float64Array];
