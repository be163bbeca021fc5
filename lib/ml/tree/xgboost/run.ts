import { builtFile } from "#storage";
import { need } from "../../train-options.ts";
import type { TrainingRows } from "../boost/memory.ts";
import type { TreeFit } from "../measure.ts";
import type { TreeSettings } from "../options.ts";
import { runThreads, type Watch } from "../threads.ts";

/**
 * Trains by the system's XGBoost, in a thread of ours and `threads` of its own. The losses are XGBoost's, with the six
 * digits that it gives. Errors: `ml.bad-option`, `ml.no-xgboost`, `ml.xgboost-failed`, `ml.worker-lost`.
 */
export async function runXgboost(
  data: TrainingRows,
  settings: TreeSettings,
  threads: number,
  watch: Watch,
): Promise<TreeFit> {
  const { objective } = settings;
  need(
    objective !== "quantile",
    "objective",
    objective,
    'another with engine "xgboost", which refits no leaves',
  );
  const abort = new Int32Array(new SharedArrayBuffer(4));
  const job = { data, settings, threads, abort };
  return runThreads(builtFile("./worker.js", import.meta.url), [job], watch, () =>
    Atomics.store(abort, 0, 1),
  );
}
