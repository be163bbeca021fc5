/** Our own layers over a sequence; their formulas are in the trainer's docstring of the same names. */
import { affine } from "./dense.ts";
import type { LayerCall, LayerSupport } from "./layer-call.ts";

export const SEQUENCE_LAYERS: Readonly<Record<string, LayerSupport>> = {
  MultiHeadAttention: {
    becomes: "MatMul, Add, Reshape, Transpose, Softmax",
    limits: "of a sequence with itself, with or without sight of later steps",
    write: attention,
  },
  PositionalEncoding: { becomes: "Add", write: encodePositions },
  LastStep: { becomes: "Gather", write: lastStep },
};

const LATER = -1e9;

function attention(call: LayerCall): string {
  const { tensor, shape } = call.input;
  const [steps] = shape as [number, number];
  const heads = call.setting("heads", 1);
  const keyDim = call.setting("keyDim", 1);
  const project = (x: string, at: number, hint: string) =>
    affine(call, x, {
      hint,
      kernel: call.values(2 * at, 2),
      bias: call.values(2 * at + 1, 1),
      rank: 3,
    });
  const headsOf = (at: number, hint: string) =>
    call.transpose(
      call.reshape(project(tensor, at, hint), [0, steps, heads, keyDim], `${hint}/heads`),
      [0, 2, 1, 3],
      `${hint}/byHead`,
    );
  const [query, key, value] = [headsOf(0, "query"), headsOf(1, "key"), headsOf(2, "value")];
  const product = call.node("MatMul", [query, call.transpose(key, [0, 1, 3, 2], "key/turned")], "product");
  const scores = call.node("Mul", [product, call.scalar(1 / Math.sqrt(keyDim))], "scores");
  const seen = call.setting("causal", true)
    ? call.node(
        "Add",
        [scores, call.weight(`later${steps}`, [steps, steps], () => laterSteps(steps))],
        "seen",
      )
    : scores;
  const weights = call.node("Softmax", [seen], "weights", { axis: { i: -1 } });
  const mixed = call.transpose(call.node("MatMul", [weights, value], "mixed"), [0, 2, 1, 3], "byStep");
  return project(call.reshape(mixed, [0, steps, heads * keyDim], "joined"), 3, "output");
}

function laterSteps(steps: number): Float32Array {
  return Float32Array.from({ length: steps * steps }, (_, i) =>
    i % steps > Math.floor(i / steps) ? LATER : 0,
  );
}

function encodePositions(call: LayerCall): string {
  const { shape, values } = call.values(0, 2);
  return call.node("Add", [call.input.tensor, call.weight("positions", shape, () => values)], "placed");
}

function lastStep(call: LayerCall): string {
  const last = call.index(call.input.shape[0]! - 1);
  return call.node("Gather", [call.input.tensor, last], "last", { axis: { i: 1 } });
}
