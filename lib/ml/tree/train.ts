import { fail } from "#core";
import type { Dataset } from "../dataset/dataset.ts";
import { noScaling } from "../dataset/scaling.ts";
import { sampleColumns } from "../sample.ts";
import type { TrainingRows } from "./boost/memory.ts";
import { runBoost, threadsFor } from "./boost/run.ts";
import { importanceOf } from "./importance.ts";
import type { TreeFit } from "./measure.ts";
import { checkOptions, type TreeOptions, type TreeSettings } from "./options.ts";
import { type PreparedRows, prepareRows } from "./rows.ts";
import type { Watch } from "./threads.ts";
import { createTrees, type TrainedTrees } from "./trees.ts";
import { runXgboost } from "./xgboost/run.ts";

/**
 * Trains boosted trees. Features become float32, thresholds are float32, leaves are rounded to float32 once, so that
 * the model's file decides as training did. The same options give the same trees, whatever the number of threads
 * (engine "tickbook"). Other work of the calling thread is not held up.
 * Errors: `ml.bad-option`, `ml.bad-target`, `ml.bad-category`, `ml.empty-dataset`, `ml.extreme-feature`,
 * `ml.diverged`, `ml.interrupted`, `ml.worker-lost`, `ml.no-xgboost`, `ml.xgboost-failed`.
 */
export async function trainTrees(options: TreeOptions): Promise<TrainedTrees> {
  const { dataset, settings, signal, startProgress } = checkOptions(options);
  if (dataset.window > 1) {
    fail("ml.bad-option", {
      message: `train: the dataset has windows of ${dataset.window} rows, and trees look at one`,
      hint: "Leave the window out, or add features of earlier bars.",
      fields: { option: "window", value: dataset.window },
    });
  }
  const progress = startProgress("train trees", settings.rounds);
  const watch: Watch = {
    signal,
    roundDone: (round, loss) => progress.update(round, `loss ${loss.toPrecision(4)}`),
  };
  try {
    const rows = await prepareRows(dataset, settings);
    const { data } = rows;
    const threads = threadsFor(data, settings);
    const run = settings.engine === "xgboost" ? runXgboost : runBoost;
    const fit = await run(data, settings, threads, watch);
    if (fit.bestRound === 0) failInterrupted();
    return treesFrom({ dataset, settings, rows, threads, fit });
  } finally {
    progress.end();
  }
}

function failInterrupted(): never {
  return fail("ml.interrupted", {
    message: "the training was stopped before its first round was done",
    hint: "Let it run longer, or use fewer rows: there are no trees yet.",
  });
}

interface Trained {
  readonly dataset: Dataset;
  readonly settings: TreeSettings;
  readonly rows: PreparedRows;
  readonly threads: number;
  readonly fit: TreeFit;
}

function treesFrom({ dataset, settings, rows, threads, fit }: Trained): TrainedTrees {
  const { data, train, required, purged } = rows;
  const { workers: _, ...options } = settings;
  const { ensemble, rounds, bestRound, loss, stopped, metrics, library } = fit;
  const { names, ids, label, dataHash, time } = dataset;
  return createTrees({
    names,
    ids,
    window: 1,
    scaling: noScaling(names.length),
    required,
    outputs: outputsOf(settings, data),
    sample: sampleColumns(dataset.columns, train),
    origin: {
      label,
      dataHash,
      seed: settings.seed,
      library,
      from: time[0]!,
      to: time.at(-1)!,
      metrics: metrics.validation ?? metrics.train,
    },
    ensemble,
    report: {
      engine: settings.engine,
      library,
      objective: settings.objective,
      rounds,
      bestRound,
      stopped,
      loss,
      metrics,
      importance: importanceOf(ensemble, names),
      options,
      threads,
      purged,
    },
  });
}

function outputsOf({ objective, quantile }: TreeSettings, { outputs }: TrainingRows): string[] {
  switch (objective) {
    case "binary":
      return ["probability"];
    case "multiclass":
      return Array.from({ length: outputs }, (_, c) => `p${c}`);
    case "regression":
      return ["value"];
    case "quantile":
      return [`q${quantile}`];
    case "ranking":
      return ["score"];
  }
}
