/** BatchNormalization as it predicts, and LayerNormalization. */
import { range } from "./arrays.ts";
import type { LayerCall, LayerSupport } from "./layer-call.ts";

export const NORMALISATION_LAYERS: Readonly<Record<string, LayerSupport>> = {
  BatchNormalization: {
    becomes: "Sub, Mul, Add",
    limits: "the last axis; the training rows' moving mean and variance",
    write: batchNormalisation,
  },
  LayerNormalization: {
    becomes: "LayerNormalization",
    limits: "axes after the batch",
    write: layerNormalisation,
  },
};

/** (x - mean) * (gamma / sqrt(variance + epsilon)) + beta along the last axis. */
function batchNormalisation(call: LayerCall): string {
  const { tensor, shape } = call.input;
  const rank = shape.length + 1;
  const given = call.setting("axis", -1);
  const axis = given < 0 ? given + rank : given;
  if (axis !== rank - 1)
    return call.refuse(
      `normalises axis ${given}, where tfjs takes each value with the mean of another`,
      "Normalise the last axis: axis -1, with a Permute before and after.",
    );
  const epsilon = call.setting("epsilon", 1e-3);
  let position = 0;
  const gamma = call.setting("scale", true) ? call.values(position++, 1).values : undefined;
  const beta = call.setting("center", true) ? call.values(position++, 1).values : undefined;
  const mean = call.values(position, 1).values;
  const variance = call.values(position + 1, 1).values;
  const dims = [mean.length];
  const factor = () => Float32Array.from(variance, (v, i) => (gamma?.[i] ?? 1) / Math.sqrt(v + epsilon));
  const centred = call.node("Sub", [tensor, call.weight("mean", dims, () => mean)], "centred");
  const scaled = call.node("Mul", [centred, call.weight("factor", dims, factor)], "scaled");
  return beta === undefined
    ? scaled
    : call.node("Add", [scaled, call.weight("beta", dims, () => beta)], "normal");
}

function layerNormalisation(call: LayerCall): string {
  const { tensor, shape } = call.input;
  const rank = shape.length + 1;
  const given = [call.parts.config.axis ?? -1].flat() as number[];
  const axes = given.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
  if (!axes.every((axis) => Number.isInteger(axis) && axis >= 1 && axis < rank))
    return call.refuse(`normalises the axes ${given}`, "Give it axes after the batch: -1.");
  // tfjs takes gamma and beta as if the axes were in ascending order.
  const dims = axes.map((axis) => shape[axis - 1]!);
  let position = 0;
  const size = dims.reduce((all, each) => all * each, 1);
  const gamma = call.setting("scale", true) ? call.values(position++).values : new Float32Array(size).fill(1);
  const beta = call.setting("center", true) ? call.values(position++).values : undefined;
  const perm = [...range(0, rank).filter((axis) => !axes.includes(axis)), ...axes];
  const back = perm.map((_, axis) => perm.indexOf(axis));
  const inputs = [call.transpose(tensor, perm, "turned"), call.weight("gamma", dims, () => gamma)];
  if (beta !== undefined) inputs.push(call.weight("beta", dims, () => beta));
  const normal = call.node("LayerNormalization", inputs, "normal", {
    axis: { i: rank - axes.length },
    epsilon: { f: call.setting("epsilon", 1e-3) },
  });
  return call.transpose(normal, back, "back");
}
