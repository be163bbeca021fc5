import { availableParallelism } from "node:os";
import { builtFile } from "#storage";
import { fitFrom, type TreeFit } from "../measure.ts";
import type { TreeSettings } from "../options.ts";
import { runThreads, type Watch } from "../threads.ts";
import { boost } from "./boost.ts";
import { CONTROL, createMemory, type TrainingRows } from "./memory.ts";
import { createTeam } from "./team.ts";

/** Rows times features times rounds from which threads pay for their start. */
const THREADS_PAY = 8e6;
const THREADS_MAX = 4;
const SLICE_MS = 25;

/** Threads that train so much data; 0 is the calling one. */
export function threadsFor({ rows, columns }: TrainingRows, { workers, rounds }: TreeSettings): number {
  if (workers !== undefined) return workers;
  if (rows * columns.length * rounds < THREADS_PAY) return 0;
  return Math.min(availableParallelism(), THREADS_MAX);
}

/** Trains by our own engine. Errors: `ml.diverged`, `ml.worker-lost`. */
export async function runBoost(
  data: TrainingRows,
  settings: TreeSettings,
  threads: number,
  watch: Watch,
): Promise<TreeFit> {
  const memory = createMemory(data, settings);
  const stop = () => Atomics.store(memory.control, CONTROL.abort, 1);
  if (threads > 0) {
    const jobs = Array.from({ length: threads }, (_, i) => ({
      memory,
      settings,
      isLeader: i === 0,
      helpers: threads - 1,
    }));
    return runThreads(builtFile("./worker.js", import.meta.url), jobs, watch, stop);
  }
  const team = createTeam(memory, settings, 0);
  const rounds = boost(memory, settings, team, watch.roundDone);
  watch.signal?.addEventListener("abort", stop);
  if (watch.signal?.aborted) stop();
  try {
    let since = performance.now();
    for (let step = rounds.next(); ; step = rounds.next()) {
      if (step.done) return fitFrom(step.value, data, settings);
      if (performance.now() - since < SLICE_MS) continue;
      await new Promise(setImmediate);
      since = performance.now();
    }
  } finally {
    watch.signal?.removeEventListener("abort", stop);
  }
}
