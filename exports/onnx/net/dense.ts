/** Dense and Embedding. */
import { activate } from "./activations.ts";
import type { LayerCall, LayerSupport } from "./layer-call.ts";
import { multiplyInt8 } from "./quantise.ts";

export const DENSE_LAYERS: Readonly<Record<string, LayerSupport>> = {
  Dense: {
    becomes: "Gemm; MatMul, Add above rank 2; MatMulInteger with int8",
    write: (call) => {
      const kernel = call.values(0, 2);
      const bias = call.setting("useBias", true) ? call.values(1, 1) : undefined;
      return activate(call, affine(call, call.input.tensor, { hint: "dense", kernel, bias }));
    },
  },
  Embedding: {
    becomes: "Cast, Gather",
    limits: "maskZero is refused; an index outside the table is an error of onnxruntime",
    write: embed,
  },
};

export interface Affine {
  readonly hint: string;
  /** [inputs, units] */
  readonly kernel: { readonly shape: readonly number[]; readonly values: Float32Array };
  /** [units] */
  readonly bias?: { readonly values: Float32Array } | undefined;
  /** Of x with the batch. Default: that of the call's input. */
  readonly rank?: number;
}

/** x W + b over the last axis of x. */
export function affine(call: LayerCall, x: string, { hint, kernel, bias, rank }: Affine): string {
  const [inputs, units] = kernel.shape as [number, number];
  const vector = bias && call.weight(`${hint}/bias`, [units], () => bias.values);
  if (call.isInt8) {
    const y = multiplyInt8(call, x, { hint, inputs, units, values: kernel.values });
    return vector === undefined ? y : call.node("Add", [y, vector], `${hint}/sum`);
  }
  const matrix = call.weight(`${hint}/kernel`, [inputs, units], () => kernel.values);
  if ((rank ?? call.input.shape.length + 1) === 2)
    return call.node("Gemm", vector === undefined ? [x, matrix] : [x, matrix, vector], `${hint}/sum`);
  const y = call.node("MatMul", [x, matrix], `${hint}/product`);
  return vector === undefined ? y : call.node("Add", [y, vector], `${hint}/sum`);
}

function embed(call: LayerCall): string {
  if (call.setting("maskZero", false))
    return call.refuse(
      "has maskZero, and masks are not written",
      "Leave maskZero out; give windows of one length.",
    );
  const { shape, values } = call.values(0, 2);
  const index = call.node("Cast", [call.input.tensor], "index", { to: { i: 6 } });
  return call.node("Gather", [call.weight("table", shape, () => values), index], "rows", { axis: { i: 0 } });
}
