import { describe, expect, test } from "vitest";
import { isTickbookError, type Progress } from "#core";
import type { Dataset } from "../../../../lib/ml/dataset/dataset.ts";
import type { TreeEngine, TreeOptions } from "../../../../lib/ml/tree/options.ts";
import { trainTrees } from "../../../../lib/ml/tree/train.ts";
import { createTrees } from "../../../../lib/ml/tree/trees.ts";
import { openXgboost } from "../../../../lib/ml/tree/xgboost/library.ts";
import { datasetOf, madeDataset } from "./datasets.ts";

const absent = await openXgboost().then(
  () => undefined,
  (error: Error) => error.message,
);
if (absent !== undefined && process.env.TICKBOOK_REQUIRE_XGBOOST) throw new Error(absent);
if (absent !== undefined) console.log(`the tests of engine "xgboost" are skipped: ${absent}`);
const engines: TreeEngine[] = absent === undefined ? ["tickbook", "xgboost"] : ["tickbook"];

async function codeOf(options: Partial<TreeOptions>): Promise<string> {
  try {
    await trainTrees({ dataset: madeDataset({ rows: 60 }), rounds: 2, workers: 0, ...options });
  } catch (error) {
    if (isTickbookError(error)) return error.code;
    throw error;
  }
  return "no error";
}

describe.each(engines)("engine %s", (engine) => {
  const options = { engine, rounds: 40, workers: 1 } satisfies Partial<TreeOptions>;

  test.each([
    ["binary", ["probability"], "auc", 0.9],
    ["multiclass", ["p0", "p1", "p2"], "accuracy", 0.7],
    ["regression", ["value"], "r2", 0.7],
    ["ranking", ["score"], "ndcg", 0.8],
  ] as const)("learns %s, and reports what it did", async (objective, outputs, metric, least) => {
    const group = objective === "ranking" ? 10 : 1;
    const dataset = madeDataset({ rows: 2000, objective, missing: 0.2, categories: 6, group });
    const model = await trainTrees({ ...options, dataset, objective, categorical: ["kind"] });
    const { report, origin } = model;
    expect(model.outputs).toEqual(outputs);
    expect(model).toMatchObject({ window: 1, required: [true, false, true, true] });
    expect(report).toMatchObject({ engine, objective, rounds: 40, stopped: false, threads: 1 });
    expect(report.purged).toBe(0);
    expect(report.loss.train).toHaveLength(report.rounds);
    expect(report.loss.validation[report.bestRound - 1]).toBe(Math.min(...report.loss.validation));
    expect(report.metrics.train.rows).toBe(1600);
    expect(report.metrics.validation!.rows).toBe(400);
    expect(report.metrics.validation![metric]).toBeGreaterThan(least);
    expect(origin.metrics).toEqual(report.metrics.validation);
    expect(report.importance.map(({ name }) => name)).toEqual(dataset.names);
    const [a, , c] = report.importance;
    expect(a!.gain).toBeGreaterThan(c!.gain);
    expect(model.sample.map(({ length }) => length)).toEqual([1600, 1600, 1600, 1600]);

    const p = await model.predict(dataset.columns);
    expect(p.map(({ length }) => length)).toEqual(outputs.map(() => 2000));
    expect(p.every((column) => column.every(Number.isFinite))).toBe(true);
    if (objective === "multiclass")
      for (let i = 0; i < 2000; i++) expect(p[0]![i]! + p[1]![i]! + p[2]![i]!).toBeCloseTo(1, 5);
  });

  test("grows by leaves up to their limit, and by depth up to its", async () => {
    const dataset = madeDataset({ rows: 3000, objective: "regression" });
    const shape = async (own: Partial<TreeOptions>) => {
      const { ensemble } = await trainTrees({ ...options, dataset, rounds: 3, ...own });
      return ensemble.trees.map(({ feature, left, right }) => {
        const depths = new Int32Array(feature.length);
        for (let n = 0; n < feature.length; n++)
          if (feature[n]! >= 0) depths[left[n]!] = depths[right[n]!] = depths[n]! + 1;
        return { leaves: feature.filter((f) => f < 0).length, depth: Math.max(...depths) };
      });
    };
    for (const { leaves, depth } of await shape({ growth: "leaf", maxLeaves: 40 })) {
      expect(leaves).toBe(40);
      expect(depth).toBeGreaterThan(6);
    }
    for (const { leaves, depth } of await shape({ growth: "leaf", maxLeaves: 40, maxDepth: 5 })) {
      expect(leaves).toBeLessThanOrEqual(32);
      expect(depth).toBe(5);
    }
    for (const { leaves, depth } of await shape({ maxDepth: 4 })) {
      expect(leaves).toBe(16);
      expect(depth).toBe(4);
    }
  });

  test("is plain data but for predict, and works again from it", async () => {
    const dataset = madeDataset({ rows: 300, missing: 0.1, categories: 4 });
    const model = await trainTrees({ ...options, dataset, categorical: ["kind"] });
    const { predict: _, ...parts } = model;
    const again = createTrees(structuredClone(parts));
    expect(await again.predict(dataset.columns)).toEqual(await model.predict(dataset.columns));
    expect(again).toEqual({ ...model, predict: expect.any(Function) });
  });

  test("gives the same model for a seed", async () => {
    const dataset = madeDataset({ rows: 500 });
    const sampled = { ...options, dataset, subsample: 0.7, columnSample: 0.7 };
    const first = await trainTrees(sampled);
    expect((await trainTrees(sampled)).ensemble).toEqual(first.ensemble);
    expect((await trainTrees({ ...sampled, seed: 2 })).ensemble).not.toEqual(first.ensemble);
  });

  test("stops early, and keeps the rounds up to the best", async () => {
    const dataset = madeDataset({ rows: 200 });
    const noise = { ...dataset, target: dataset.target.map((_, i) => (i * 7919) % 2) };
    const { report, ensemble } = await trainTrees({ ...options, dataset: noise, rounds: 300, patience: 5 });
    expect(report.rounds).toBe(report.bestRound + 5);
    expect(ensemble.trees).toHaveLength(report.bestRound);
  });

  test("follows monotone constraints, whatever the other features are", async () => {
    const dataset = madeDataset({ rows: 800, objective: "regression", missing: 0.1 });
    for (const sign of [1, -1] as const) {
      const model = await trainTrees({ ...options, dataset, monotone: { b: sign }, lambda: 0.1 });
      const steps = Float64Array.from({ length: 200 }, (_, i) => (i - 100) / 2);
      for (const [a, c] of [
        [-2, 3],
        [0, 0],
        [1.3, -4],
      ]) {
        const [p] = await model.predict([steps.map(() => a!), steps, steps.map(() => c!)]);
        expect(p!.every((value, i) => i === 0 || sign * (value - p![i - 1]!) >= 0)).toBe(true);
      }
    }
  });

  test("has no prediction for rows that lack what it needs, and takes odd rows", async () => {
    const dataset = madeDataset({ rows: 300, missing: 0.1 });
    const model = await trainTrees({ ...options, dataset });
    const [p] = await model.predict([
      Float64Array.of(0, NaN, 0, 0, Infinity, 1e300),
      Float64Array.of(0, 0, NaN, 0, 0, 0),
      Float64Array.of(0, 0, 0, -Infinity, 0, 0),
    ]);
    expect([...p!].map(Number.isNaN)).toEqual([false, true, false, true, true, false]);
    expect(await model.predict([0, 1, 2].map(() => new Float64Array(0)))).toEqual([new Float64Array(0)]);
    await expect(model.predict([new Float64Array(1)])).rejects.toMatchObject({ code: "ml.ragged-rows" });
  });

  test("tells the progress, is stopped with what it has, or with nothing", async () => {
    const dataset = madeDataset({ rows: 500 });
    const controller = new AbortController();
    const seen: number[] = [];
    let ends = 0;
    const progress: Progress = {
      update: (done) => {
        seen.push(done);
        if (done === 3) controller.abort();
      },
      end: () => ends++,
    };
    const long = { ...options, dataset, rounds: 10_000, validation: 0, signal: controller.signal };
    const { report, ensemble } = await trainTrees({ ...long, startProgress: () => progress });
    expect(report).toMatchObject({ stopped: true, bestRound: report.rounds });
    expect(report.rounds).toBeGreaterThanOrEqual(3);
    expect(report.rounds).toBeLessThan(10_000);
    expect(ensemble.trees).toHaveLength(report.rounds);
    expect(seen.slice(0, 3)).toEqual([1, 2, 3]);
    expect(ends).toBe(1);
    expect(await codeOf({ ...long })).toBe("ml.interrupted");
  });

  test("takes constants, empty columns, one row, and doubles that float32 cannot tell apart", async () => {
    const rows = 40;
    const column = (value: (i: number) => number) => Float64Array.from({ length: rows }, (_, i) => value(i));
    const dataset = datasetOf(
      {
        constant: column(() => 5),
        empty: column(() => NaN),
        close: column((i) => 1 + i * 1e-12),
        zero: column((i) => (i % 2 ? 0 : -0)),
      },
      column((i) => i),
    );
    const model = await trainTrees({ ...options, dataset, rounds: 3, validation: 0 });
    expect(model.ensemble.trees.every(({ feature }) => feature.length === 1)).toBe(true);
    const [p] = await model.predict(dataset.columns);
    expect(p!.every((value) => Math.abs(value - 19.5) < 1e-3)).toBe(true);
    const single = datasetOf({ x: Float64Array.of(3) }, Float64Array.of(2));
    const [q] = await (await trainTrees({ ...options, dataset: single, rounds: 2 })).predict([
      Float64Array.of(3),
    ]);
    expect(q![0]).toBeCloseTo(2, 5);
  });

  test("refuses what it cannot learn from", async () => {
    const dataset = madeDataset({ rows: 60, categories: 4 });
    const change = (part: Partial<Dataset>) => codeOf({ engine, dataset: { ...dataset, ...part } });
    const withValue = (f: number, value: number) =>
      dataset.columns.map((column, j) => (j === f ? column.with(7, value) : column));
    expect(await change({ target: dataset.target.map(() => 1) })).toBe("ml.bad-target");
    expect(await change({ target: dataset.target.with(3, 2) })).toBe("ml.bad-target");
    expect(await change({ target: dataset.target.with(3, NaN) })).toBe("ml.bad-target");
    expect(await change({ weight: dataset.weight.with(3, -1) })).toBe("ml.bad-option");
    expect(await change({ weight: dataset.weight.with(3, NaN) })).toBe("ml.bad-option");
    expect(await change({ columns: withValue(0, 1e300) })).toBe("ml.extreme-feature");
    expect(await change({ columns: withValue(0, -Infinity) })).toBe("ml.extreme-feature");
    expect(await change({ labelEnd: dataset.time.map(() => Infinity) })).toBe("ml.empty-dataset");
    for (const bad of [255, -1, 0.5, 300]) {
      const odd = { ...dataset, columns: withValue(3, bad) };
      expect(await codeOf({ engine, dataset: odd, categorical: ["kind"] })).toBe("ml.bad-category");
    }
    expect(await codeOf({ engine, objective: "ranking" })).toBe("ml.bad-target");
  });
});

test("XGBoost refits no leaves, and says so", async () => {
  const dataset = madeDataset({ rows: 60, objective: "quantile" });
  expect(await codeOf({ engine: "xgboost", objective: "quantile", dataset })).toBe("ml.bad-option");
});

test.each<Partial<TreeOptions>>([
  { engine: "lightgbm" as "xgboost" },
  { objective: "poisson" as "binary" },
  { quantile: 0.5 },
  { objective: "quantile", quantile: 1 },
  { validation: 1 },
  { rounds: 0 },
  { patience: 1.5 },
  { learningRate: 0 },
  { growth: "wide" as "leaf" },
  { maxDepth: 0 },
  { maxDepth: 17 },
  { maxLeaves: 8 },
  { growth: "leaf", maxLeaves: 1 },
  { lambda: -1 },
  { alpha: NaN },
  { gamma: Infinity },
  { minChildWeight: -1 },
  { subsample: 0 },
  { columnSample: 1.1 },
  { bins: 256 },
  { monotone: { nothing: 1 } },
  { monotone: { a: 2 as 1 } },
  { monotone: { a: 1 }, categorical: ["a"] },
  { categorical: ["nothing"] },
  { classWeights: [1] },
  { classWeights: [1, 0] },
  { objective: "regression", classWeights: "balanced" },
  { seed: -1 },
  { workers: 65 },
  { learnRate: 0.1 } as object,
  { quantile: "0.5" } as object,
  { lambda: "1" } as object,
  { validation: "0.2" } as object,
  { categorical: "a" } as object,
  { monotone: ["a"] } as object,
])("refuses %o", async (option) => {
  expect(await codeOf(option)).toBe("ml.bad-option");
});
