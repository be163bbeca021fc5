/**
 * A trained model as one ONNX graph, preprocessing included.
 *
 * Shapes: N rows of k features, or N windows of L rows, in float64; m outputs. For its inputs and outputs see
 * lib/ml/infer/contract.ts.
 *   x' = fill where features is NaN (columns that are filled)
 *   z = float32((x' - mean) / scale), difference and quotient in float64, as in training; a model that is not scaled
 *   has the cast alone
 *   outputs = float32 model(z), prediction the chosen one of them
 * Operators: opset 17 of the ONNX specification, ai.onnx.ml 3 for trees; IR version 8.
 */
import type { Scaling, TrainedModel } from "#ml";
import { GraphBuilder } from "./builder.ts";
import { ELEMENT, type OnnxModel, type OnnxValue } from "./schema.ts";

export const OPSET = 17;
export const IR_VERSION = 8;
export const ML_DOMAIN = "ai.onnx.ml";
const ML_OPSET = 3;

/** What a model's file tells beside its graph. */
export interface GraphSpec {
  readonly model: Omit<TrainedModel, "predict">;
  /** Which of the model's outputs is the prediction. */
  readonly output: number;
  readonly evidence: Evidence;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a loader checks itself and the present by. */
export interface Evidence {
  /** Rows that the model was tried on, as the model takes them, and its predictions of them. */
  readonly golden: Float64Array;
  readonly expected: Float32Array;
  /** The distributions of training, of `baselineOf`. */
  readonly baseline: Float64Array;
}

/** @param writeBody float32 rows (the tensor's name) to float32 [N, m]. */
export function modelGraph(
  spec: GraphSpec,
  writeBody: (builder: GraphBuilder, rows: string) => string,
): OnnxModel {
  const { model, output } = spec;
  const { names, window, outputs } = model;
  const k = names.length;
  const builder = new GraphBuilder();
  const input = builder.name("features");
  const rows = writeScaling(builder, model.scaling, input);
  const body = writeBody(builder, rows);
  const results = writeResults(builder, body, outputs.length, output);
  const shape = window === 1 ? [k] : [window, k];
  return {
    irVersion: IR_VERSION,
    producerName: "tickbook",
    docString: `${outputs[output]} of ${model.origin.label} from ${names.join(", ")}`,
    opsetImport: opsets(builder),
    metadataProps: Object.entries(spec.metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: model.origin.label,
      input: [valueInfo(input, ELEMENT.float64, ["N", ...shape])],
      output: [...results, ...constantOutputs(builder, spec, shape)],
      node: builder.nodes,
      initializer: builder.initializers,
    },
  };
}

export function opsets({ domains }: GraphBuilder): OnnxModel["opsetImport"] {
  const own = { domain: "", version: OPSET };
  return domains.has(ML_DOMAIN) ? [own, { domain: ML_DOMAIN, version: ML_OPSET }] : [own];
}

/** Filling, scaling and the cast. @returns the rows as elements of `type`. */
export function writeScaling(
  builder: GraphBuilder,
  scaling: Scaling,
  input: string,
  type: number = ELEMENT.float32,
): string {
  const k = scaling.mean.length;
  let rows = input;
  if (scaling.fill.some(Number.isFinite)) {
    const missing = builder.node("IsNaN", [rows], "missing");
    rows = builder.node("Where", [missing, builder.constant("fill", scaling.fill, [k]), rows], "filled");
  }
  const isScaled = scaling.mean.some((mean) => mean !== 0) || scaling.scale.some((scale) => scale !== 1);
  if (isScaled) {
    const centred = builder.node("Sub", [rows, builder.constant("mean", scaling.mean, [k])], "centred");
    rows = builder.node("Div", [centred, builder.constant("scale", scaling.scale, [k])], "scaled");
  }
  return builder.node("Cast", [rows], "rows", { to: { i: type } });
}

/**
 * What changes with the rows: the prediction, and all outputs where there are several.
 * @param all float32 [N, m]. @param count m. @param chosen which of them is the prediction.
 */
export function writeResults(builder: GraphBuilder, all: string, count: number, chosen: number): OnnxValue[] {
  if (count === 1) return [valueInfo(builder.rename(all, "prediction"), ELEMENT.float32, ["N", 1])];
  const outputs = builder.rename(all, "outputs");
  const prediction = builder.node("Gather", [outputs, builder.ints("chosen", [chosen])], "prediction", {
    axis: { i: 1 },
  });
  return [
    valueInfo(prediction, ELEMENT.float32, ["N", 1]),
    valueInfo(outputs, ELEMENT.float32, ["N", count]),
  ];
}

/** The evidence as outputs that are the same for all rows. */
export function constantOutputs(
  builder: GraphBuilder,
  { model, evidence }: Pick<GraphSpec, "model" | "evidence">,
  shape: readonly number[],
): OnnxValue[] {
  const { golden, expected, baseline } = evidence;
  const required = Float64Array.from(model.required, Number);
  const rows = shape.reduce((length, size) => length / size, golden.length);
  const write = (name: string, values: Float64Array | Float32Array, dims: readonly number[]): OnnxValue => {
    const constant = builder.constant(`${name}Values`, values, dims);
    const type = values instanceof Float64Array ? ELEMENT.float64 : ELEMENT.float32;
    return valueInfo(builder.node("Identity", [constant], name), type, dims);
  };
  return [
    write("golden", golden, [rows, ...shape]),
    write("expected", expected, [expected.length, 1]),
    write("required", required, [required.length]),
    write("baseline", baseline, [required.length + 1, baseline.length / (required.length + 1)]),
  ];
}

/** @param dims a name stands for any number. */
export function valueInfo(name: string, elemType: number, dims: readonly (number | string)[]): OnnxValue {
  const dim = dims.map((size) => (typeof size === "string" ? { dimParam: size } : { dimValue: size }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}
