import { Worker } from "node:worker_threads";
import { fail, isTickbookError } from "#core";
import type { TreeFit } from "./measure.ts";
import { failAgain, type TrainingMessage } from "./messages.ts";

/** What a training is told and tells while it runs. */
export interface Watch {
  readonly signal: AbortSignal | undefined;
  /** After each round, with the loss that is watched. */
  roundDone(round: number, loss: number): void;
}

/**
 * Runs one file in threads, one for each of `jobs`, until one of them says that it is done. All are ended then.
 * @param stop tells them to stop soon, when the signal says so. Errors: `ml.worker-lost` and what the threads report.
 */
export async function runThreads(
  file: string,
  jobs: readonly unknown[],
  watch: Watch,
  stop: () => void,
): Promise<TreeFit> {
  const workers = jobs.map((workerData) => new Worker(file, { workerData, execArgv: [] }));
  watch.signal?.addEventListener("abort", stop);
  if (watch.signal?.aborted) stop();
  try {
    return await new Promise<TreeFit>((resolve, reject) => {
      const lost = (cause: unknown) => reject(isTickbookError(cause) ? cause : lostError(cause));
      for (const worker of workers) {
        worker.on("message", (message: TrainingMessage) => {
          try {
            if (message.kind === "round") watch.roundDone(message.round, message.loss);
            else if (message.kind === "done") resolve(message.fit);
            else failAgain(message);
          } catch (error) {
            reject(error);
          }
        });
        worker.on("error", lost);
        worker.on("exit", (code) => lost(`it ended with code ${code}`));
      }
    });
  } finally {
    watch.signal?.removeEventListener("abort", stop);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function lostError(cause: unknown): unknown {
  try {
    return fail("ml.worker-lost", {
      message: `a thread that trains trees ended before its work was done: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: "Mostly memory has run out: train on fewer rows or features, or with fewer leaves.",
      cause,
    });
  } catch (error) {
    return error;
  }
}
