/**
 * Buffers for a stretch of a column, for loops that write. V8 looks up an array's kind, length and place anew at each
 * access of a loop that has one to write to, but not of an array that a constant of the module holds: copying a tile in
 * and out costs less than that, several times less where a bar takes more than a few accesses.
 *
 * They belong to the module that asks, which must be done with them before it calls anybody else.
 */
export function tileBuffers(count: 2, size: number): [Float64Array, Float64Array];
export function tileBuffers(count: 3, size: number): [Float64Array, Float64Array, Float64Array];
export function tileBuffers(count: 4, size: number): [Float64Array, Float64Array, Float64Array, Float64Array];
export function tileBuffers(count: number, size: number): Float64Array[] {
  // They start at other places of the memory page, or they would fight for the same cache lines.
  const stride = size + 40;
  const buffer = new Float64Array(count * stride);
  return Array.from({ length: count }, (_, k) => buffer.subarray(k * stride, k * stride + size));
}
