/** Columns for the time of one call: memory that the machine already has is several times quicker than new. */
const SKEW = 32;

/** By how many are in use when one is taken. Small ones stay; the memory of large ones may be claimed back. */
const kept: { deref(): Float64Array | undefined }[] = [];
const SMALL = 1 << 22;
let taken = 0;

/**
 * Gives columns to work in, filled with anything, and takes them back.
 * They start at other places of the memory page, or they would fight for the same cache lines.
 */
export function withScratch(count: number, length: number, use: (...columns: Float64Array[]) => void): void {
  const stride = Math.ceil(length / 512) * 512 + SKEW;
  let buffer = kept[taken]?.deref();
  if (buffer === undefined || buffer.length < count * stride) {
    const made = new Float64Array(count * stride);
    kept[taken] = made.length <= SMALL ? { deref: () => made } : new WeakRef(made);
    buffer = made;
  }
  const columns = Array.from({ length: count }, (_, k) => buffer.subarray(k * stride, k * stride + length));
  taken++;
  try {
    use(...columns);
  } finally {
    taken--;
  }
}
