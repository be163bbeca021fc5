import { describe, expect, test } from "vitest";
import { createRng } from "#core";
import type { Dataset } from "../../../../lib/ml/dataset/dataset.ts";
import type { TreeOptions } from "../../../../lib/ml/tree/options.ts";
import { trainTrees } from "../../../../lib/ml/tree/train.ts";
import { datasetOf, madeDataset } from "./datasets.ts";

const ROWS = 3000;
const classed = madeDataset({ rows: ROWS, objective: "multiclass", missing: 0.2, categories: 12 });

/** Class 2 stands in the last rows only, which are watched. */
const onlyWatched: Dataset = {
  ...classed,
  target: classed.target.map((y, i) => (i < 0.85 * ROWS ? Math.min(y, 1) : y)),
};
const rare = classed.weight.map((_, i) => (classed.target[i] === 2 ? 1e-9 : 1));
const constant = madeDataset({ rows: ROWS, objective: "regression", missing: 0.3 });
constant.columns[2]!.fill(7);

const cases: Readonly<Record<string, TreeOptions>> = {
  "a draw of less than a row": { dataset: madeDataset({ rows: ROWS }), subsample: 1e-5 },
  "one feature at a time": { dataset: classed, columnSample: 1e-9 },
  "two bins": { dataset: classed, bins: 2 },
  "deep trees": { dataset: madeDataset({ rows: ROWS, objective: "regression" }), maxDepth: 16, minChildWeight: 0 },
  "no penalty at all": { dataset: classed, lambda: 0, minChildWeight: 0, maxDepth: 3, rounds: 2 },
  "leaf-wise with both limits": { dataset: classed, growth: "leaf", maxDepth: 5, maxLeaves: 20 },
  "a constant feature, and missing values under a constraint": {
    dataset: constant,
    monotone: { a: 1, b: -1, c: 1 },
  },
  "categories beside missing values": { dataset: classed, categorical: ["kind", "c"].slice(0, 1), bins: 3 },
  "a low quantile": { dataset: madeDataset({ rows: ROWS, objective: "quantile" }), objective: "quantile", quantile: 0.01 },
  "a class that is only watched": { dataset: onlyWatched, classWeights: "balanced" },
  "a class of hardly any weight": { dataset: { ...classed, weight: rare } },
  "groups of one row and of many": {
    dataset: mixedGroups(madeDataset({ rows: ROWS, objective: "ranking" })),
    objective: "ranking",
  },
}; // biome-ignore format: a table

/** Each second group is a row alone. */
function mixedGroups(dataset: Dataset): Dataset {
  const time = dataset.time.map((_, i) => (2 * Math.floor(i / 8) + (i % 8 === 0 ? 0 : 1)) * 6e4);
  return { ...dataset, time, labelEnd: time.map((start) => start + 6e4) };
}

describe.each(Object.entries(cases))("trees of %s", (_, options) => {
  test("are finite, and the same for a seed on any number of threads", async () => {
    const train = async (workers: number) => {
      const { ensemble, report, predict } = await trainTrees({ rounds: 3, seed: 7, ...options, workers });
      return { ensemble, loss: report.loss, predictions: await predict(options.dataset.columns) };
    };
    const alone = await train(0);
    for (const workers of [1, 3]) expect(await train(workers)).toEqual(alone);
    const { trees } = alone.ensemble;
    expect(trees.every(({ value, cover }) => [...value, ...cover].every(Number.isFinite))).toBe(true);
    expect([...alone.loss.train, ...alone.loss.validation].every(Number.isFinite)).toBe(true);
    const isKnown = (i: number) => options.dataset.columns.every((column) => !Number.isNaN(column[i]));
    for (const output of alone.predictions)
      expect(output.every((value, i) => Number.isFinite(value) || !isKnown(i))).toBe(true);
  });
});

const rng = createRng(3);
const x = Float64Array.from({ length: 2000 }, () => rng.nextNormal());
const noise = x.map(() => rng.nextNormal());
const shares = x.map(() => 0.5 + rng.next());

test("weights so light that nothing could be learnt are refused, heavy ones learn", async () => {
  const target = x.map((value, i) => value + 0.3 * noise[i]!);
  const train = (unit: number) => {
    const weight = shares.map((share) => share * unit);
    return trainTrees({ dataset: { ...datasetOf({ x, noise }, target), weight }, rounds: 30 });
  };
  for (const unit of [1e-300, 1e-9, 1e-4])
    await expect(train(unit)).rejects.toMatchObject({
      code: "ml.bad-option",
      message: expect.stringContaining("weights of 1,60"),
    });
  const usual = (await train(1)).report.metrics.validation!.rmse!;
  expect((await train(6e5)).report.metrics.validation!.rmse).toBeCloseTo(usual, 1);
});

test.each([1e-3, 1, 1e4])("a quantile of targets of size %d keeps a monotone feature, and learns as well", async (unit) => {
  const dataset = datasetOf({ x, noise }, x.map((value, i) => unit * (value + 0.3 * shares[i]!)));
  const options = { dataset, objective: "quantile", quantile: 0.8, rounds: 40, maxDepth: 4 } as const;
  const free = await trainTrees(options);
  const bound = await trainTrees({ ...options, monotone: { x: 1 } });
  expect(bound.report.metrics.validation!.pinball! / free.report.metrics.validation!.pinball!).toBeLessThan(1.2);
  const steps = Float64Array.from({ length: 200 }, (_, i) => -3 + (6 * i) / 199);
  for (const z of [-1, 0, 1]) {
    const [p] = await bound.predict([steps, steps.map(() => z)]);
    expect(p!.every((value, i) => i === 0 || value >= p![i - 1]!)).toBe(true);
  }
}); // biome-ignore format: long titles
