// Gradient boosting, ours beside XGBoost on the same rows and cores. Run: npm run bench -- trees
import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { auc } from "../dist/lib/ml/dataset/metrics.js";
import { checkOptions } from "../dist/lib/ml/tree/options.js";
import { prepareRows } from "../dist/lib/ml/tree/rows.js";
import { trainTrees } from "../dist/lib/ml/tree/train.js";
import { createBooster } from "../dist/lib/ml/tree/xgboost/booster.js";
import { openXgboost } from "../dist/lib/ml/tree/xgboost/library.js";
import { subsetOf, treeDataset } from "./tree-data.mjs";

const FEATURES = 32;
const OPTIONS = { rounds: 100, maxDepth: 6, learningRate: 0.1, validation: 0 };
const TURNS = 5;

export async function benchTrees({ bars }) {
  const isSmoke = bars < 1_000_000;
  const rows = isSmoke ? 5000 : 50_000;
  const options = { ...OPTIONS, rounds: isSmoke ? 10 : OPTIONS.rounds };
  const all = treeDataset(1.2 * rows, FEATURES);
  const [dataset, held] = [subsetOf(all, 0, rows), subsetOf(all, rows, 1.2 * rows)];
  const threads = Math.min(4, availableParallelism());
  const xgboost = await openXgboost().catch((error) => error);
  const isAbsent = xgboost instanceof Error;
  const sides = {
    ...(isAbsent ? {} : { XGBoost: () => trainAlone(xgboost, dataset, options, threads) }),
    "tickbook trees": () => trainTrees({ dataset, ...options, workers: threads }),
    ...(isAbsent
      ? {}
      : {
          'engine "xgboost"': () => trainTrees({ dataset, ...options, engine: "xgboost", workers: threads }),
        }),
  };
  const seconds = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  const quality = {};
  let model;
  for (let turn = 0; turn < (isSmoke ? 2 : TURNS); turn++) {
    for (const [name, train] of Object.entries(sides)) {
      const start = performance.now();
      const trained = await train();
      seconds[name].push((performance.now() - start) / 1e3);
      if (!trained) continue;
      quality[name] = auc((await trained.predict(held.columns))[0], held.target);
      if (name === "tickbook trees") model = trained;
    }
  }
  const median = (name) => seconds[name].sort((a, b) => a - b)[seconds[name].length >> 1];
  // XGBoost's threads wait for each other: on a busy machine only its best time says what it can do.
  const best = (name) => Math.min(...seconds[name]);
  const [first] = Object.keys(sides);
  const lines = Object.keys(sides).map((name) => ({
    name,
    median: median(name),
    perSecond: (rows * options.rounds) / median(name),
    ratio: best(first) / best(name),
  }));
  const ours = quality["tickbook trees"];
  const theirs = quality['engine "xgboost"'];
  return {
    title: `Boosted trees, ${rows.toLocaleString("en")} x ${FEATURES}, ${options.rounds} rounds, depth 6, ${threads} threads`,
    unit: "rows",
    rows: lines,
    notes: [
      isAbsent
        ? `nothing to compare with: ${xgboost.message}`
        : `AUC of rows held back: ours ${ours.toFixed(4)}, XGBoost's ${theirs.toFixed(4)}`,
      await predictSpeed(model, held),
      ...(isSmoke ? [] : [large()]),
    ],
    floors: isAbsent
      ? []
      : [
          { name: "time, in XGBoost's", value: best("tickbook trees") / best("XGBoost"), ceiling: 2 },
          { name: "AUC short of XGBoost's", value: theirs - ours, ceiling: 0.005 },
        ],
  };
}

/** XGBoost with nothing of ours around it but the making of its matrix: no losses, no reading back. */
async function trainAlone(library, dataset, options, threads) {
  const { settings } = checkOptions({ dataset, ...options, engine: "xgboost" });
  const { data } = await prepareRows(dataset, settings);
  const booster = createBooster(library, data, settings, threads);
  for (let round = 1; round <= settings.rounds; round++) booster.train(round);
  booster.free();
}

async function predictSpeed(model, { columns, length }) {
  const times = [];
  for (let i = 0; i < 7; i++) {
    const start = performance.now();
    await model.predict(columns);
    times.push(performance.now() - start);
  }
  const perRow = (times.sort((a, b) => a - b)[3] * 1e3) / length;
  return `predict: ${perRow.toFixed(2)} us a row on one thread, ${model.ensemble.trees.length} trees`;
}

/** A million rows of 50 features, in a process of its own. */
function large() {
  const script = fileURLToPath(new URL("trees-large.mjs", import.meta.url));
  const { seconds, gigabytes, blockedMs } = JSON.parse(execFileSync(process.execPath, [script]).toString());
  return `1,000,000 x 50, 100 rounds: ${seconds.toFixed(0)} s, ${gigabytes.toFixed(1)} GB, the calling thread was held up for ${blockedMs.toFixed(0)} ms at most`;
}
