/**
 * Lanes: buffers for a stretch of a column, a tile, so that what is made of whole columns is made while it is in the
 * cache, and no column is written that nobody wants.
 *
 * They are constants because V8 looks up an array's kind, length and place anew at each access of a loop that has one to
 * write to, but not of an array that a constant of the module holds. So a module that works on lanes names them itself,
 * `const [high, low] = INPUT_LANES`, and does so in functions of the module, not in closures. Numbers that a loop carries
 * on are never declared by taking an array apart: V8 then allocates each of them.
 *
 * Of all modules, one is at work at a time: nothing stays in a lane after {@link eachTile}.
 */
import { createKernels } from "./kernels.ts";

/** A tile: bar i stands at i - shift of each lane. */
export interface Tile {
  shift: number;
  /** Where the tile's own bars stand; before them those it looks back on. */
  start: number;
  end: number;
}

/** Bars of a tile that does not look far back. */
const TILE = 2048;
/** Bars in a lane: the longest window of the catalog is of 10,000, a tile looks back on two and is as long as that. */
const LANE = 40_960;
// Lanes start at other places of the memory page, or they would fight for the same cache lines.
const STRIDE = LANE + 40;
/** How many numbers after the last a kernel looks at. */
export const MORE = 15;
/** Lanes of the inputs, of the outputs, and for work. */
export const [INPUTS, OUTPUTS, WORK] = [0, 4, 8];
const COUNT = 14;

/** Loops in WebAssembly, where the host lets them be used, and the lanes in the memory that they work on. */
export const kernels = createKernels(COUNT + 1, STRIDE);
const memory = kernels?.memory ?? new ArrayBuffer((COUNT + 1) * STRIDE * 8);
const all = new Float64Array(memory, 0, COUNT * STRIDE);
/** Whole numbers behind the lanes. */
export const INDEX_ADDRESS = COUNT * STRIDE * 8;
export const indexes = new Int32Array(memory, INDEX_ADDRESS, LANE + 1);
export const LANES = Array.from({ length: COUNT }, (_, k) => all.subarray(k * STRIDE, (k + 1) * STRIDE));
type Lane = Float64Array;
export const INPUT_LANES = LANES.slice(INPUTS, OUTPUTS) as [Lane, Lane, Lane, Lane];
export const OUTPUT_LANES = LANES.slice(OUTPUTS, WORK) as [Lane, Lane, Lane, Lane];
export const WORK_LANES = LANES.slice(WORK) as [Lane, Lane, Lane, Lane, Lane, Lane];

/** In bytes, for the kernels. */
export function laneAddress(lane: number, index = 0): number {
  return 8 * (lane * STRIDE + index);
}

/** Copies a stretch of one lane to another, lanes by number. */
export function copyLane(from: number, to: number, start: number, end: number): void {
  if (from !== to) all.copyWithin(to * STRIDE + start, from * STRIDE + start, from * STRIDE + end);
}

/**
 * Whether {@link eachTile} looks for values that are not finite, which are to be left out before anything is made; and
 * whether it has found one: then it stops, and what it has made is worth nothing.
 */
export const gaps = { areLookedFor: false, areFound: false };

function isWhole(lane: number, start: number, end: number): boolean {
  const [first, last] = [lane * STRIDE + start, lane * STRIDE + end];
  if (kernels) {
    all.fill(0, last, last + MORE);
    if (Number.isFinite(kernels.total(8 * first, 8 * last))) return true;
  }
  // Or the sum has left the range of numbers.
  for (let i = first; i < last; i++) if (!Number.isFinite(all[i]!)) return false;
  return true;
}

/**
 * Walks through columns in tiles.
 * @param x inputs, into the lanes from INPUTS on. @param out receives what the lanes from OUTPUTS on hold after each tile.
 * @param back bars before a tile that it needs, at most 20,000. @param body makes the outputs of a tile.
 */
export function eachTile(
  x: readonly Float64Array[],
  out: readonly Float64Array[],
  back: number,
  body: (tile: Tile) => void,
): void {
  const { length } = x[0]!;
  const size = Math.max(TILE, back);
  const tile = { shift: 0, start: 0, end: 0 };
  for (let from = 0; from < length; from += size) {
    const last = Math.min(from + size, length);
    const shift = Math.max(0, from - back);
    tile.shift = shift;
    tile.start = from - shift;
    tile.end = last - shift;
    for (let k = 0; k < x.length; k++) {
      all.set(shift === 0 && last === length ? x[k]! : x[k]!.subarray(shift, last), (INPUTS + k) * STRIDE);
      if (!gaps.areLookedFor || isWhole(INPUTS + k, tile.start, tile.end)) continue;
      gaps.areFound = true;
      return;
    }
    body(tile);
    for (let k = 0; k < out.length; k++) {
      const lane = (OUTPUTS + k) * STRIDE;
      out[k]!.set(all.subarray(lane + tile.start, lane + tile.end), from);
    }
  }
}
