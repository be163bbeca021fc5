/** Squares and products of n pairs over whole columns: what ./co-moments.ts gives, bit for bit, block by block. */
import { blockEnd } from "./blocks.ts";

/** Each receives one value a bar; NaN before there are n pairs. */
export interface CoMomentColumns {
  readonly xSquares: Float64Array;
  readonly ySquares: Float64Array;
  readonly products: Float64Array;
}

/** @param barMs length of a bar (ms). */
export function coMomentColumns(
  x: Float64Array,
  y: Float64Array,
  { xSquares, ySquares, products }: CoMomentColumns,
  n: number,
  time: Float64Array,
  barMs: number,
): void {
  const older = new Float64Array(5 * n);
  for (let at = 0, end = 0; at < x.length; at = end) {
    end = blockEnd(time, at, n, n * barMs);
    const anchorX = x[at]!;
    const anchorY = y[at]!;
    let [su, sv, suu, svv, suv] = [0, 0, 0, 0, 0];
    for (let k = 1, count = Math.min(at, n - 1); k <= count; k++) {
      const u = x[at - k]! - anchorX;
      const v = y[at - k]! - anchorY;
      su += u;
      sv += v;
      suu += u * u;
      svv += v * v;
      suv += u * v;
      const slot = 5 * k;
      older[slot] = su;
      older[slot + 1] = sv;
      older[slot + 2] = suu;
      older[slot + 3] = svv;
      older[slot + 4] = suv;
    }
    su = 0;
    sv = 0;
    suu = 0;
    svv = 0;
    suv = 0;
    for (let i = at, k = n - 1; i < end; i++, k--) {
      const u = x[i]! - anchorX;
      const v = y[i]! - anchorY;
      su += u;
      sv += v;
      suu += u * u;
      svv += v * v;
      suv += u * v;
      // Slot 0 is never written: with no older value its zeros are added.
      const slot = 5 * k;
      const allU = older[slot]! + su;
      const allV = older[slot + 1]! + sv;
      const ofX = older[slot + 2]! + suu - (allU * allU) / n;
      const ofY = older[slot + 3]! + svv - (allV * allV) / n;
      xSquares[i] = ofX > 0 ? ofX : 0;
      ySquares[i] = ofY > 0 ? ofY : 0;
      products[i] = older[slot + 4]! + suv - (allU * allV) / n;
    }
  }
  const warm = Math.min(n - 1, x.length);
  for (const column of [xSquares, ySquares, products]) column.fill(Number.NaN, 0, warm);
}
