/**
 * Sums along one axis of a tensor of rank 2 or 3, which stays with size 1. They are products with ones: onnxruntime's
 * ReduceSum and ReduceMean add up the last rows of a batch in another order than the first.
 */
import type { LayerCall } from "./layer-call.ts";

interface Along {
  /** Counted with the batch, 1 or higher. */
  readonly axis: number;
  /** Of x without the batch. */
  readonly shape: readonly number[];
  readonly hint: string;
}

export function sumAxis(call: LayerCall, x: string, { axis, shape, hint }: Along): string {
  const size = shape[axis - 1]!;
  const isLast = axis === shape.length;
  const dims = isLast ? [size, 1] : [1, size];
  const ones = call.weight(`ones${dims.join("x")}`, dims, () => new Float32Array(size).fill(1));
  return call.node("MatMul", isLast ? [x, ones] : [ones, x], hint);
}
