import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng } from "#core";
import { binOf, cutsFromSorted } from "../../../../lib/ml/tree/boost/bin-features.ts";
import { boost } from "../../../../lib/ml/tree/boost/boost.ts";
import { createMemory } from "../../../../lib/ml/tree/boost/memory.ts";
import { weightedQuantile } from "../../../../lib/ml/tree/boost/objective.ts";
import { createTeam } from "../../../../lib/ml/tree/boost/team.ts";
import { checkOptions, type TreeOptions } from "../../../../lib/ml/tree/options.ts";
import { prepareRows } from "../../../../lib/ml/tree/rows.ts";
import { trainTrees } from "../../../../lib/ml/tree/train.ts";
import { datasetOf, madeDataset } from "./datasets.ts";

/** One tree of one split, whose leaves are the means. */
const stump = {
  objective: "regression",
  validation: 0,
  rounds: 1,
  maxDepth: 1,
  learningRate: 1,
  lambda: 0,
  minChildWeight: 0,
  workers: 0,
} as const;

const anyOptions = fc.record({
  objective: fc.constantFrom("binary", "multiclass", "regression", "quantile", "ranking"),
  growth: fc.constantFrom("depth", "leaf"),
  subsample: fc.constantFrom(1, 0.6),
  columnSample: fc.constantFrom(1, 0.5),
  alpha: fc.constantFrom(0, 0.5),
  bins: fc.constantFrom(8, 255),
  monotone: fc.constantFrom({}, { a: 1 } as const),
  seed: fc.nat(1e6),
});

describe("the engine", () => {
  test("gives the same bits for any number of threads", () =>
    fc.assert(
      fc.asyncProperty(anyOptions, async ({ objective, ...options }) => {
        const group = objective === "ranking" ? 10 : 1;
        const dataset = madeDataset({
          rows: 12_000,
          seed: options.seed,
          objective,
          missing: 0.1,
          categories: 9,
          group,
        });
        const train = async (workers: number) => {
          const { ensemble, report } = await trainTrees({
            ...options,
            dataset,
            objective,
            rounds: 3,
            categorical: ["kind"],
            workers,
          });
          return { ensemble, loss: report.loss, metrics: report.metrics };
        };
        const alone = await train(0);
        for (const workers of [1, 2, 3]) expect(await train(workers)).toEqual(alone);
      }),
      { numRuns: 6 },
    ));

  test("gives the same bits where memory is short and histograms are given up", async () => {
    const dataset = madeDataset({ rows: 3000, objective: "regression", missing: 0.1, categories: 9 });
    for (const growth of ["depth", "leaf"] as const) {
      const options = {
        dataset,
        growth,
        rounds: 4,
        maxDepth: growth === "leaf" ? 0 : 9,
        categorical: ["kind"],
      };
      const leaves = growth === "leaf" ? { maxLeaves: 200 } : {};
      const { settings } = checkOptions({ ...options, ...leaves });
      const { data } = await prepareRows(dataset, settings);
      const results = [1, 2 ** 28].map((bytes) => {
        const memory = createMemory(data, settings, bytes);
        expect(memory.slots === 8).toBe(bytes === 1);
        const rounds = boost(memory, settings, createTeam(memory, settings, 0), () => {});
        for (;;) {
          const step = rounds.next();
          if (step.done) return { trees: step.value.trees.map(leavesOf), loss: step.value.loss };
        }
      });
      expect(results[0]).toEqual(results[1]);
    }
  });

  test("sums in training what prediction sums", async () => {
    const dataset = madeDataset({ rows: 2000, missing: 0.2, categories: 20 });
    const model = await trainTrees({
      dataset,
      rounds: 50,
      categorical: ["kind"],
      workers: 0,
      subsample: 0.5,
    });
    const { loss, metrics, bestRound } = model.report;
    expect(metrics.validation!.logLoss).toBeCloseTo(loss.validation[bestRound - 1]!, 6);
    expect(metrics.train.logLoss).toBeCloseTo(loss.train[bestRound - 1]!, 6);
  });

  test("learns a step exactly", async () => {
    const x = Float64Array.from({ length: 101 }, (_, i) => (i - 50) / 7);
    const dataset = datasetOf(
      { x },
      x.map((value) => (value < 1 ? -2 : 3)),
    );
    const model = await trainTrees({ dataset, ...stump });
    const [p] = await model.predict([x]);
    p!.forEach((value, i) => {
      expect(value).toBeCloseTo(dataset.target[i]!, 5);
    });
    const { threshold } = model.ensemble.trees[0]!;
    expect(threshold[0]).toBeGreaterThan(Math.max(...x.filter((value) => value < 1)));
    expect(threshold[0]).toBeLessThanOrEqual(Math.min(...x.filter((value) => value >= 1)));
  });

  test("grown by leaves without a limit is grown by depth", () =>
    fc.assert(
      fc.asyncProperty(anyOptions, async ({ objective, growth: _, ...options }) => {
        const dataset = madeDataset({ rows: 400, seed: options.seed, objective, missing: 0.1, group: 4 });
        const shared = { ...options, dataset, objective, rounds: 5, maxDepth: 4, workers: 0 } as const;
        const deep = await trainTrees({ ...shared, growth: "depth" });
        const wide = await trainTrees({ ...shared, growth: "leaf", maxLeaves: 16 });
        expect(await wide.predict(dataset.columns)).toEqual(await deep.predict(dataset.columns));
      }),
      { numRuns: 15 },
    ));

  // Not with classes: their first gradients are but two numbers, and splits of equal gain abound.
  test("takes a row of weight w as w rows", () =>
    fc.assert(
      fc.asyncProperty(fc.nat(1e6), fc.constantFrom("regression", "quantile"), async (seed, objective) => {
        const dataset = madeDataset({ rows: 150, seed, objective, missing: 0.1 });
        const rng = createRng(seed, 9);
        const weight = dataset.weight.map(() => 1 + rng.nextInt(3));
        const repeat = (values: Float64Array) =>
          Float64Array.from([...values].flatMap((value, i) => Array<number>(weight[i]!).fill(value)));
        const columns = Object.fromEntries(
          dataset.names.map((name, f) => [name, repeat(dataset.columns[f]!)]),
        );
        const repeated = datasetOf(columns, repeat(dataset.target), { classes: dataset.classes });
        const options = { objective, rounds: 4, maxDepth: 3, validation: 0, workers: 0 } as const;
        const [p] = await (await trainTrees({ dataset: { ...dataset, weight }, ...options })).predict(
          dataset.columns,
        );
        const [q] = await (await trainTrees({ dataset: repeated, ...options })).predict(dataset.columns);
        p!.forEach((value, i) => {
          expect(value).toBeCloseTo(q![i]!, 4);
        });
      }),
      { numRuns: 20 },
    ));

  test("finds the split that trying all of them finds", () =>
    fc.assert(
      fc.asyncProperty(
        fc.nat(1e6),
        fc.integer({ min: 2, max: 25 }),
        fc.constantFrom(0, 0.3),
        fc.constantFrom(0, 1),
        async (seed, rows, missing, lambda) => {
          const rng = createRng(seed);
          const column = () =>
            Float64Array.from({ length: rows }, () => (rng.next() < missing ? NaN : rng.nextInt(6)));
          const columns = { a: column(), b: column(), kind: column() };
          const target = Float64Array.from({ length: rows }, () => rng.nextNormal());
          const dataset = datasetOf(columns, target);
          const model = await trainTrees({ dataset, ...stump, lambda, categorical: ["kind"] });
          const base = model.ensemble.base[0]!;
          const score = (isIn: (i: number) => boolean) => {
            const own = [...target].filter((_, i) => isIn(i)).map((y) => y - base);
            const sum = own.reduce((a, b) => a + b, 0);
            return own.length === 0 ? 0 : sum ** 2 / (own.length + lambda);
          };
          let best = 0;
          const tryLeft = (isLeft: (i: number) => boolean) => {
            const both = [...target.keys()].map(isLeft);
            if (both.every((each) => each === both[0])) return;
            best = Math.max(best, score(isLeft) + score((i) => !isLeft(i)) - score(() => true));
          };
          for (const values of [columns.a, columns.b])
            for (let t = 0; t <= 6; t++)
              for (const missingLeft of [true, false])
                tryLeft((i) => (Number.isNaN(values[i]!) ? missingLeft : values[i]! < t));
          // All sets of six categories; without penalty the sorted search is exact.
          if (lambda === 0)
            for (let set = 0; set < 64; set++)
              for (const missingLeft of [true, false])
                tryLeft((i) =>
                  Number.isNaN(columns.kind[i]!) ? missingLeft : ((set >> columns.kind[i]!) & 1) === 1,
                );
          const { gain, feature } = model.ensemble.trees[0]!;
          if (lambda === 0) expect(gain[0]).toBeCloseTo(best, 4);
          else expect(gain[0]!).toBeGreaterThanOrEqual(best - 1e-4);
          // What the model does is worth what it says.
          const [p] = await model.predict(dataset.columns);
          if (feature[0]! >= 0) {
            const sides = [...new Set(p)];
            const own =
              sides.reduce((sum, side) => sum + score((i) => p![i] === side), 0) - score(() => true);
            expect(own).toBeCloseTo(gain[0]!, 4);
          }
        },
      ),
      { numRuns: 150 },
    ));

  test("sends a missing value where the rows without one belong", async () => {
    const x = Float64Array.from({ length: 90 }, (_, i) => (i % 3 === 0 ? NaN : i % 3));
    for (const like of [1, 2]) {
      const target = x.map((value) => (Number.isNaN(value) ? like : value));
      const model = await trainTrees({ dataset: datasetOf({ x }, target), ...stump });
      const [p] = await model.predict([Float64Array.of(NaN, 1, 2)]);
      expect(p![0]).toBe(p![like]);
      expect(p![1]).not.toBe(p![2]);
    }
  });

  test("covers the share that a quantile says", async () => {
    const dataset = madeDataset({ rows: 4000, objective: "quantile" });
    for (const quantile of [0.1, 0.5, 0.9]) {
      const model = await trainTrees({ dataset, objective: "quantile", quantile, rounds: 60, workers: 0 });
      expect(model.outputs).toEqual([`q${quantile}`]);
      expect(model.report.metrics.validation!.coverage).toBeGreaterThan(quantile - 0.08);
      expect(model.report.metrics.validation!.coverage).toBeLessThan(quantile + 0.08);
    }
  });

  test("weighs classes", async () => {
    const dataset = madeDataset({ rows: 600 });
    const rare = { ...dataset, target: dataset.target.map((y, i) => (y === 1 && i % 10 === 0 ? 1 : 0)) };
    const mean = async (classWeights: NonNullable<TreeOptions["classWeights"]>) => {
      const model = await trainTrees({ dataset: rare, classWeights, rounds: 20, validation: 0, workers: 0 });
      const [p] = await model.predict(rare.columns);
      return p!.reduce((sum, each) => sum + each / p!.length, 0);
    };
    expect(await mean("balanced")).toBeGreaterThan(2 * (await mean([1, 1])));
    expect(await mean([1, 0.2])).toBeLessThan(await mean([1, 1]));
  });
});

/** A tree without the numbers of its nodes, which say in which order they were made. */
function leavesOf(tree: {
  feature: Int32Array;
  left: Int32Array;
  right: Int32Array;
  value: Float32Array;
  threshold: Float32Array;
}) {
  const visit = (node: number): unknown =>
    tree.feature[node]! < 0
      ? tree.value[node]
      : [tree.feature[node], tree.threshold[node], visit(tree.left[node]!), visit(tree.right[node]!)];
  return visit(0);
}

describe("cuts", () => {
  test("a value is below a cut exactly when its bin is", () =>
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 2, max: 255 }),
        fc.boolean(),
        (list, bins, isWeighted) => {
          const values = Float32Array.from(list).sort();
          const weights = isWeighted ? Float64Array.from(values, (_, i) => 1 + (i % 5)) : undefined;
          const cuts = cutsFromSorted(values, weights, bins);
          expect(cuts.length).toBeLessThan(bins);
          expect(cuts.every((cut, b) => b === 0 || cut > cuts[b - 1]!)).toBe(true);
          for (const x of values) {
            const bin = binOf(cuts, x);
            cuts.forEach((cut, b) => {
              expect(x < cut).toBe(bin <= b);
            });
          }
          const distinct = new Set(values.map((x) => x + 0)).size;
          if (distinct <= bins) expect(cuts.length).toBe(distinct - 1);
        },
      ),
    ));

  test("even out what they hold", () => {
    const rng = createRng(1);
    const values = Float32Array.from({ length: 10_000 }, () => rng.nextNormal()).sort();
    const counts = new Float64Array(50);
    const cuts = cutsFromSorted(values, undefined, 50);
    for (const x of values) counts[binOf(cuts, x)]!++;
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(190);
    expect(Math.max(...counts)).toBeLessThanOrEqual(210);
  });
});

test("a weighted quantile is the quantile of the rows written out", () =>
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: 1, max: 4 })), { minLength: 1 }),
      fc.integer({ min: 1, max: 99 }),
      (pairs, percent) => {
        const values = Float64Array.from(pairs, ([value]) => value);
        const weights = Float64Array.from(pairs, ([, weight]) => weight);
        const all = Float64Array.from(pairs.flatMap(([value, weight]) => Array<number>(weight).fill(value)));
        const plain = weightedQuantile(all.slice(), undefined, percent / 100);
        expect(weightedQuantile(values, weights, percent / 100)).toBe(plain);
        // The first value up to which the share lies.
        const upTo = all.filter((x) => x <= plain).length;
        const below = all.filter((x) => x < plain).length;
        expect(100 * upTo).toBeGreaterThanOrEqual(percent * all.length - 1e-6);
        expect(100 * below).toBeLessThan(percent * all.length + 1e-6);
      },
    ),
  ));
