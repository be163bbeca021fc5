/** Squares and products of n pairs over tiles: what ./co-moments.ts gives, bit for bit, block by block. */
import { type Blocks, nextBlocks } from "./blocks.ts";
import { INPUT_LANES, indexes, OUTPUT_LANES, type Tile, WORK_LANES } from "./lanes.ts";

const [xs, ys] = INPUT_LANES;
const [xSquares, ySquares, products] = OUTPUT_LANES;
const [olderU, olderV, olderUU, olderVV, olderUV] = WORK_LANES;

/**
 * Sums of squared distances (never below 0) of x and of y, and of products, of the n pairs up to each bar: the first two
 * lanes of the inputs into the first three of the outputs.
 */
export function coMomentLane(blocks: Blocks, tile: Tile): void {
  nextBlocks(blocks, tile);
  const { n, first, count } = blocks;
  const { shift } = tile;
  for (let b = 0; b < count; b++) {
    const at = indexes[b]!;
    lookBack(at, Math.min(at + shift - first, n - 1));
    coMomentBlock(at, indexes[b + 1]! - at, n);
  }
}

/** The five sums from k pairs before the anchor up to the pair before it; at 0 nothing. */
function lookBack(at: number, back: number): void {
  const anchorX = xs[at]!;
  const anchorY = ys[at]!;
  let su = 0;
  let sv = 0;
  let suu = 0;
  let svv = 0;
  let suv = 0;
  for (let k = 0; k <= back; k++) {
    // Of the anchor itself the distances are 0.
    const u = xs[at - k]! - anchorX;
    const v = ys[at - k]! - anchorY;
    su += u;
    sv += v;
    suu += u * u;
    svv += v * v;
    suv += u * v;
    olderU[k] = su;
    olderV[k] = sv;
    olderUU[k] = suu;
    olderVV[k] = svv;
    olderUV[k] = suv;
  }
}

function coMomentBlock(at: number, size: number, n: number): void {
  const anchorX = xs[at]!;
  const anchorY = ys[at]!;
  let su = 0;
  let sv = 0;
  let suu = 0;
  let svv = 0;
  let suv = 0;
  for (let j = 0; j < size; j++) {
    const u = xs[at + j]! - anchorX;
    const v = ys[at + j]! - anchorY;
    su += u;
    sv += v;
    suu += u * u;
    svv += v * v;
    suv += u * v;
    const k = n - 1 - j;
    const allU = olderU[k]! + su;
    const allV = olderV[k]! + sv;
    const ofX = olderUU[k]! + suu - (allU * allU) / n;
    const ofY = olderVV[k]! + svv - (allV * allV) / n;
    xSquares[at + j] = ofX > 0 ? ofX : 0;
    ySquares[at + j] = ofY > 0 ? ofY : 0;
    products[at + j] = olderUV[k]! + suv - (allU * allV) / n;
  }
}
