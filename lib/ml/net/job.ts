/** What a thread is asked for and answers: plain data both. tfjs and its kernels are changed in that thread alone. */
import { isTickbookError } from "#core";
import { type NetBackend, openBackend } from "./backend.ts";
import { modelFromGraph } from "./convert.ts";
import { type EpochReport, type FitResult, type Job, runTraining } from "./fit.ts";
import type { NetGraph } from "./graph.ts";
import { batchShape, gather, type Inputs } from "./rows.ts";
import { BLOCK_ROWS, disposeModel, run } from "./training-net.ts";

/** Predictions of all rows; `width` outputs a row. */
export interface PredictJob {
  readonly graph: NetGraph;
  readonly rows: Inputs;
  readonly width: number;
  readonly backend: NetBackend;
}

export type Request =
  | { readonly kind: "train"; readonly job: Job }
  | { readonly kind: "predict"; readonly job: PredictJob };

/** What comes of a request: of a training any number of epochs, then one end. */
export type WorkerMessage =
  | { readonly kind: "epoch"; readonly report: EpochReport }
  | { readonly kind: "done"; readonly result: Outcome | Float32Array }
  | { readonly kind: "failed"; readonly error: PlainError };

export interface Outcome {
  readonly result: FitResult;
  readonly backend: NetBackend;
  readonly note: string | undefined;
  /** "tfjs 4.22.0". */
  readonly library: string;
  /** Tensors that were not there before the training: 0, or something leaks. */
  readonly leaked: number;
}

export interface PlainError {
  readonly code?: string;
  readonly message: string;
  readonly hint?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly stack?: string;
}

/** Opens the backend and trains. */
export async function runJob(job: Job, onEpoch: (report: EpochReport) => void): Promise<Outcome> {
  const open = await openBackend(job.backend);
  try {
    open.use();
    const before = open.tf.memory().numTensors;
    const result = await runTraining(open, job, onEpoch);
    const leaked = open.tf.memory().numTensors - before;
    return {
      result,
      backend: open.backend,
      note: open.note,
      library: `tfjs ${open.tf.version_core}`,
      leaked,
    };
  } finally {
    await open.release();
  }
}

/** Opens the backend and predicts: row by row, the outputs of a row side by side. */
export async function runPrediction({ graph, rows, width, backend }: PredictJob): Promise<Float32Array> {
  // A network that learned where native TensorFlow is installed may come to a machine without.
  const open = await openBackend(backend === "node" ? "auto" : backend);
  try {
    open.use();
    const model = modelFromGraph(open.tf, graph);
    try {
      const count = rows.place.length;
      const out = new Float32Array(count * width);
      for (let from = 0; from < count; from += BLOCK_ROWS) {
        const to = Math.min(from + BLOCK_ROWS, count);
        const x = gather(rows, undefined, from, to);
        out.set(run(open, model, x, batchShape(rows, to - from)), from * width);
      }
      return out;
    } finally {
      disposeModel(model);
    }
  } finally {
    await open.release();
  }
}

/** An error as a message can carry it. */
export function plainError(error: unknown): PlainError {
  if (isTickbookError(error)) return JSON.parse(JSON.stringify(error)) as PlainError;
  if (!(error instanceof Error)) return { message: String(error) };
  return { message: error.message, ...(error.stack === undefined ? {} : { stack: error.stack }) };
}
