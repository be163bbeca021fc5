import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { openRedisQueue } from "#jobs";
import { executeAttempt } from "./attempt/execute-attempt.ts";

export interface WorkerOptions {
  readonly redis: { readonly url: string; readonly prefix?: string; readonly leaseMs?: number };
  /** Runs at once. */
  readonly workers: number;
  readonly onLog: (level: "info" | "error", message: string) => void;
}

/**
 * Works on runs from Redis until it is closed. The notebooks' folders, with their .tickbook folders, must be at the same
 * paths here as where the runs were scheduled, and writable. Errors: `jobs.*`.
 */
export async function startWorker({
  redis,
  workers,
  onLog,
}: WorkerOptions): Promise<{ close(): Promise<void> }> {
  const queue = await openRedisQueue(redis);
  try {
    await queue.work({
      worker: `${hostname()} ${process.pid} ${randomUUID().slice(0, 8)}`,
      slots: workers,
      async execute(work) {
        onLog("info", `run ${work.id}, attempt ${work.attempt}: started`);
        const outcome = await executeAttempt(work);
        onLog("info", `run ${work.id}, attempt ${work.attempt}: ${outcome.status}`);
        return outcome;
      },
      onError: (error) => onLog("error", String((error as Error)?.message ?? error)),
    });
  } catch (error) {
    await queue.close();
    throw error;
  }
  return { close: () => queue.close() };
}
