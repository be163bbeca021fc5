import { fail } from "#core";
import type { ModelArtifact, Predictor } from "#model";
import { countRows, failRagged } from "../columns.ts";
import { isBatchEqualToRows } from "./batch-check.ts";
import { type ModelContract, readContract } from "./contract.ts";
import { type ModelSession, openSession } from "./session.ts";
import { completeRows, fillRows, gatherWindows } from "./windows.ts";

/** What of an artifact is needed to predict. */
export type PredictorSource = Pick<ModelArtifact, "bytes" | "inputs">;

/** A predictor by onnxruntime. */
export interface OnnxPredictor extends Predictor {
  /** Whether rows go to the model together: batches of this model give the bits that single rows give. */
  readonly isBatched: boolean;
  /** One a column: whether a row without a value there has no prediction. */
  readonly required: readonly boolean[];
  /** The distributions of its training: see `driftOf`. */
  readonly baseline: Float64Array;
  /** All that the model gives, one Float64Array an output: the classes of a multiclass model. */
  predictAll(columns: readonly Float64Array[]): Promise<Float64Array[]>;
  /**
   * One prediction, the path of live trading.
   * @param rows the last `window` rows, one value a feature, the newest last. NaN if a required value is missing.
   */
  predictRow(rows: Float64Array): Promise<number>;
}

/** Runs n >= 1 windows, one after another. @returns their predictions. */
export type RunRows = (rows: Float64Array) => Promise<Float32Array>;

/** Values a run: they stay in the processor's cache between gathering and running. */
const BLOCK_VALUES = 2 ** 16;
const BLOCK_ROWS = 4096;
/** Largest difference of a golden row's prediction from the recorded one, relative to the largest of them. */
const GOLDEN_TOLERANCE = 1e-4;

/**
 * Loads a model made by `exportOnnx` or `importOnnx`, on one thread, and tries its golden rows. A model whose batches
 * differ from its single rows in any bit is run row by row.
 * Errors: `ml.bad-model`, `ml.contract-mismatch`, `ml.golden-mismatch`.
 */
export async function loadPredictor({ bytes, inputs }: PredictorSource): Promise<OnnxPredictor> {
  const open = await openSession(bytes);
  try {
    const contract = await readContract(open, inputs);
    const { golden, width, window } = contract;
    const run = runner(open, contract);
    const runFirst: RunRows = (rows) => run(rows, contract.prediction);
    await tryGolden(runFirst, contract);
    const isBatched = await isBatchEqualToRows(runFirst, golden, window * width, width);
    const rowsMax = isBatched ? Math.max(1, Math.min(BLOCK_ROWS, BLOCK_VALUES / (window * width))) : 1;
    const predictAll = (columns: readonly Float64Array[], output: string) =>
      predictColumns(run, contract, inputs, columns, Math.floor(rowsMax), output);
    return {
      inputs,
      window,
      isBatched,
      required: contract.required,
      baseline: contract.baseline,
      predict: async (columns) => (await predictAll(columns, contract.prediction))[0]!,
      predictAll: (columns) => predictAll(columns, contract.outputs),
      predictRow: rowPath(open, contract, inputs),
      close: () => open.release(),
    };
  } catch (error) {
    await open.release();
    throw error;
  }
}

type Run = (rows: Float64Array, output: string) => Promise<Float32Array>;

function runner({ session, tensor }: ModelSession, { input, width, window }: ModelContract): Run {
  return async (rows, output) => {
    const n = rows.length / (window * width);
    const shape = window === 1 ? [n, width] : [n, window, width];
    const read = await session.run({ [input]: tensor(rows, shape) }, [output]);
    return read[output]!.data as Float32Array;
  };
}

/** The file must predict here what it predicted where it was exported; processors differ in the last digits. */
async function tryGolden(run: RunRows, { golden, expected }: ModelContract): Promise<void> {
  if (expected.length === 0) return;
  const actual = await run(golden);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value) || 0), 0);
  const at = expected.findIndex((value, i) => {
    const error = Math.abs(value - actual[i]!);
    return !(error <= GOLDEN_TOLERANCE * largest || Object.is(value, actual[i]));
  });
  if (at === -1) return;
  fail("ml.golden-mismatch", {
    message: `the model predicts ${actual[at]} for its golden row ${at + 1}, and gave ${expected[at]} when it was exported`,
    hint: "The file or onnxruntime is not what it was. Export the model again, on this machine.",
    fields: { row: at, actual: actual[at], expected: expected[at] },
  });
}

async function predictColumns(
  run: Run,
  { window, required, prediction, count }: ModelContract,
  inputs: readonly string[],
  columns: readonly Float64Array[],
  blockRows: number,
  output: string,
): Promise<Float64Array[]> {
  const rows = countRows(inputs, columns);
  const m = output === prediction ? 1 : count;
  const out = Array.from({ length: m }, () => new Float64Array(rows).fill(Number.NaN));
  const size = window * columns.length;
  const values = new Float64Array(Math.min(blockRows, rows) * size);
  const predictRows = async (places: Uint32Array) => {
    for (let at = 0; at < places.length; at += blockRows) {
      const block = places.subarray(at, at + blockRows);
      gatherWindows(columns, block, window, values);
      const p = await run(values.subarray(0, block.length * size), output);
      for (let o = 0; o < m; o++) scatter(p, o, m, block, out[o]!);
    }
  };
  if (window > 1) {
    await predictRows(completeRows(columns, required, window));
    return out;
  }
  for (let from = 0; from < rows; from += blockRows) {
    const to = Math.min(from + blockRows, rows);
    if (fillRows(columns, from, to, values)) {
      const p = await run(values.subarray(0, (to - from) * size), output);
      for (let o = 0; o < m; o++) for (let i = from; i < to; i++) out[o]![i] = p[(i - from) * m + o]!;
      continue;
    }
    const part = columns.map((column) => column.subarray(from, to));
    await predictRows(completeRows(part, required, 1).map((place) => place + from));
  }
  return out;
}

function scatter(p: Float32Array, o: number, m: number, rows: Uint32Array, out: Float64Array): void {
  for (let i = 0; i < rows.length; i++) out[rows[i]!] = p[i * m + o]!;
}

/** One prediction at a time on one input tensor, which is made again only when calls overlap. */
function rowPath({ session, tensor }: ModelSession, contract: ModelContract, inputs: readonly string[]) {
  const { input, prediction, width, window, required } = contract;
  const size = window * width;
  const fetches = [prediction];
  const createInput = () => {
    const values = new Float64Array(size);
    return { values, feeds: { [input]: tensor(values, window === 1 ? [1, width] : [1, window, width]) } };
  };
  let spare: ReturnType<typeof createInput> | undefined;
  return async (rows: Float64Array): Promise<number> => {
    if (rows.length !== size) failRagged(inputs, Array<number>(rows.length).fill(1));
    for (let i = 0; i < size; i++)
      if (!Number.isFinite(rows[i]) && (required[i % width] || !Number.isNaN(rows[i]))) return Number.NaN;
    const given = spare ?? createInput();
    spare = undefined;
    given.values.set(rows);
    const read = await session.run(given.feeds, fetches);
    spare = given;
    return (read[prediction]!.data as Float32Array)[0]!;
  };
}
