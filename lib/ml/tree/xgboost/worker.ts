/** The thread in which XGBoost runs. */
import { parentPort, workerData } from "node:worker_threads";
import { assertFinite } from "../boost/boost.ts";
import type { TrainingRows } from "../boost/memory.ts";
import { fitFrom, type TreeFit } from "../measure.ts";
import { failureFrom, type TrainingMessage } from "../messages.ts";
import type { TreeSettings } from "../options.ts";
import { createBooster } from "./booster.ts";
import { ensembleFrom } from "./convert.ts";
import { openXgboost } from "./library.ts";

const { data, settings, threads, abort } = workerData as {
  readonly data: TrainingRows;
  readonly settings: TreeSettings;
  readonly threads: number;
  /** 1 to stop. */
  readonly abort: Int32Array;
};
const post = (message: TrainingMessage) => parentPort!.postMessage(message);

try {
  post({ kind: "done", fit: await train() });
} catch (error) {
  post(failureFrom(error));
}

async function train(): Promise<TreeFit> {
  const library = await openXgboost();
  const booster = createBooster(library, data, settings, threads);
  try {
    const loss = { train: [] as number[], validation: [] as number[] };
    let best = { loss: Number.POSITIVE_INFINITY, round: 0 };
    let stopped = false;
    for (let round = 1; round <= settings.rounds && round - best.round <= settings.patience; round++) {
      stopped = Atomics.load(abort, 0) === 1;
      if (stopped) break;
      booster.train(round);
      const after = booster.losses(round);
      loss.train.push(after.train);
      if (after.validation !== undefined) loss.validation.push(after.validation);
      const watched = after.validation ?? after.train;
      assertFinite(watched, round, settings.learningRate);
      if (after.validation === undefined || watched < best.loss) best = { loss: watched, round };
      post({ kind: "round", round, loss: watched });
    }
    const trees = best.round * data.outputs;
    const features = data.columns.length;
    const link = settings.objective === "binary" ? "logistic" : data.outputs > 1 ? "softmax" : "identity";
    const ensemble = ensembleFrom(booster.model(), { features, link, trees });
    const boosted = { ...ensemble, rounds: loss.train.length, bestRound: best.round, loss, stopped };
    return { ...fitFrom(boosted, data, settings), library: `xgboost ${library.version}` };
  } finally {
    booster.free();
  }
}
