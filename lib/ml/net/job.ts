import { isTickbookError } from "#core";
import { type NetBackend, openBackend } from "./backend.ts";
import { type EpochReport, type FitResult, type Job, runTraining } from "./fit.ts";

/** What a training says, in order: any number of epochs, then one end. */
export type WorkerMessage =
  | { readonly kind: "epoch"; readonly report: EpochReport }
  | { readonly kind: "done"; readonly outcome: Outcome }
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

/** An error as a message can carry it. */
export function plainError(error: unknown): PlainError {
  if (isTickbookError(error)) return JSON.parse(JSON.stringify(error)) as PlainError;
  if (!(error instanceof Error)) return { message: String(error) };
  return { message: error.message, ...(error.stack === undefined ? {} : { stack: error.stack }) };
}
