import { checkNames, fail } from "#core";
import type { FeatureSet } from "#features";
import {
  baselineOf,
  completeRows,
  gatherWindows,
  loadPredictor,
  type ModelOrigin,
  type OnnxPredictor,
  type TrainedModel,
} from "#ml";
import type { ModelArtifact } from "#model";
import { sha256 } from "#storage";
import type { GraphBuilder } from "./builder.ts";
import { type GraphSpec, modelGraph } from "./graph.ts";
import { writeNet } from "./net/write-net.ts";
import { type Columns, checkParity, compare, type ParityReport } from "./parity.ts";
import { bytesFromModel } from "./schema.ts";
import { writeTrees } from "./trees.ts";

/** A model's file with the proof that it predicts what the trainer predicts. */
export interface OnnxExport extends ModelArtifact {
  readonly parity: ParityReport;
  readonly origin: ModelOrigin;
  /** What 8-bit weights cost; undefined where the weights are whole. */
  readonly quantisation?: QuantisationLoss;
}

/** How far the predictions of training rows move when weights become 8-bit. */
export interface QuantisationLoss {
  readonly rows: number;
  readonly maxAbsolute: number;
  readonly meanAbsolute: number;
  /** Size of the file in bytes, of that with whole weights too. */
  readonly bytes: number;
  readonly wholeBytes: number;
}

export interface ExportOptions {
  /** The set the model will be fed by; it must be the one the model was trained on. */
  readonly features: FeatureSet;
  /** Which output a strategy reads, by name: "p2" of three classes. Needed where there are several. */
  readonly output?: string;
  /** Weights of dense layers as 8-bit integers. Default false. */
  readonly int8?: boolean;
  /** sha256 of the code that made the model; kept in the file. */
  readonly code?: string;
  /** Written into the file beside what is always there. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const GOLDEN_ROWS = 64;

/**
 * Writes a model as ONNX, loads the file again and compares. The same model gives the same bytes.
 * Errors: `exports.contract-mismatch`, `exports.unsupported-layer`, `exports.parity-failed`, `exports.bad-option`.
 */
export async function exportOnnx(model: TrainedModel, options: ExportOptions): Promise<OnnxExport> {
  checkRequest(model, options);
  assertContract(model, options.features);
  const output = outputIndex(model.outputs, options.output);
  const { code } = options;
  const metadata = {
    ...metadataOf(model, output),
    ...(code === undefined ? {} : { "tickbook.code": code }),
    ...options.metadata,
  };
  const spec = { model, output, metadata };
  const made = (bytes: Uint8Array, parity: ParityReport) => {
    const artifact = artifactOf(model, bytes, parity);
    return code === undefined ? artifact : { ...artifact, origin: { ...artifact.origin, code } };
  };
  const whole = await writeAndCheck(spec, bodyOf(model, false));
  try {
    const parity = await checkParity(model, whole.predictor);
    assertParity(parity);
    if (!options.int8) return made(whole.bytes, parity);
    const small = await writeAndCheck(spec, bodyOf(model, true));
    try {
      const quantisation = await lossOf(model.sample, whole, small);
      return { ...made(small.bytes, parity), quantisation };
    } finally {
      await small.predictor.close();
    }
  } finally {
    await whole.predictor.close();
  }
}

function checkRequest(model: TrainedModel, options: ExportOptions): void {
  const isModel = typeof model?.predict === "function" && Array.isArray(model.names);
  const isSet = Array.isArray(options?.features?.names) && Array.isArray(options.features.ids);
  if (!isModel || !isSet) {
    const what = isModel ? "no `features`, the set that the model was trained on" : "no model of train()";
    fail("exports.bad-option", {
      message: `exportOnnx is given ${what}`,
      hint: "await exportOnnx(await train(...), { features })",
    });
  }
  checkNames("exports.bad-option", "exportOnnx options", options, [
    "features",
    "output",
    "int8",
    "code",
    "metadata",
  ]);
  const odd = Object.entries(options.metadata ?? {}).find(
    ([key, value]) => typeof value !== "string" || key.startsWith("tickbook."),
  );
  if (odd) {
    fail("exports.bad-option", {
      message: `metadata "${odd[0]}" is ${JSON.stringify(odd[1])}; it must be a text, and names that begin with "tickbook." are taken`,
      fields: { key: odd[0] },
    });
  }
}

interface Written {
  readonly bytes: Uint8Array;
  readonly predictor: OnnxPredictor;
}

/** Writes the file twice: its evidence comes from the first. */
export async function writeAndCheck(
  spec: Omit<GraphSpec, "evidence">,
  write: (spec: GraphSpec) => Promise<Uint8Array>,
): Promise<Written> {
  const { model } = spec;
  const golden = goldenRows(model);
  if (golden.length === 0) {
    fail("exports.bad-option", {
      message: `none of ${model.sample[0]?.length ?? 0} sample rows can be tried: each window of ${model.window} rows misses a value of ${model.names.join(", ")}`,
      hint: "Give a longer sample, without warm-up, or fill what is missing.",
      fields: { rows: model.sample[0]?.length ?? 0, window: model.window },
    });
  }
  const load = async (expected: Float32Array, predictions: Float64Array): Promise<Written> => {
    const baseline = baselineOf([...model.sample, predictions]);
    const bytes = await write({ ...spec, evidence: { golden, expected, baseline } });
    return { bytes, predictor: await loadPredictor({ bytes, inputs: model.names }) };
  };
  const { predictor } = await load(new Float32Array(0), new Float64Array(0));
  try {
    const size = model.window * model.names.length;
    const expected = new Float32Array(golden.length / size);
    for (let g = 0; g < expected.length; g++)
      expected[g] = await predictor.predictRow(golden.slice(g * size, (g + 1) * size));
    return await load(expected, await predictor.predict(model.sample));
  } finally {
    await predictor.close();
  }
}

/** Evenly spaced windows of the sample, as the model takes them. */
function goldenRows({ sample, required, window }: Pick<TrainedModel, "sample" | "required" | "window">) {
  const all = completeRows(sample, required, window);
  const count = Math.min(all.length, Math.max(4, Math.floor(GOLDEN_ROWS / window)));
  const picked = Uint32Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]!);
  return gatherWindows(sample, picked, window);
}

function bodyOf(model: TrainedModel, int8: boolean): (spec: GraphSpec) => Promise<Uint8Array> {
  const write = (builder: GraphBuilder, rows: string): string => {
    if ("graph" in model) return writeNet(builder, model.graph as never, [rows], { int8 })[0]!;
    if ("ensemble" in model) {
      const takesMissing = !model.required.every(Boolean);
      return writeTrees(builder, model.ensemble as never, rows, takesMissing);
    }
    return fail("exports.bad-option", {
      message: "this is not a model that train() makes",
      hint: "A model made elsewhere enters by importOnnx.",
    });
  };
  return (spec) => bytesFromModel(modelGraph(spec, write));
}

function artifactOf(model: TrainedModel, bytes: Uint8Array, parity: ParityReport): OnnxExport {
  return {
    kind: "onnx",
    bytes,
    hash: sha256(bytes),
    inputs: model.names,
    features: model.ids,
    window: model.window,
    origin: model.origin,
    parity,
  };
}

function metadataOf({ names, ids, outputs, origin }: TrainedModel, output: number): Record<string, string> {
  return {
    "tickbook.names": JSON.stringify(names),
    "tickbook.features": JSON.stringify(ids),
    "tickbook.outputs": JSON.stringify(outputs),
    "tickbook.prediction": outputs[output]!,
    "tickbook.label": origin.label,
    "tickbook.data": origin.dataHash,
    "tickbook.range": JSON.stringify([origin.from, origin.to]),
    "tickbook.seed": String(origin.seed),
    "tickbook.trainer": origin.library,
    "tickbook.metrics": JSON.stringify(origin.metrics),
  };
}

/** Errors: `exports.bad-option`. */
export function outputIndex(outputs: readonly string[], chosen: string | undefined): number {
  if (chosen === undefined && outputs.length === 1) return 0;
  const at = outputs.indexOf(chosen ?? "");
  if (at >= 0) return at;
  return fail("exports.bad-option", {
    message:
      chosen === undefined
        ? `the model gives ${outputs.join(", ")}, and a strategy reads one number`
        : `the model has no output "${chosen}"; it gives ${outputs.join(", ")}`,
    hint: `Choose one: { features, output: "${outputs.at(-1)}" }.`,
    fields: { outputs, output: chosen },
  });
}

async function lossOf(sample: Columns, whole: Written, small: Written): Promise<QuantisationLoss> {
  const [p, q] = [await whole.predictor.predictAll(sample), await small.predictor.predictAll(sample)];
  const { errors, group } = compare(p, q);
  return {
    rows: group.rows,
    maxAbsolute: group.maxAbsolute,
    meanAbsolute: errors.reduce((sum, error) => sum + error / errors.length, 0),
    bytes: small.bytes.length,
    wholeBytes: whole.bytes.length,
  };
}

function assertContract(model: TrainedModel, set: FeatureSet): void {
  const listOf = (names: readonly string[], ids: readonly string[]) =>
    names.map((name, i) => `${name} = ${ids[i]}`);
  const trained = listOf(model.names, model.ids);
  const given = listOf(set.names, set.ids);
  const at = trained.findIndex((feature, i) => feature !== given[i]);
  if (at === -1 && trained.length === given.length) return;
  const place = at === -1 ? trained.length : at;
  fail("exports.contract-mismatch", {
    message: `feature ${place + 1} is "${given[place] ?? "none"}", but the model was trained with "${trained[place] ?? "none"}" there`,
    hint: "Export with the feature set whose table the model was trained on, names and order included.",
    fields: { trained, given },
  });
}

function assertParity(parity: ParityReport): void {
  const { rows, equalRows } = parity.batch;
  if (parity.passed && equalRows === rows) return;
  const worst = parity.groups.reduce((a, b) => (b.maxAbsolute > a.maxAbsolute ? b : a));
  const classes = parity.classErrors ? ` (${parity.classErrors} rows get another class)` : "";
  fail("exports.parity-failed", {
    message: parity.passed
      ? `onnxruntime gives ${rows - equalRows} of ${rows} rows other bits in a batch than alone`
      : `onnxruntime's predictions differ from the trainer's by up to ${worst.maxAbsolute} on ${worst.name} rows${classes}; the limit is ${parity.limit}`,
    hint: parity.passed
      ? "Please report this model: its batches should have been found to differ when it was loaded."
      : "Train with smaller weights (fewer epochs, a lower learningRate), or look for extreme values in the features.",
    fields: { ...parity },
  });
}
