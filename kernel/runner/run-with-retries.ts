import { copyFile } from "node:fs/promises";
import { extname } from "node:path";
import type { RunStatus } from "./events.ts";
import { type RunOptions, type RunResult, runNotebook } from "./run-notebook.ts";

/** What may end otherwise when it is tried again. */
const REPEATED: readonly RunStatus[] = ["failed", "timed-out", "kernel-died"];
/** Waits grow up to this, however often a run failed. */
const DELAY_MAX_MS = 3_600_000;

export interface RetryOptions {
  /** How often a failed run is repeated, 0 or more. */
  readonly retries: number;
  /** Before the first repetition, milliseconds; doubles each time. */
  readonly retryDelayMs: number;
  /** Told before each wait. */
  readonly onRetry?: (failed: RunResult, attempt: number, delayMs: number) => void;
}

/**
 * Runs a notebook, and runs all of it again in a fresh process when it failed, timed out or its process died. The
 * executed notebook of a failed attempt n is kept beside the last one: `name.attempt<n>.ipynb`.
 * @returns the last attempt. Errors: those of `runNotebook`.
 */
export async function runWithRetries(
  options: RunOptions,
  { retries, retryDelayMs, onRetry }: RetryOptions,
): Promise<RunResult & { readonly attempt: number }> {
  for (let attempt = 1; ; attempt++) {
    const result = await runNotebook(options);
    const isLast = attempt > retries || !REPEATED.includes(result.status) || options.signal?.aborted;
    if (isLast) return { ...result, attempt };
    const { outputPath } = result;
    const extension = extname(outputPath);
    const stem = outputPath.slice(0, outputPath.length - extension.length);
    // Not moved: it may be the notebook itself, which is to run again.
    await copyFile(outputPath, `${stem}.attempt${attempt}${extension}`);
    const delayMs = backOffMs(retryDelayMs, attempt);
    onRetry?.(result, attempt, delayMs);
    await wait(delayMs, options.signal);
    // Interrupted while it waited: what failed is what there is.
    if (options.signal?.aborted) return { ...result, attempt, status: "interrupted", exitCode: 130 };
  }
}

/** The wait before repetition `count`, from 1: it doubles. */
function backOffMs(firstMs: number, count: number): number {
  return Math.min(firstMs * 2 ** (count - 1), DELAY_MAX_MS);
}

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
  });
}
