import * as tf from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { createRng, decodeValue, encodeValue, type Progress } from "#core";
import { splitInTime, subset } from "../../../../lib/ml/dataset/dataset.ts";
import { mlp } from "../../../../lib/ml/net/architectures.ts";
import { runJob } from "../../../../lib/ml/net/job.ts";
import { createNet } from "../../../../lib/ml/net/net.ts";
import { checkOptions, type TrainOptions } from "../../../../lib/ml/net/options.ts";
import { prepare, trainNet } from "../../../../lib/ml/net/train.ts";
import { datasetOf, noise, twoClasses } from "./datasets.ts";
import { BACKENDS, codeOf, hasNative, numbersOf, quick } from "./training.ts";

describe.each(BACKENDS)("trainNet on %s", (backend) => {
  test("learns, reports, and predicts by the weights it kept", async () => {
    const net = await trainNet({ ...quick, backend });
    const { report } = net;
    expect(report).toMatchObject({ backend, seed: 1, summary: "mlp 2-16-16-1", weights: 337, purged: 1 });
    expect(report.metrics.train.rows).toBe(319);
    expect(report.metrics.validation?.rows).toBe(80);
    expect(report.metrics.validation?.auc).toBeGreaterThan(0.85);
    expect(report.loss.train).toHaveLength(report.epochs);
    expect(report.loss.validation[report.bestEpoch - 1]).toBe(Math.min(...report.loss.validation));
    expect(report.metrics.validation?.logLoss).toBeCloseTo(Math.min(...report.loss.validation), 9);
    const before = tf.memory().numTensors;
    const [p] = await net.predict(quick.dataset.columns);
    expect(tf.memory().numTensors).toBe(before);
    const held = [...p!.subarray(320)].map(
      (each, i) => -Math.log(quick.dataset.target[320 + i] === 1 ? each : 1 - each),
    );
    expect(held.reduce((sum, each) => sum + each, 0) / 80).toBeCloseTo(
      report.metrics.validation!.logLoss!,
      5,
    );
  });

  test("gives the same net for a seed, in a thread or here, and another for another", async () => {
    const options = { ...quick, backend, model: mlp({ dropout: 0.3 }), epochs: 3 };
    const first = await trainNet(options);
    const second = await trainNet(options);
    expect(numbersOf(second)).toEqual(numbersOf(first));
    expect(second.report).toEqual(first.report);
    const { job } = await prepare(checkOptions(options));
    const here = await runJob(job, () => {});
    expect(Object.values(here.result.numbers).flat()).toEqual(numbersOf(first));
    expect(here.leaked).toBe(0);
    expect(numbersOf(await trainNet({ ...options, seed: 2 }))).not.toEqual(numbersOf(first));
  });
});

describe("trainNet", () => {
  test("starts with the same weights on every backend and ends close", async () => {
    const [first, ...others] = await Promise.all(BACKENDS.map((backend) => trainNet({ ...quick, backend })));
    const weights = numbersOf(first!).flatMap((each) => [...each]);
    for (const other of others) {
      numbersOf(other)
        .flatMap((each) => [...each])
        .forEach((weight, i) => {
          expect(weight).toBeCloseTo(weights[i]!, 2);
        });
    }
  });

  test("takes native TensorFlow where it is installed, else wasm, and a network of one predicts on the other", async () => {
    const { report, predict, ...parts } = await trainNet({ ...quick, epochs: 2 });
    expect(report.backend).toBe(hasNative ? "node" : "wasm");
    const from = (backend: "node" | "wasm") => createNet({ ...parts, report: { ...report, backend } });
    const [here] = await from("wasm").predict(quick.dataset.columns);
    const [there] = await from("node").predict(quick.dataset.columns);
    here!.forEach((p, i) => {
      expect(there![i]).toBeCloseTo(p, 6);
    });
  });

  test("gives the same nets at the same time as one after the other, and the caller's thread stays free", async () => {
    const options = [1, 2, 3].map((seed) => ({ ...quick, epochs: 3, seed }));
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const together = await Promise.all(options.map(trainNet));
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(3);
    for (const [i, each] of options.entries())
      expect(numbersOf(together[i]!)).toEqual(numbersOf(await trainNet(each)));
  });

  test("is plain data but for predict", async () => {
    const { predict, ...parts } = await trainNet({ ...quick, epochs: 2 });
    const again = createNet(structuredClone(decodeValue(encodeValue(parts))) as unknown as typeof parts);
    expect(await again.predict(quick.dataset.columns)).toEqual(await predict(quick.dataset.columns));
  });

  test("stops when the validation loss has not fallen for `patience` epochs", async () => {
    const dataset = twoClasses(300);
    const rng = createRng(9);
    const noisy = { ...dataset, target: dataset.target.map(() => rng.nextInt(2)) };
    const { report } = await trainNet({ dataset: noisy, epochs: 100, learningRate: 0.02, patience: 3 });
    expect(report.epochs).toBe(report.bestEpoch + 3);
    expect(report.epochs).toBeLessThan(100);
    const strict = await trainNet({ dataset: noisy, epochs: 100, patience: 2, minDelta: 10 });
    expect(strict.report).toMatchObject({ epochs: 3, bestEpoch: 1 });
  });

  test("learns without validation rows and without hidden layers", async () => {
    const { report } = await trainNet({
      ...quick,
      validation: 0,
      model: mlp({ hidden: [] }),
      learningRate: 0.1,
    });
    expect(report.metrics.validation).toBeUndefined();
    expect(report.loss.validation).toEqual([]);
    expect(report).toMatchObject({ bestEpoch: 8, summary: "mlp 2-1", weights: 3 });
    expect(report.metrics.train.auc).toBeGreaterThan(0.85);
  });

  test("fits the scaling on the training rows alone", async () => {
    const { dataset } = quick;
    const changed = {
      ...dataset,
      columns: dataset.columns.map((column) => column.map((x, i) => (i < 320 ? x : 99 * x))),
    };
    const { scaling } = await trainNet({ dataset, epochs: 1 });
    expect((await trainNet({ dataset: changed, epochs: 1 })).scaling).toEqual(scaling);
    const raw = await trainNet({ dataset, epochs: 1, scale: false });
    expect([...raw.scaling.mean, ...raw.scaling.scale]).toEqual([0, 0, 1, 1]);
  });

  test("validates on rows of their own", async () => {
    const { dataset } = quick;
    const parts = splitInTime(dataset, 0.2);
    const options = {
      ...quick,
      dataset: subset(dataset, parts.train),
      validation: subset(dataset, parts.validation),
    };
    const [own, share] = [await trainNet(options), await trainNet(quick)];
    expect(numbersOf(own)).toEqual(numbersOf(share));
    expect(own.report.loss).toEqual(share.report.loss);
    const other = { ...dataset, ids: ["x", "y"] };
    expect(await codeOf(() => trainNet({ ...options, validation: other }))).toBe("ml.bad-option");
  });

  test("predicts NaN for a row that is not finite, and the others as before", async () => {
    const net = await trainNet({ ...quick, epochs: 1 });
    const [p] = await net.predict([Float64Array.of(50, NaN, 50, 51), Float64Array.of(0, 0, Infinity, 1)]);
    expect([...p!].map(Number.isNaN)).toEqual([false, true, true, false]);
    const [clean] = await net.predict([Float64Array.of(50, 51), Float64Array.of(0, 1)]);
    expect([p![0], p![3]]).toEqual([...clean!]);
    expect(await net.predict([new Float64Array(0), new Float64Array(0)])).toEqual([new Float64Array(0)]);
    expect(await codeOf(() => net.predict([new Float64Array(1)]))).toBe("ml.ragged-rows");
    expect(await codeOf(() => net.predict([new Float64Array(1), new Float64Array(2)]))).toBe(
      "ml.ragged-rows",
    );
  });

  test("fills missing values, or refuses them", async () => {
    const { dataset } = quick;
    const holes = {
      ...dataset,
      columns: dataset.columns.map((column, j) =>
        column.map((x, i) => (j === 1 && i % 5 === 0 ? Number.NaN : x)),
      ),
    };
    expect(await codeOf(() => trainNet({ ...quick, dataset: holes }))).toBe("ml.missing-value");
    const net = await trainNet({ ...quick, dataset: holes, fill: "median" });
    expect(net.required).toEqual([false, false]);
    const [p] = await net.predict([
      Float64Array.of(50, 50),
      Float64Array.of(Number.NaN, net.scaling.fill[1]!),
    ]);
    expect(p![0]).toBe(p![1]);
    expect(net.report.metrics.validation?.auc).toBeGreaterThan(0.85);
  });

  test("a weight of 2 is a row twice, and class weights are weights", async () => {
    const dataset = twoClasses(60);
    const twice = Uint32Array.from({ length: 90 }, (_, i) => (i < 60 ? i : i - 60));
    const full = {
      epochs: 5,
      batchSize: 4096,
      validation: 0,
      model: mlp({ hidden: [4] }),
      learningRate: 0.05,
    } as const;
    const weight = dataset.weight.map((_, i) => (i < 30 ? 2 : 1));
    const [weighed, doubled] = [
      await trainNet({ ...full, dataset: { ...dataset, weight } }),
      await trainNet({ ...full, dataset: subset(dataset, twice), scale: true }),
    ];
    // Scaling counts rows, not weights, so compare unscaled.
    const raw = { ...full, scale: false, learningRate: 0.01 } as const;
    const [a, b] = [
      await trainNet({ ...raw, dataset: { ...dataset, weight } }),
      await trainNet({ ...raw, dataset: subset(dataset, twice) }),
    ];
    const others = numbersOf(b).flatMap((each) => [...each]);
    numbersOf(a)
      .flatMap((each) => [...each])
      .forEach((w, i) => {
        expect(w).toBeCloseTo(others[i]!, 4);
      });
    expect(weighed.report.epochs).toBe(doubled.report.epochs);
    const byClass = await trainNet({ ...raw, dataset, classWeights: [1, 3] });
    const byRow = await trainNet({
      ...raw,
      dataset: { ...dataset, weight: dataset.target.map((y) => (y === 1 ? 3 : 1)) },
    });
    expect(numbersOf(byClass)).toEqual(numbersOf(byRow));
  });

  test("balanced classes: a rare class is called as often as it would be in equal numbers", async () => {
    const dataset = twoClasses(600);
    const rare = { ...dataset, target: dataset.columns[0]!.map((x) => (x > 63 ? 1 : 0)) };
    const mean = async (options: Partial<TrainOptions>) => {
      const net = await trainNet({
        dataset: rare,
        epochs: 1,
        validation: 0,
        batchSize: 600,
        learningRate: 1e-9,
        ...options,
      });
      return net.report.loss.train[0]!;
    };
    const ones = rare.target.reduce((sum, y) => sum + y, 0);
    expect(ones).toBeLessThan(100);
    // At the start all chances are alike: the balanced loss is that of both classes in equal parts.
    const [p] = await (
      await trainNet({ dataset: rare, epochs: 1, validation: 0, batchSize: 600, learningRate: 1e-9 })
    ).predict(rare.columns);
    const byClass = [0, 1].map((y) => {
      const losses = [...p!]
        .filter((_, i) => rare.target[i] === y)
        .map((each) => -Math.log(y === 1 ? each : 1 - each));
      return losses.reduce((sum, each) => sum + each, 0) / losses.length;
    });
    expect(await mean({ classWeights: "balanced" })).toBeCloseTo((byClass[0]! + byClass[1]!) / 2, 4);
  });

  test("learning rates follow their schedule", async () => {
    const { report } = await trainNet({
      ...quick,
      learningRate: { kind: "step", rate: 0.01, every: 2, factor: 0.5 },
    });
    expect(report.learningRates).toEqual([0.01, 0.01, 0.005, 0.005, 0.0025, 0.0025, 0.00125, 0.00125]);
    const cosine = await trainNet({
      ...quick,
      learningRate: { kind: "warmup-cosine", rate: 0.01, warmup: 2 },
    });
    expect(cosine.report.learningRates[2]).toBeCloseTo(0.01, 12);
    expect(cosine.report.learningRates[0]).toBeLessThan(0.005);
  });

  test.each(["adamw", "rmsprop", { kind: "sgd", momentum: 0.9, nesterov: true }] as const)(
    "learns by %o",
    async (optimizer) => {
      const { report } = await trainNet({ ...quick, optimizer, epochs: 15, clipNorm: 1 });
      expect(report.metrics.validation?.auc).toBeGreaterThan(0.85);
    },
  );

  test("gives tfjs its backend back", async () => {
    await tf.setBackend("cpu");
    const net = await trainNet({ ...quick, epochs: 1, backend: "wasm" });
    expect(tf.getBackend()).toBe("cpu");
    await net.predict(quick.dataset.columns);
    expect(tf.getBackend()).toBe("cpu");
  });

  test("tells progress and epochs, and ends also after an error", async () => {
    const seen: number[] = [];
    const epochs: number[] = [];
    let ends = 0;
    const progress: Progress = { update: (done) => seen.push(done), end: () => ends++ };
    await trainNet({
      ...quick,
      epochs: 3,
      startProgress: () => progress,
      onEpoch: ({ epoch }) => epochs.push(epoch),
    });
    expect([seen, epochs, ends]).toEqual([[1, 2, 3], [1, 2, 3], 1]);
    const failing = trainNet({
      ...quick,
      epochs: 500,
      patience: 500,
      onEpoch: () => {
        throw new Error("no more");
      },
      startProgress: () => progress,
    });
    await expect(failing).rejects.toThrow("no more");
    expect(ends).toBe(2);
  });
});

describe("objectives", () => {
  test("several classes", async () => {
    const columns = noise(600, 2, 5);
    const target = columns[0]!.map((x) => (x < -0.5 ? 0 : x < 0.5 ? 1 : 2));
    const net = await trainNet({
      dataset: datasetOf(columns, target, { classes: 3 }),
      epochs: 25,
      learningRate: 0.02,
    });
    expect(net.outputs).toEqual(["p0", "p1", "p2"]);
    expect(net.report.metrics.validation?.accuracy).toBeGreaterThan(0.9);
    const p = await net.predict(columns);
    p[0]!.forEach((_, i) => {
      expect(p[0]![i]! + p[1]![i]! + p[2]![i]!).toBeCloseTo(1, 5);
    });
  });

  test("real numbers in their own units, however small or far from 0", async () => {
    const columns = noise(600, 2, 6);
    const target = columns[0]!.map((x, i) => 5 + 1e-3 * (x + 0.1 * columns[1]![i]!));
    const dataset = datasetOf(columns, target, { classes: 0 });
    const net = await trainNet({ dataset, epochs: 25, learningRate: 0.01 });
    expect(net.outputs).toEqual(["value"]);
    expect(net.report.metrics.validation?.r2).toBeGreaterThan(0.95);
    const [p] = await net.predict(columns);
    expect(Math.max(...p!.map((each, i) => Math.abs(each - target[i]!)))).toBeLessThan(2e-3);
  });

  test("quantiles cover their shares", async () => {
    const columns = noise(2000, 1, 7);
    const rng = createRng(2);
    const target = columns[0]!.map((x) => 0.01 * (x + rng.nextNormal()));
    const net = await trainNet({
      dataset: datasetOf(columns, target, { classes: 0 }),
      quantiles: [0.1, 0.9],
      model: mlp({ hidden: [8] }),
      epochs: 30,
      learningRate: 0.01,
    });
    expect(net.outputs).toEqual(["q0.1", "q0.9"]);
    const { validation } = net.report.metrics;
    expect(Math.abs(validation!["coverage0.1"]! - 0.1)).toBeLessThan(0.06);
    expect(Math.abs(validation!["coverage0.9"]! - 0.9)).toBeLessThan(0.06);
  });
});
