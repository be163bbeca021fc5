/** What a network learns, and how it must end for that. */
import { countText, fail } from "#core";
import type { Dataset } from "../dataset/dataset.ts";
import type { NetGraph, NetLayer } from "./graph.ts";

export type Objective =
  | { readonly kind: "binary" }
  | { readonly kind: "multiclass"; readonly classes: number }
  | { readonly kind: "regression" }
  | { readonly kind: "quantile"; readonly quantiles: readonly number[] }
  /** The network gives the error of its own reconstruction; targets count for nothing. */
  | { readonly kind: "reconstruction" };

export type ObjectiveKind = Objective["kind"];

/** Whether what is trained gives logits, to which sigmoid or softmax belong, or what the network itself gives. */
export type EndKind = "logits" | "own";

/** A network as it is trained, and how to get back from there. */
export interface TrainingEnd {
  readonly graph: NetGraph;
  readonly end: EndKind;
  /** Whether targets may be scaled: the last layer takes the scale back. */
  readonly canScale: boolean;
}

/** The scale of the targets becomes part of the last layer's weights, which are float32. */
const TARGET_MAX = 1e30;

/** Names of what a network gives for each row. */
export function outputNames(objective: Objective): string[] {
  switch (objective.kind) {
    case "binary":
      return ["probability"];
    case "multiclass":
      return Array.from({ length: objective.classes }, (_, c) => `p${c}`);
    case "regression":
      return ["value"];
    case "quantile":
      return objective.quantiles.map((q) => `q${q}`);
    case "reconstruction":
      return ["error"];
  }
}

/** Units and activation of the last layer. */
export function headOf(objective: Objective): {
  units: number;
  activation: "sigmoid" | "softmax" | "linear";
} {
  const activation =
    objective.kind === "binary" ? "sigmoid" : objective.kind === "multiclass" ? "softmax" : "linear";
  return { units: outputNames(objective).length, activation };
}

/**
 * The network to train: without a sigmoid or softmax at its end, because slopes of logits are exact.
 * @param input its input's shape. Errors: `ml.bad-network`.
 */
export function trainingEnd(graph: NetGraph, input: readonly number[], objective: Objective): TrainingEnd {
  const { units, activation } = headOf(objective);
  const given = graph.inputs.map(({ shape }) => `[${shape.join(", ")}]`).join(" and ");
  if (given !== `[${input.join(", ")}]`)
    refuse(`takes ${given}, and the data are [${input.join(", ")}] a row`, { given, data: input });
  const last = graph.calls.find(({ to }) => to === graph.outputs[0]);
  if (graph.outputs.length !== 1 || last === undefined || last.shape.join() !== String(units)) {
    const shapes = graph.outputs.map((name) => graph.calls.find(({ to }) => to === name)?.shape ?? input);
    const text = shapes.map((shape) => `[${shape.join(", ")}]`).join(" and ");
    refuse(`gives ${text}, and ${objective.kind} needs one output of [${units}]`, { shapes, units });
  }
  const layer = graph.layers[last.layer];
  if (layer === undefined) return refuse(`calls the layer "${last.layer}", which it does not have`, {});
  const isUsedOnce =
    graph.calls.filter((call) => call.layer === last.layer || call.from.includes(last.to)).length === 1;
  const own = activationOf(layer);
  if (own === "linear" && activation !== "linear")
    refuse(`ends in plain numbers, and ${objective.kind} learns chances`, { activation: own });
  if (own === activation && activation !== "linear" && isUsedOnce) {
    const layers = { ...graph.layers, [last.layer]: withoutActivation(layer) };
    return { graph: { ...graph, layers }, end: "logits", canScale: false };
  }
  const isReal = objective.kind === "regression" || objective.kind === "quantile";
  const hasBias = layer.type === "Dense" && layer.weights.length === 2 && layer.config.trainable !== false;
  return { graph, end: "own", canScale: isReal && isUsedOnce && own === "linear" && hasBias };

  function refuse(problem: string, fields: Record<string, unknown>): never {
    return fail("ml.bad-network", {
      message: `the network ${problem}`,
      hint: `Its input is [${input.join(", ")}]; end it with dense({ units: ${units}, activation: "${activation}" }).`,
      fields: { objective: objective.kind, ...fields },
    });
  }
}

/** Takes the scale of the targets back into the last layer: y = scale z + mean. */
export function scaleEnd(graph: NetGraph, { mean, scale }: { mean: number; scale: number }): NetGraph {
  const last = graph.calls.find(({ to }) => to === graph.outputs[0])!.layer;
  const layer = graph.layers[last]!;
  const [kernel, bias] = layer.weights;
  const weights = [
    { ...kernel!, values: kernel!.values.map((w) => w * scale) },
    { ...bias!, values: bias!.values.map((b) => b * scale + mean) },
  ];
  return { ...graph, layers: { ...graph.layers, [last]: { ...layer, weights } } };
}

function activationOf({ type, config }: NetLayer): string | undefined {
  if (type === "Softmax") return "softmax";
  return type === "Dense" || type === "Activation" ? String(config.activation ?? "linear") : undefined;
}

function withoutActivation({ type, config, weights }: NetLayer): NetLayer {
  if (type === "Dense") return { type, config: { ...config, activation: "linear" }, weights };
  return { type: "Activation", config: { name: config.name, activation: "linear" }, weights };
}

/**
 * Stops unless the targets are what the objective learns. Errors: `ml.bad-target`.
 * @param rows to learn from, of more than one class; of rows to watch: undefined.
 */
export function assertTargets(
  { label, target, kind }: Dataset,
  rows: Uint32Array | undefined,
  objective: Objective,
): void {
  const refuse = (what: string, hint: string, fields: object): never =>
    fail("ml.bad-target", { message: what, hint, fields: { label, objective: objective.kind, ...fields } });
  if (objective.kind === "reconstruction") return;
  const isClass = objective.kind === "binary" || objective.kind === "multiclass";
  if (isClass && kind !== "class")
    refuse(
      `the label ${label} is a real number, and ${objective.kind} learns classes`,
      'Use direction(bars, { horizon }), or objective: "regression".',
      {},
    );
  const classes = objective.kind === "multiclass" ? objective.classes : 2;
  const isGood = (y: number) =>
    isClass ? Number.isInteger(y) && y >= 0 && y < classes : Math.abs(y) <= TARGET_MAX;
  const bad = target.findIndex((y) => !isGood(y));
  if (bad !== -1)
    refuse(
      `row ${countText(bad + 1)} has the label ${target[bad]}, and ${isClass ? `classes are 0 to ${classes - 1}` : `it must be a number of a size of at most ${TARGET_MAX}`}`,
      "Leave rows without a label out; dataset(...) does.",
      { row: bad, value: target[bad] },
    );
  if (rows === undefined) return;
  const first = target[rows[0]!];
  if (isClass && rows.every((i) => target[i] === first))
    refuse(
      `all ${rows.length} training labels ${label} are ${first}: there is nothing to tell apart`,
      "Widen the range of the dataset.",
      { rows: rows.length, value: first },
    );
}
