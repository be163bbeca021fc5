import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createRng } from "#core";
import type { Dataset } from "../../../../lib/ml/dataset/dataset.ts";
import { checkOptions, type TreeOptions } from "../../../../lib/ml/tree/options.ts";
import { prepareRows } from "../../../../lib/ml/tree/rows.ts";
import { treeShap } from "../../../../lib/ml/tree/shap.ts";
import { flatten, marginsOf } from "../../../../lib/ml/tree/sums.ts";
import { trainTrees } from "../../../../lib/ml/tree/train.ts";
import { createBooster } from "../../../../lib/ml/tree/xgboost/booster.ts";
import { ensembleFrom } from "../../../../lib/ml/tree/xgboost/convert.ts";
import { openXgboost } from "../../../../lib/ml/tree/xgboost/library.ts";
import { realData } from "../../../real-data.ts";
import { walkBars } from "../bars.ts";
import { datasetOf, madeDataset } from "./datasets.ts";

const library = await openXgboost().catch((error: Error) => error);
const isAbsent = library instanceof Error;
if (isAbsent) {
  if (process.env.TICKBOOK_REQUIRE_XGBOOST) throw library;
  console.log(`the comparison with XGBoost is skipped: ${library.message}`);
}

/** A booster of XGBoost, and its model as ours. */
async function boosted(options: TreeOptions) {
  if (library instanceof Error) throw library;
  const { dataset, settings } = checkOptions({ validation: 0, ...options });
  const { data } = await prepareRows(dataset, settings);
  const booster = createBooster(library, data, settings, 1);
  try {
    for (let round = 1; round <= settings.rounds; round++) booster.train(round);
    const link = settings.objective === "binary" ? "logistic" : data.outputs > 1 ? "softmax" : "identity";
    return {
      columns: dataset.columns,
      rows: data.rows,
      ensemble: ensembleFrom(booster.model(), { features: dataset.names.length, link, trees: Infinity }),
      margins: booster.predict("margin", 0),
      contributions: booster.predict("contributions", 0),
    };
  } finally {
    booster.free();
  }
}

describe.skipIf(isAbsent)("XGBoost", () => {
  test.each([
    { objective: "binary" },
    { objective: "multiclass" },
    { objective: "regression" },
    { objective: "ranking" },
    { objective: "binary", growth: "leaf" },
    { objective: "regression", categorical: ["kind"] },
    { objective: "multiclass", categorical: ["kind"], growth: "leaf", gamma: 1 },
  ] as const)("its converted model predicts what it predicts: %o", async (options) => {
    const group = options.objective === "ranking" ? 8 : 1;
    const dataset = madeDataset({
      rows: 800,
      objective: options.objective,
      missing: 0.2,
      categories: 30,
      group,
    });
    const { ensemble, columns, rows, margins, contributions } = await boosted({
      dataset,
      rounds: 30,
      ...options,
    });
    const m = ensemble.base.length;
    const k = columns.length;
    const own = marginsOf(flatten(ensemble), columns, 0, rows);
    const { base, values } = await treeShap(ensemble, columns);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < m; j++) {
        const size = Math.max(1, Math.abs(margins[i * m + j]!));
        expect(Math.abs(own[j * rows + i]! - margins[i * m + j]!) / size).toBeLessThanOrEqual(1e-6);
        for (let f = 0; f <= k; f++) {
          const phi = f < k ? values[j]![f]![i]! : base[j]!;
          expect(phi).toBeCloseTo(contributions[(i * m + j) * (k + 1) + f]!, 3);
        }
      }
    }
  });

  test.each([
    ["binary", "auc", 0.005],
    ["regression", "rmse", 0.02],
    ["multiclass", "logLoss", 0.02],
    ["ranking", "ndcg", 0.02],
  ] as const)("is as good as our own engine: %s", async (objective, metric, within) => {
    const group = objective === "ranking" ? 20 : 1;
    const dataset = madeDataset({ rows: 6000, objective, missing: 0.1, group });
    const options = { dataset, objective, rounds: 60, patience: 60, workers: 1 } as const;
    const ours = await trainTrees(options);
    const theirs = await trainTrees({ ...options, engine: "xgboost" });
    const [a, b] = [ours.report.metrics.validation![metric]!, theirs.report.metrics.validation![metric]!];
    expect(Math.abs(a - b), `ours ${a}, XGBoost's ${b}`).toBeLessThan(within);
  });

  test("grows the trees that our engine grows from few values", async () => {
    const rng = createRng(3);
    const made = madeDataset({ rows: 500, objective: "regression" });
    const columns = made.columns.map((column) => column.map(() => rng.nextInt(12)));
    const dataset = { ...made, columns };
    const options = { dataset, objective: "regression", rounds: 10, maxDepth: 3, validation: 0 } as const;
    const { ensemble } = await trainTrees({ ...options, workers: 0 });
    const theirs = await boosted(options);
    const own = marginsOf(flatten(ensemble), columns, 0, 500);
    for (let i = 0; i < 500; i++) expect(own[i]).toBeCloseTo(theirs.margins[i]!, 4);
  });

  // The S&P 500, day by day from 2000, where it is at hand; its twin always runs.
  const prices = realData("equities/sp500-2000.csv");
  test.each([
    ["a random walk", walkBars(4000, 11).close],
    ...(prices === undefined ? [] : [["the S&P 500", closesOf(prices)] as const]),
  ] as const)("is as good as our own engine on %s", async (_, close) => {
    const dataset = returnsDataset(close);
    const options = { dataset, objective: "regression", rounds: 40, patience: 40, maxDepth: 4 } as const;
    const ours = await trainTrees({ ...options, workers: 1 });
    const theirs = await trainTrees({ ...options, workers: 1, engine: "xgboost" });
    const [a, b] = [ours.report.metrics.validation!.rmse!, theirs.report.metrics.validation!.rmse!];
    expect(ours.report.metrics.validation!.rows).toBeGreaterThan(500);
    expect(Math.abs(a / b - 1), `ours ${a}, XGBoost's ${b}`).toBeLessThan(0.02);
  });
});

function closesOf(path: string): Float64Array {
  const [head, ...lines] = readFileSync(path, "utf8").trim().split(/\r?\n/);
  const at = head!.split(",").findIndex((name) => name.trim().toLowerCase() === "close");
  return Float64Array.from(lines, (line) => Number(line.split(",")[at]));
}

/** The size of tomorrow's return, from the returns of the last five days and their size over twenty. */
function returnsDataset(close: Float64Array): Dataset {
  const move = (t: number, days: number) => close[t]! / close[t - days]! - 1;
  const days = Array.from({ length: close.length - 21 }, (_, i) => i + 20);
  const column = (of: (t: number) => number) => Float64Array.from(days, of);
  const size = (t: number) =>
    Array.from({ length: 20 }, (_, i) => Math.abs(move(t - i, 1))).reduce((a, b) => a + b, 0) / 20;
  const lags = Object.fromEntries(
    [1, 2, 3, 4, 5].map((lag) => [`r${lag}`, column((t) => move(t - lag + 1, 1))]),
  );
  return datasetOf(
    { ...lags, size: column((t) => (t < 40 ? Number.NaN : size(t))) },
    column((t) => 100 * Math.abs(move(t + 1, 1))),
  );
}
