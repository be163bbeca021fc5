/** The means that candles are measured by, over whole columns: what ./candle.ts sums for one bar, bit for bit. */
import { tileBuffers } from "../rolling/tile.ts";
import { BODY_BARS } from "./candle.ts";

const TILE = 1024;
/** Sums of a bar's size and that of the bar before; the mean is made of five of them. */
const [pairs, means] = tileBuffers(2, TILE + BODY_BARS);

/** Mean of |a - b|, or a - b, over the ten bars before each bar: of close and open the bodies, of high and low the ranges. */
export function meanSizes(a: Float64Array, b: Float64Array, isAbsolute: boolean, out: Float64Array): void {
  for (let at = BODY_BARS; at < out.length; at += TILE) {
    const from = at - BODY_BARS;
    const count = Math.min(TILE, out.length - at) + BODY_BARS;
    let last = 0;
    for (let j = 0; j < count; j++) {
      const way = a[from + j]! - b[from + j]!;
      const size = isAbsolute ? Math.abs(way) : way;
      pairs[j] = size + last;
      last = size;
    }
    for (let j = BODY_BARS; j < count; j++) {
      const near = pairs[j - 1]! + pairs[j - 3]!;
      means[j] = (near + (pairs[j - 5]! + pairs[j - 7]!) + pairs[j - 9]!) / BODY_BARS;
    }
    out.set(means.subarray(BODY_BARS, count), at);
  }
}
