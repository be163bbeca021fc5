import { checkNames, fail } from "#core";
import { type FeatureSet, type FeatureTable, prepare } from "#features";
import { type ModelOrigin, noScaling } from "#ml";
import type { ModelArtifact } from "#model";
import { sha256 } from "#storage";
import { GraphBuilder } from "./builder.ts";
import { outputIndex, writeAndCheck } from "./export-onnx.ts";
import {
  bytesFromForeign,
  type ForeignModel,
  foreignFromBytes,
  initializerNames,
  tensorNames,
} from "./foreign-model.ts";
import { constantOutputs, type GraphSpec, OPSET, valueInfo, writeResults, writeScaling } from "./graph.ts";
import { compare, PARITY_LIMIT } from "./parity.ts";
import { ELEMENT, type OnnxValue } from "./schema.ts";

export interface ImportOptions {
  /** The features that it is fed, in the order of its columns. */
  readonly features: FeatureSet;
  /** Rows to try it on: `features.compute(bars)`. Some of them travel with the model. */
  readonly sample: FeatureTable;
  /** Filling and scaling that its trainer did outside the file: `prepare.fit(...)` of the same features. */
  readonly prepare?: prepare.Fitted;
  /** "allow" for a model that takes missing values (NaN) itself. Default "refuse": such a row has no prediction. */
  readonly missing?: "refuse" | "allow";
  /** Which of its tensors holds the predictions. Needed where there are several of float numbers. */
  readonly tensor?: string;
  /** Names of that tensor's columns. Default "p0", "p1", or "value" for one column. */
  readonly outputs?: readonly string[];
  /** Which column a strategy reads; needed where there are several. */
  readonly output?: string;
  /** What it predicts, for people. */
  readonly label?: string;
  /** What the library that trained it predicts for the rows of `sample`: compared within 1e-5 of the largest. NaN is passed over. */
  readonly reference?: Float64Array;
}

/** A model made elsewhere, in tickbook's form. */
export interface OnnxImport extends ModelArtifact {
  readonly origin: ModelOrigin;
  /** Against `reference`; undefined without one. */
  readonly reference?: { readonly rows: number; readonly maxAbsolute: number; readonly limit: number };
}

const SAMPLE_ROWS = 4096;

/**
 * Takes a model that PyTorch, XGBoost, scikit-learn or another library wrote as ONNX: one input [N, k] or [N, L, k] of
 * float32 or float64, and a tensor of predictions [N], [N, 1] or [N, m]. Its nodes stay as they are; scaling, contract
 * and golden rows are laid around them.
 * Errors: `exports.bad-model`, `exports.bad-option`, `exports.contract-mismatch`, `exports.parity-failed`,
 * `ml.bad-model`.
 */
export async function importOnnx(bytes: Uint8Array, options: ImportOptions): Promise<OnnxImport> {
  checkRequest(options);
  const foreign = await foreignFromBytes(bytes);
  const input = await inputOf(foreign, options.features.names);
  const from = predictionsOf(foreign, options);
  const model = describe(options, input.window, from.names);
  const spec = {
    model,
    output: outputIndex(from.names, options.output),
    metadata: {
      ...Object.fromEntries(foreign.metadataProps.map(({ key, value }) => [key, value])),
      "tickbook.names": JSON.stringify(model.names),
      "tickbook.features": JSON.stringify(model.ids),
      "tickbook.label": model.origin.label,
      "tickbook.trainer": model.origin.library,
      "tickbook.source": sha256(bytes),
    },
  };
  const taken = new Set([...(await tensorNames(foreign.graph)), ...(await initializerNames(foreign.graph))]);
  const written = await writeAndCheck(spec, (whole) => wrap(foreign, whole, input, from, taken));
  try {
    const reference = await compareWith(written.predictor, options);
    return {
      kind: "onnx",
      bytes: written.bytes,
      hash: sha256(written.bytes),
      inputs: model.names,
      features: model.ids,
      window: model.window,
      origin: model.origin,
      ...(reference ? { reference } : {}),
    };
  } finally {
    await written.predictor.close();
  }
}

const NAMES = [
  "features",
  "sample",
  "prepare",
  "missing",
  "tensor",
  "outputs",
  "output",
  "label",
  "reference",
];

function checkRequest(options: ImportOptions): void {
  if (!Array.isArray(options?.features?.names) || !Array.isArray(options.sample?.columns)) {
    fail("exports.bad-option", {
      message: "importOnnx needs `features`, the set that the model is fed, and `sample`, rows of it",
      hint: "await importOnnx(file, { features, sample: features.compute(bars) })",
    });
  }
  checkNames("exports.bad-option", "importOnnx options", options, NAMES);
  const { missing = "refuse" } = options;
  if (missing !== "refuse" && missing !== "allow") {
    fail("exports.bad-option", {
      message: `missing is ${JSON.stringify(missing)}; it must be "refuse" or "allow"`,
      fields: { missing },
    });
  }
}

interface ForeignInput {
  readonly name: string;
  readonly type: number;
  readonly window: number;
  /** [N, 1, k]: windows of a single row, which tickbook feeds as [N, k]. */
  readonly isSingle: boolean;
}

interface ForeignOutput {
  readonly name: string;
  readonly type: number;
  readonly names: readonly string[];
}

async function inputOf({ graph }: ForeignModel, features: readonly string[]): Promise<ForeignInput> {
  const refuse = (problem: string, hint: string): never =>
    fail("exports.contract-mismatch", {
      message: `the model ${problem}`,
      hint,
      fields: { inputs: graph.input.map(({ name }) => name), features },
    });
  const constants = await initializerNames(graph);
  const [input, ...others] = graph.input.filter(({ name }) => !constants.has(name));
  if (input === undefined || others.length > 0)
    return refuse(
      `takes ${graph.input.map(({ name }) => name).join(", ") || "nothing"}`,
      "Export it with one input, a matrix of all features.",
    );
  const { elemType, dims } = shapeOf(input);
  if (elemType !== ELEMENT.float32 && elemType !== ELEMENT.float64)
    refuse(
      `takes elements of ONNX's type ${elemType} as "${input.name}"`,
      "Export it with float32 or float64 inputs.",
    );
  if (dims.length < 2 || dims.length > 3)
    refuse(
      `takes ${dims.length} dimensions as "${input.name}"`,
      "It must take rows of features, [N, k], or windows of rows, [N, L, k].",
    );
  if (typeof dims[0] === "number" && dims[0] > 0)
    refuse(
      `takes exactly ${dims[0]} rows at a time`,
      "Export it with a dynamic first dimension (dynamic_axes in PyTorch).",
    );
  const width = dims.at(-1);
  if (typeof width === "number" && width > 0 && width !== features.length)
    refuse(
      `takes ${width} features, and the set has ${features.length}: ${features.join(", ")}`,
      "Give the set of features that it was trained on, in the same order.",
    );
  const window = dims.length === 3 ? dims[1] : 1;
  if (typeof window !== "number" || window < 1)
    refuse(`takes windows of any length`, "Export it with a fixed number of rows in a window.");
  return {
    name: input.name,
    type: elemType,
    window: window as number,
    isSingle: dims.length === 3 && window === 1,
  };
}

function predictionsOf({ graph }: ForeignModel, { tensor, outputs }: ImportOptions): ForeignOutput {
  const isFloat = (value: OnnxValue) =>
    ([ELEMENT.float32, ELEMENT.float64] as number[]).includes(value.type?.tensorType?.elemType ?? 0);
  const given = graph.output.map(({ name }) => name);
  const fitting = graph.output.filter((value) => isFloat(value) && (tensor ?? value.name) === value.name);
  const [value, ...others] = fitting;
  if (value === undefined || others.length > 0) {
    return fail("exports.contract-mismatch", {
      message: `the model gives ${given.join(", ")}, of which ${fitting.length} hold float numbers${tensor === undefined ? "" : ` and are called "${tensor}"`}`,
      hint:
        fitting.length > 1
          ? `Choose one: importOnnx(bytes, { tensor: "${fitting.at(-1)!.name}", ... }).`
          : "Export it so that a tensor of float numbers comes out (zipmap=False in skl2onnx).",
      fields: { outputs: given, tensor },
    });
  }
  const { elemType, dims } = shapeOf(value);
  const stated = dims.length >= 2 ? dims.at(-1) : undefined;
  const count = outputs?.length ?? (typeof stated === "number" && stated > 0 ? stated : 1);
  if (dims.length > 2 || (typeof stated === "number" && stated > 0 && stated !== count)) {
    fail("exports.contract-mismatch", {
      message: `"${value.name}" has the shape [${dims.join(", ")}], and ${count} outputs are named`,
      hint: "It must be [N], [N, 1] or [N, m], with m names in `outputs`.",
      fields: { shape: dims, outputs },
    });
  }
  const names = outputs ?? (count === 1 ? ["value"] : Array.from({ length: count }, (_, i) => `p${i}`));
  return { name: value.name, type: elemType, names };
}

/** Dimensions as numbers, or as names where they are open. */
function shapeOf({ type }: OnnxValue): { elemType: number; dims: (number | string)[] } {
  const { elemType, shape } = type?.tensorType ?? { elemType: 0, shape: { dim: [] } };
  const dims = (shape?.dim ?? []).map((dim) => {
    const { dimParam, dimValue } = dim as { dimParam?: string; dimValue?: number };
    return dimParam ? dimParam : (dimValue ?? 0);
  });
  return { elemType, dims };
}

function describe(
  { features, sample, prepare: fitted, missing, label }: ImportOptions,
  window: number,
  outputs: readonly string[],
): GraphSpec["model"] {
  const { names, ids } = features;
  const k = names.length;
  if (sample.names.join() !== names.join() || sample.ids.join() !== ids.join() || sample.length < window) {
    fail("exports.contract-mismatch", {
      message: `the sample has ${sample.length} rows of ${sample.names.join(", ")}; at least ${window} of ${names.join(", ")} are needed`,
      hint: "Compute it with the same set: features.compute(bars).",
      fields: { sample: sample.ids, features: ids },
    });
  }
  const scaling = fitted === undefined ? noScaling(k) : scalingOf(fitted, names);
  return {
    names,
    ids,
    window,
    scaling,
    required: Array.from(scaling.fill, (fill) => missing !== "allow" && Number.isNaN(fill)),
    outputs,
    sample: sample.columns.map((column) => column.slice(-SAMPLE_ROWS)),
    origin: {
      label: label ?? "imported",
      dataHash: "",
      seed: 1,
      library: "imported",
      from: sample.time[0]!,
      to: sample.time.at(-1)!,
      metrics: {},
    },
  };
}

/** Of all columns: those that were not fitted stay as they are. */
function scalingOf(fitted: prepare.Fitted, names: readonly string[]) {
  const part = prepare.scaling(fitted);
  const whole = noScaling(names.length);
  fitted.columns.forEach(({ name }, i) => {
    const j = names.indexOf(name);
    if (j < 0) {
      fail("exports.contract-mismatch", {
        message: `the pre-processing has a column "${name}", and the set has ${names.join(", ")}`,
        hint: "Fit it on a table of the same set.",
        fields: { name, names },
      });
    }
    for (const key of ["mean", "scale", "fill"] as const) whole[key][j] = part[key][i]!;
  });
  return whole;
}

async function wrap(
  foreign: ForeignModel,
  spec: GraphSpec,
  input: ForeignInput,
  from: ForeignOutput,
  taken: ReadonlySet<string>,
): Promise<Uint8Array> {
  const builder = new GraphBuilder(taken);
  const { model, output } = spec;
  const k = model.names.length;
  const shape = input.window === 1 ? [k] : [input.window, k];
  const features = builder.name("features");
  const rows = writeScaling(builder, model.scaling, features, input.type);
  const shaped = input.isSingle
    ? builder.node("Reshape", [rows, builder.ints("rowsShape", [-1, 1, k])], "windows")
    : rows;
  builder.copy(shaped, input.name);
  const before = builder.nodes.splice(0);
  const cast = builder.node("Cast", [from.name], "float32", { to: { i: ELEMENT.float32 } });
  const count = from.names.length;
  const all = builder.node("Reshape", [cast, builder.ints("outputsShape", [-1, count])], "all");
  const results = writeResults(builder, all, count, output);
  const graph = {
    ...foreign.graph,
    input: [valueInfo(features, ELEMENT.float64, ["N", ...shape])],
    output: [...results, ...constantOutputs(builder, spec, shape)],
  };
  const metadataProps = Object.entries(spec.metadata).map(([key, value]) => ({ key, value }));
  // A file of trees alone may name no version of ONNX's own operators, which ours are.
  const isNamed = foreign.opsetImport.some(({ domain }) => domain === "" || domain === "ai.onnx");
  const opsetImport = isNamed
    ? foreign.opsetImport
    : [...foreign.opsetImport, { domain: "", version: OPSET }];
  return bytesFromForeign(
    { ...foreign, graph, metadataProps, opsetImport },
    { before, after: builder.nodes, initializer: builder.initializers },
  );
}

async function compareWith(
  predictor: { predict(columns: readonly Float64Array[]): Promise<Float64Array> },
  { sample, reference }: ImportOptions,
): Promise<OnnxImport["reference"]> {
  if (reference === undefined) return undefined;
  if (reference.length !== sample.length) {
    fail("exports.bad-option", {
      message: `reference has ${reference.length} predictions, and the sample ${sample.length} rows`,
      hint: "Give one a row, NaN where there is none.",
      fields: { reference: reference.length, sample: sample.length },
    });
  }
  const actual = await predictor.predict(sample.columns);
  const known = Uint32Array.from(reference.keys()).filter((i) => !Number.isNaN(reference[i]));
  const pick = (column: Float64Array) => Float64Array.from(known, (i) => column[i]!);
  const { scale, group } = compare([pick(reference)], [pick(actual)]);
  const { rows, maxAbsolute } = group;
  const limit = PARITY_LIMIT * (scale || 1);
  if (!(rows > 0 && maxAbsolute <= limit)) {
    fail("exports.parity-failed", {
      message: `the file's predictions differ from the reference by up to ${maxAbsolute} on ${rows} rows; the limit is ${limit}, ${PARITY_LIMIT} of the largest`,
      hint: "Check the order of the features, the scaling, and which output the reference is.",
      fields: { rows, maxAbsolute, limit },
    });
  }
  return { rows, maxAbsolute, limit };
}
