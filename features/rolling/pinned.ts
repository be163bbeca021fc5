/**
 * n zeros that never move. V8 keeps up to eight numbers on its own heap, which it tidies up; larger arrays stand outside,
 * and code that it compiles for one stream then has their address and length written into it.
 */
export function pinnedNumbers(n: number): Float64Array {
  return new Float64Array(new ArrayBuffer(8 * n));
}
