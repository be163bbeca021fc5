import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng } from "#core";
import { buildSeeded } from "../../../../lib/ml/net/initial.ts";
import { ownLayers } from "../../../../lib/ml/net/layers.ts";
import { lossOf, meanLoss } from "../../../../lib/ml/net/losses.ts";
import type { EndKind, Objective } from "../../../../lib/ml/net/objective.ts";
import { newState, type OptimizerSpec, takeStep } from "../../../../lib/ml/net/optimizer.ts";
import { newPlateau, rateAt, type Schedule, watchPlateau } from "../../../../lib/ml/net/schedule.ts";

const LOSSES: [Objective, EndKind, number][] = [
  [{ kind: "binary" }, "logits", 2],
  [{ kind: "binary" }, "own", 2],
  [{ kind: "multiclass", classes: 4 }, "logits", 4],
  [{ kind: "multiclass", classes: 3 }, "own", 3],
  [{ kind: "regression" }, "own", 0],
  [{ kind: "quantile", quantiles: [0.1, 0.5, 0.9] }, "own", 0],
  [{ kind: "reconstruction" }, "own", 0],
];

describe("losses", () => {
  test.each(LOSSES)("%o from %s: the slope is that of the value", (objective, end, classes) => {
    const loss = lossOf(objective, end);
    const isChance = end === "own" && classes > 0;
    const number = isChance
      ? fc.double({ min: 0.05, max: 0.95, noNaN: true })
      : fc.double({ min: -4, max: 4, noNaN: true });
    const target = classes > 0 ? fc.nat({ max: classes - 1 }) : fc.double({ min: -4, max: 4, noNaN: true });
    fc.assert(
      fc.property(fc.array(number, { minLength: loss.width, maxLength: loss.width }), target, (z, y) => {
        const at = Float32Array.from(z);
        const slopes = new Float32Array(loss.width);
        loss.slope(at, 0, y, 1, slopes);
        for (let k = 0; k < loss.width; k++) {
          // Not where a pinball has its corner.
          fc.pre(objective.kind !== "quantile" || Math.abs(at[k]! - y) > 1e-2);
          const [up, down] = [1e-3, -1e-3].map((step) => {
            const moved = Float32Array.from(at);
            moved[k]! += step;
            return { x: moved[k]!, value: loss.value(moved, 0, y) };
          });
          const measured = (up!.value - down!.value) / (up!.x - down!.x);
          expect(Math.abs(measured - slopes[k]!)).toBeLessThan(1e-3 + 1e-3 * Math.abs(slopes[k]!));
        }
      }),
    );
  });

  test("stay finite at logits that float32 can hold", () => {
    for (const [objective, end] of LOSSES.filter(([, kind]) => kind === "logits")) {
      const loss = lossOf(objective, end);
      for (const z of [1e30, -1e30, 88, -104]) {
        const value = loss.value(
          new Float32Array(loss.width).fill(z).map((x, i) => (i === 0 ? x : 0)),
          0,
          0,
        );
        expect(Number.isFinite(value)).toBe(true);
        expect(value).toBeGreaterThanOrEqual(0);
      }
    }
  });

  test("weigh rows", () => {
    const loss = lossOf({ kind: "regression" }, "own");
    const z = Float32Array.of(1, 2, 2);
    const twice = meanLoss(loss, z, Float64Array.of(0, 0, 0), undefined);
    expect(meanLoss(loss, z.subarray(0, 2), Float64Array.of(0, 0), Float64Array.of(1, 2))).toBe(twice);
  });
});

describe("optimizers", () => {
  const rng = createRng(4);
  const draw = (n: number) => Float32Array.from({ length: n }, () => rng.nextNormal());
  const STOCK: [OptimizerSpec, () => tf.Optimizer][] = [
    [{ kind: "adam", beta1: 0.9, beta2: 0.999 }, () => tf.train.adam(0.01)],
    [{ kind: "sgd", momentum: 0, nesterov: false }, () => tf.train.sgd(0.01)],
    [{ kind: "sgd", momentum: 0.9, nesterov: false }, () => tf.train.momentum(0.01, 0.9)],
    [{ kind: "sgd", momentum: 0.9, nesterov: true }, () => tf.train.momentum(0.01, 0.9, true)],
    [{ kind: "rmsprop", decay: 0.9 }, () => tf.train.rmsprop(0.01, 0.9, 0, 1e-14)],
  ];

  test.each(STOCK)("%o steps as tfjs's does", async (spec, stock) => {
    await tf.setBackend("cpu");
    const weights = [draw(5), draw(3)];
    const variables = weights.map((each) => tf.variable(tf.tensor1d(each.slice())));
    const state = newState(spec.kind, [5, 3]);
    const optimizer = stock();
    for (let step = 0; step < 20; step++) {
      const slopes = [draw(5), draw(3)];
      takeStep(spec, state, 0.01, weights, slopes, { decays: [0, 0], clipNorm: Number.POSITIVE_INFINITY });
      optimizer.applyGradients(
        variables.map(({ name }, k) => ({ name, tensor: tf.tensor1d(slopes[k]!.slice()) })),
      );
    }
    weights.forEach((each, k) => {
      const theirs = variables[k]!.dataSync();
      each.forEach((w, i) => {
        expect(Math.abs(w - theirs[i]!)).toBeLessThan(2e-5);
      });
    });
    optimizer.dispose();
    tf.disposeVariables();
  });

  test("decay shrinks what has no slope, apart in adamw, and clipping bounds a step", () => {
    const none = { decays: [0.1], clipNorm: Number.POSITIVE_INFINITY };
    const w = [Float32Array.of(1)];
    takeStep(
      { kind: "adamw", beta1: 0.9, beta2: 0.999 },
      newState("adamw", [1]),
      0.5,
      w,
      [Float32Array.of(0)],
      none,
    );
    expect(w[0]![0]).toBeCloseTo(0.95, 6);
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true, min: -1e3, max: 1e3 }), { minLength: 2, maxLength: 9 }),
        (g) => {
          const moved = [new Float32Array(g.length)];
          const spec = { kind: "sgd", momentum: 0, nesterov: false } as const;
          takeStep(spec, newState("sgd", [g.length]), 1, moved, [Float32Array.from(g)], {
            decays: [0],
            clipNorm: 2,
          });
          expect(Math.hypot(...moved[0]!)).toBeLessThanOrEqual(2 + 1e-5);
        },
      ),
    );
  });
});

describe("schedules", () => {
  const at = (schedule: Schedule, step: number, plateau = newPlateau()) =>
    rateAt(schedule, { step, steps: 100, perEpoch: 10 }, plateau);

  test("go where they should", () => {
    expect(at({ kind: "constant", rate: 0.1 }, 77)).toBe(0.1);
    const cosine = { kind: "cosine", rate: 0.1, least: 0.01 } as const;
    expect([at(cosine, 0), at(cosine, 50), at(cosine, 100)]).toEqual([0.1, expect.closeTo(0.055, 12), 0.01]);
    const warm = { kind: "warmup-cosine", rate: 0.1, warmup: 2 } as const;
    expect(at(warm, 0)).toBeCloseTo(0.005, 12);
    expect(at(warm, 19)).toBeCloseTo(0.1, 12);
    expect(at(warm, 20)).toBeCloseTo(0.1, 12);
    expect(at(warm, 100)).toBeCloseTo(0, 12);
    const step = { kind: "step", rate: 0.1, every: 3, factor: 0.5 } as const;
    expect([29, 30, 60].map((each) => at(step, each))).toEqual([0.1, 0.05, 0.025]);
  });

  test("a plateau cuts after as many epochs as it waits, and no further than its least", () => {
    const schedule = { kind: "plateau", rate: 0.1, patience: 2, factor: 0.1, least: 0.005 } as const;
    const state = newPlateau();
    const rates = [5, 4, 4, 4, 4, 4, 3].map((loss) => {
      watchPlateau(schedule, state, loss);
      return at(schedule, 0, state);
    });
    expect(rates.map((rate) => Number(rate.toFixed(6)))).toEqual([0.1, 0.1, 0.1, 0.01, 0.01, 0.005, 0.005]);
  });
});

describe("initial weights", () => {
  test("are drawn from the seed whatever the class, and have its shape", async () => {
    await tf.setBackend("cpu");
    ownLayers(tf);
    const drawn = (seed: number) => {
      const out: Record<string, Float32Array> = {};
      buildSeeded(tf, createRng(seed), () => {
        const { initializers } = tf;
        const all = {
          orthogonalTall: [initializers.orthogonal({ gain: 2 }), [9, 4]],
          orthogonalWide: [initializers.orthogonal({ gain: 1 }), [3, 8]],
          glorotUniform: [initializers.glorotUniform({}), [30, 50]],
          heNormal: [initializers.heNormal({}), [100, 100]],
          truncated: [initializers.truncatedNormal({ mean: 1, stddev: 0.1 }), [40, 40]],
          uniform: [initializers.randomUniform({ minval: 2, maxval: 3 }), [50]],
          seeded: [initializers.glorotUniform({ seed: 7 }), [3, 3]],
        } as const;
        for (const [name, [initializer, shape]] of Object.entries(all))
          out[name] = initializer.apply([...shape], "float32").dataSync() as Float32Array;
        return undefined as never;
      });
      return out;
    };
    const first = drawn(1);
    expect(drawn(1)).toEqual(first);
    const other = drawn(2);
    expect(other.seeded).toEqual(first.seeded);
    for (const name of Object.keys(first))
      if (name !== "seeded") expect(other[name]).not.toEqual(first[name]);
    const gram = (w: Float32Array, rows: number, columns: number, byColumn: boolean) => {
      const vectors = byColumn
        ? Array.from({ length: columns }, (_, c) =>
            Array.from({ length: rows }, (_, r) => w[r * columns + c]!),
          )
        : Array.from({ length: rows }, (_, r) => [...w.subarray(r * columns, (r + 1) * columns)]);
      return vectors.map((a) => vectors.map((b) => a.reduce((sum, x, i) => sum + x * b[i]!, 0)));
    };
    const near = (table: number[][], diagonal: number) =>
      table.forEach((row, i) => {
        row.forEach((x, j) => {
          expect(x).toBeCloseTo(i === j ? diagonal : 0, 5);
        });
      });
    near(gram(first.orthogonalTall!, 9, 4, true), 4);
    near(gram(first.orthogonalWide!, 3, 8, false), 1);
    const limit = Math.sqrt(6 / 80);
    expect(Math.max(...first.glorotUniform!.map(Math.abs))).toBeLessThanOrEqual(limit);
    const mean = first.heNormal!.reduce((sum, x) => sum + x * x, 0) / 1e4;
    // A truncated normal has a variance of 0.774.
    expect(mean / 0.02).toBeCloseTo(0.774, 1);
    expect(Math.max(...first.truncated!.map((x) => Math.abs(x - 1)))).toBeLessThanOrEqual(0.2 + 1e-6);
    expect(first.uniform!.every((x) => x >= 2 && x < 3)).toBe(true);
  });
});
