/** Weights from tfjs's layouts to those of ONNX. Values are row-major. */

export function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}

/** The values with axes in another order: axis i of the result is axis perm[i] of `values`. */
export function transposed(
  values: Float32Array,
  shape: readonly number[],
  perm: readonly number[],
): Float32Array {
  const strides = shape.map((_, axis) => product(shape.slice(axis + 1)));
  const sizes = perm.map((axis) => shape[axis]!);
  const steps = perm.map((axis) => strides[axis]!);
  const at = sizes.map(() => 0);
  const out = new Float32Array(values.length);
  let from = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = values[from]!;
    // One step on, as an odometer turns.
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      at[axis]!++;
      if (at[axis]! < sizes[axis]!) break;
      from -= steps[axis]! * sizes[axis]!;
      at[axis] = 0;
    }
  }
  return out;
}

/** [rows, blocks * width]: its blocks of columns in another order. */
export function reorderBlocks(values: Float32Array, rows: number, order: readonly number[]): Float32Array {
  const width = values.length / rows / order.length;
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    const start = row * width * order.length;
    order.forEach((from, to) => {
      out.set(values.subarray(start + from * width, start + (from + 1) * width), start + to * width);
    });
  }
  return out;
}

/** Columns `from` to `to`, the last not included, of rows of `width` values. */
export function columns(values: Float32Array, width: number, from: number, to: number): Float32Array {
  const rows = values.length / width;
  const out = new Float32Array(rows * (to - from));
  for (let row = 0; row < rows; row++)
    out.set(values.subarray(row * width + from, row * width + to), row * (to - from));
  return out;
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}
