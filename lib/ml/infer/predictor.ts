import type { InferenceSession } from "onnxruntime-node";
import { fail } from "#core";
import type { ModelArtifact, Predictor } from "#model";
import { countRows, failRagged } from "../columns.ts";
import type { Scaler } from "../dataset/scaler.ts";
import { isBatchEqualToRows } from "./batch-check.ts";

type Ort = typeof import("onnxruntime-node");

/** What of an artifact is needed to predict. */
export type PredictorSource = Pick<ModelArtifact, "bytes" | "inputs">;

/** A predictor by onnxruntime. */
export interface OnnxPredictor extends Predictor {
  /** Whether rows go to the model together: batches of this model give the bits that single rows give. */
  readonly isBatched: boolean;
  /** One row, one value a feature. NaN if a value is not finite. The path of live trading. */
  predictRow(row: Float64Array): Promise<number>;
}

/** Runs n >= 1 rows of k values, row by row. */
export type RunRows = (rows: Float64Array) => Promise<Float32Array>;

const INPUT = "features";
const OUTPUT = "probability";
const OUTPUTS = [OUTPUT, "mean", "deviation"] as const;
/** Rows a run, so that a long history needs little memory. */
const BLOCK_ROWS = 4096;

/**
 * Loads a model made by `exportOnnx`, on one thread. A model whose batches differ from its single rows in any bit is
 * run row by row. Errors: `ml.bad-model`, `ml.contract-mismatch`.
 */
export async function loadPredictor({ bytes, inputs }: PredictorSource): Promise<OnnxPredictor> {
  const ort = await loadOnnxRuntime();
  const session = await createSession(ort, bytes);
  const run = runner(ort, session, inputs.length);
  let isBatched: boolean;
  try {
    assertContract(session, inputs);
    isBatched = await isBatchEqualToRows(run, await readScaler(ort, session, inputs.length));
  } catch (error) {
    await session.release();
    throw error;
  }
  return {
    inputs,
    isBatched,
    predict: (columns) => predictColumns(run, inputs, columns, isBatched ? BLOCK_ROWS : 1),
    predictRow: rowPath(ort, session, inputs),
    close: () => session.release(),
  };
}

/** From 1.29 on it sends what it runs to its maker, and keeps an id of the machine, unless it is told before it loads. */
async function loadOnnxRuntime(): Promise<Ort> {
  process.env.ORT_DISABLE_TELEMETRY = "1";
  return import("onnxruntime-node");
}

async function createSession(ort: Ort, bytes: Uint8Array): Promise<InferenceSession> {
  try {
    return await ort.InferenceSession.create(bytes, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: "sequential",
      // The error comes as an exception; onnxruntime would print it as well.
      logSeverityLevel: 4,
      extra: { session: { intra_op: { allow_spinning: "0" } } },
    });
  } catch (cause) {
    return fail("ml.bad-model", {
      message: `${bytes.length} bytes are not an ONNX model that onnxruntime can load: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: "Give the bytes of a model made by exportOnnx.",
      fields: { bytes: bytes.length },
      cause,
    });
  }
}

function assertContract(session: InferenceSession, inputs: readonly string[]): void {
  const mismatch = (what: string): never =>
    fail("ml.contract-mismatch", {
      message: `the model ${what}`,
      hint: "A model must be fed the features it was exported with. Export it again with this feature set.",
      fields: { inputs, modelInputs: session.inputNames, modelOutputs: session.outputNames },
    });
  const [input, ...others] = session.inputMetadata;
  if (input?.name !== INPUT || others.length > 0)
    mismatch(`takes ${session.inputNames.join(", ")}; it must take one input named "${INPUT}"`);
  if (session.outputNames.join() !== OUTPUTS.join())
    mismatch(`gives ${session.outputNames.join(", ")}; it must give ${OUTPUTS.join(", ")}`);
  if (!input?.isTensor || input.type !== "float64")
    mismatch(`takes ${input?.isTensor ? input.type : "no tensor"}; it must take float64`);
  const width = input?.isTensor ? input.shape[1] : undefined;
  if (width !== inputs.length)
    mismatch(
      `takes rows of ${width} features, and the contract lists ${inputs.length}: ${inputs.join(", ")}`,
    );
}

function runner(ort: Ort, session: InferenceSession, k: number): RunRows {
  return async (rows) => {
    const input = new ort.Tensor("float64", rows, [rows.length / k, k]);
    const output = await session.run({ [INPUT]: input }, [OUTPUT]);
    return output[OUTPUT]!.data as Float32Array;
  };
}

/** The scaling that the model carries. */
async function readScaler(ort: Ort, session: InferenceSession, k: number): Promise<Scaler> {
  const zeros = new ort.Tensor("float64", new Float64Array(k), [1, k]);
  const { mean, deviation } = await session.run({ [INPUT]: zeros }, ["mean", "deviation"]);
  return { mean: mean!.data as Float64Array, deviation: deviation!.data as Float64Array };
}

async function predictColumns(
  run: RunRows,
  inputs: readonly string[],
  columns: readonly Float64Array[],
  blockRows: number,
): Promise<Float64Array> {
  const rows = countRows(inputs, columns);
  const out = new Float64Array(rows).fill(Number.NaN);
  const k = columns.length;
  const complete: number[] = [];
  for (let i = 0; i < rows; i++) if (columns.every((column) => Number.isFinite(column[i]))) complete.push(i);
  for (let from = 0; from < complete.length; from += blockRows) {
    const block = complete.slice(from, from + blockRows);
    const x = new Float64Array(block.length * k);
    block.forEach((row, i) => {
      for (let j = 0; j < k; j++) x[i * k + j] = columns[j]![row]!;
    });
    const p = await run(x);
    block.forEach((row, i) => {
      out[row] = p[i]!;
    });
  }
  return out;
}

/** One row at a time on one input tensor, which is made again only when calls overlap. */
function rowPath(ort: Ort, session: InferenceSession, inputs: readonly string[]) {
  const createInput = () => {
    const values = new Float64Array(inputs.length);
    return { values, feeds: { [INPUT]: new ort.Tensor("float64", values, [1, inputs.length]) } };
  };
  let spare: ReturnType<typeof createInput> | undefined;
  return async (row: Float64Array): Promise<number> => {
    if (row.length !== inputs.length) failRagged(inputs, Array<number>(row.length).fill(1));
    if (!row.every(Number.isFinite)) return Number.NaN;
    const input = spare ?? createInput();
    spare = undefined;
    input.values.set(row);
    const output = await session.run(input.feeds, [OUTPUT]);
    spare = input;
    return (output[OUTPUT]!.data as Float32Array)[0]!;
  };
}
