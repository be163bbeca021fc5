/** Layers that read several tensors. */
import { range } from "./arrays.ts";
import type { LayerCall, LayerSupport, Operand } from "./layer-call.ts";
import { sumAxis } from "./sums.ts";

export const MERGE_LAYERS: Readonly<Record<string, LayerSupport>> = {
  Add: { becomes: "Add", write: (call) => chain(call, "Add") },
  Multiply: { becomes: "Mul", write: (call) => chain(call, "Mul") },
  Average: {
    becomes: "Add, Mul",
    write: (call) =>
      call.node("Mul", [chain(call, "Add"), call.scalar(1 / call.parts.inputs.length)], "average"),
  },
  Maximum: { becomes: "Max", write: (call) => chain(call, "Max") },
  Minimum: { becomes: "Min", write: (call) => chain(call, "Min") },
  Concatenate: {
    becomes: "Concat",
    limits: "axis -1 or counted with the batch, from 1",
    write: concatenate,
  },
  Dot: { becomes: "MatMul", limits: "ranks 2 and 3, axes after the batch", write: dot },
};

/** The inputs one after the other; those of lower rank get axes of size 1 after the batch, as in tfjs. */
function chain(call: LayerCall, opType: string): string {
  const rank = Math.max(...call.parts.inputs.map(({ shape }) => shape.length));
  const same = call.parts.inputs.map(({ tensor, shape }) =>
    shape.length === rank
      ? tensor
      : call.node("Unsqueeze", [tensor, call.ints(range(1, 1 + rank - shape.length))], "widened"),
  );
  return same.slice(1).reduce((sum, each) => call.node(opType, [sum, each], opType.toLowerCase()), same[0]!);
}

function concatenate(call: LayerCall): string {
  const axis = call.setting("axis", -1);
  // tfjs joins the last axis for any number below 0, and says otherwise in the shape it gives.
  if (axis === 0 || axis < -1)
    return call.refuse(`joins the axis ${axis}`, "Give axis -1, or count with the batch from 1.");
  return call.node(
    "Concat",
    call.parts.inputs.map(({ tensor }) => tensor),
    "joined",
    { axis: { i: axis } },
  );
}

function dot(call: LayerCall): string {
  const [a, b] = call.parts.inputs as readonly [Operand, Operand];
  const axes = call.sizes("axes", 2);
  const [i, j] = [a, b].map(({ shape }, at) => {
    const axis = axes[at]!;
    return axis < 0 ? axis + shape.length + 1 : axis;
  }) as [number, number];
  if (i < 1 || j < 1) return call.refuse(`has the axes ${axes}`, "Give it axes after the batch: [-1, -1].");
  const isNormal = call.setting("normalize", false);
  const x = isNormal ? normalised(call, a, i, "left") : a.tensor;
  const y = isNormal ? normalised(call, b, j, "right") : b.tensor;
  const [m, n] = [a.shape.length, b.shape.length];
  if (m === 1 && n === 1)
    return sumAxis(call, call.node("Mul", [x, y], "product"), { axis: 1, shape: a.shape, hint: "sum" });
  // Rows of x by columns of y; a vector is a row on the left, a column on the right.
  const left =
    m === 1
      ? call.node("Unsqueeze", [x, call.ints([1])], "row")
      : call.transpose(x, i === 2 ? [0, 1, 2] : [0, 2, 1], "rows");
  const right =
    n === 1
      ? call.node("Unsqueeze", [y, call.ints([2])], "column")
      : call.transpose(y, j === 1 ? [0, 1, 2] : [0, 2, 1], "columns");
  const out = call.node("MatMul", [left, right], "dot");
  return m === n ? out : call.node("Squeeze", [out, call.ints([m === 1 ? 1 : 2])], "vector");
}

/** x / sqrt(max(sum of squares, 1e-7)) along an axis. */
function normalised(call: LayerCall, { tensor, shape }: Operand, axis: number, hint: string): string {
  const square = call.node("Mul", [tensor, tensor], `${hint}/square`);
  const sum = sumAxis(call, square, { axis, shape, hint: `${hint}/sum` });
  const norm = call.node(
    "Sqrt",
    [call.node("Max", [sum, call.scalar(1e-7)], `${hint}/most`)],
    `${hint}/norm`,
  );
  return call.node("Div", [tensor, norm], `${hint}/normal`);
}
