import { describe, expect, test } from "vitest";
import { createRng } from "#core";
import {
  autoencoder,
  gru,
  lstm,
  mlp,
  type NetBuilder,
  type NetSpec,
  tcn,
  transformer,
} from "../../../../lib/ml/net/architectures.ts";
import { runJob } from "../../../../lib/ml/net/job.ts";
import { checkOptions, type TrainOptions } from "../../../../lib/ml/net/options.ts";
import { prepare, trainNet } from "../../../../lib/ml/net/train.ts";
import { datasetOf, lagged, noise, twoClasses } from "./datasets.ts";
import { BACKENDS } from "./training.ts";

const SEQUENCES: [string, NetSpec, Partial<TrainOptions>][] = [
  ["mlp", mlp({ hidden: [16], batchNorm: true, dropout: 0.1 }), { epochs: 6 }],
  ["tcn", tcn({ filters: 8, kernelSize: 2, dilations: [1, 2], dropout: 0.05 }), { epochs: 6 }],
  ["transformer", transformer({ heads: 2, keyDim: 4, layers: 1, feedForward: 16 }), { epochs: 12 }],
  ["lstm", lstm({ units: 8 }), { epochs: 16, learningRate: 0.05 }],
  ["gru", gru({ units: [8, 4] }), { epochs: 16, learningRate: 0.05 }],
];

describe("sequences", () => {
  test.each(
    BACKENDS.filter((each) => each !== "cpu").flatMap((each) =>
      SEQUENCES.map((one) => [each, ...one] as const),
    ),
  )("on %s, %s learns what only a look back tells, and leaks nothing", async (backend, _, model, options) => {
    const dataset = lagged(1200, { window: 5 });
    const { job } = await prepare(checkOptions({ dataset, model, learningRate: 0.02, backend, ...options }));
    const { result, leaked } = await runJob(job, () => {});
    expect(leaked).toBe(0);
    expect(result.metrics.validation!.auc).toBeGreaterThan(0.95);
  });

  test("predict each row from its window alone, wherever it stands, and no row without a whole one", async () => {
    const dataset = lagged(300, { window: 5 });
    const net = await trainNet({ dataset, model: tcn({ filters: 4, dilations: [1] }), epochs: 1 });
    const columns = noise(40, 2, 11);
    const [p] = await net.predict(columns);
    expect([...p!].map(Number.isNaN)).toEqual(Array.from({ length: 40 }, (_, i) => i < 4));
    for (const i of [4, 17, 39]) {
      const [one] = await net.predict(columns.map((column) => column.slice(i - 4, i + 1)));
      expect(one![4]).toBeCloseTo(p![i]!, 6);
    }
    columns[1]![10] = Number.NaN;
    const [holed] = await net.predict(columns);
    expect([...holed!].flatMap((x, i) => (Number.isNaN(x) ? [i] : []))).toEqual([
      0, 1, 2, 3, 10, 11, 12, 13, 14,
    ]);
    // Native TensorFlow rounds a row by its place in the batch.
    if (net.report.backend === "wasm") expect(holed!.slice(15)).toEqual(p!.slice(15));
    holed!.slice(15).forEach((value, i) => {
      expect(value).toBeCloseTo(p![15 + i]!, 6);
    });
  });

  test("windows reach into the rows of their own series", async () => {
    const rng = createRng(3);
    const series = [0, 1].map(() => noise(200, 1, rng.nextInt(1e6))[0]!);
    const one = series.map((x) =>
      datasetOf(
        [x],
        x.map((_, i) => ((x[i - 2] ?? 0) > 0 ? 1 : 0)),
        { window: 3 },
      ),
    );
    const both = {
      ...one[0]!,
      length: one[0]!.length + one[1]!.length,
      columns: [Float64Array.from([...one[0]!.columns[0]!, ...one[1]!.columns[0]!])],
      target: Float64Array.from([...one[0]!.target, ...one[1]!.target]),
      weight: new Float64Array(396).fill(1),
      time: Float64Array.from({ length: 396 }, (_, i) => i * 864e5),
      labelEnd: Float64Array.from({ length: 396 }, (_, i) => (i + 1) * 864e5),
      source: series.map((x) => [x]),
      series: Uint32Array.from({ length: 396 }, (_, i) => (i < 198 ? 0 : 1)),
      place: Uint32Array.from([...one[0]!.place, ...one[1]!.place]),
    };
    const net = await trainNet({
      dataset: both,
      model: mlp({ hidden: [8] }),
      epochs: 20,
      learningRate: 0.02,
    });
    expect(net.report.metrics.validation!.auc).toBeGreaterThan(0.97);
    expect(net.sample[0]!.length).toBeLessThanOrEqual(200);
  });

  test("want a window", async () => {
    for (const model of [lstm(), gru(), tcn(), transformer()])
      await expect(trainNet({ dataset: twoClasses(50), model })).rejects.toMatchObject({
        code: "ml.bad-option",
      });
  });
});

test("an autoencoder tells how unlike the training rows a row is", async () => {
  const [a, b] = noise(800, 2, 4) as [Float64Array, Float64Array];
  // Three features of two numbers: the third follows from the others.
  const columns = [a, b, a.map((x, i) => x + b[i]!)];
  const dataset = datasetOf(columns, a.map(() => Number.NaN)); // biome-ignore format: no target
  const net = await trainNet({
    dataset,
    model: autoencoder({ hidden: [8], code: 2 }),
    epochs: 40,
    learningRate: 0.02,
    optimizer: "adam",
  });
  expect(net.outputs).toEqual(["error"]);
  expect(net.report.loss.validation.at(-1)).toBeLessThan(0.1);
  const [alike, odd] = [await net.predict(columns), await net.predict([a, b, a.map((x, i) => -x - b[i]!)])];
  const mean = (x: Float64Array) => x.reduce((sum, each) => sum + each, 0) / x.length;
  expect(mean(odd[0]!)).toBeGreaterThan(10 * mean(alike[0]!));
  expect(Math.min(...alike[0]!)).toBeGreaterThanOrEqual(0);
});

describe("stock layers of a user's model", () => {
  type Make = (
    l: Parameters<NetBuilder>[0]["layers"],
  ) => Parameters<Parameters<NetBuilder>[0]["sequential"]>[0];
  const first = { inputShape: [5, 2] as [number, number] };
  const BODIES: Record<string, Make> = {
    "Conv1D and pooling": (l) => ({
      layers: [
        l.conv1d({ ...first, filters: 4, kernelSize: 2, padding: "same", activation: "relu" }),
        l.maxPooling1d({ poolSize: 2 }),
      ],
    }),
    "every kind of noise": (l) => ({
      layers: [
        l.gaussianNoise({ ...first, stddev: 0.1 }),
        l.spatialDropout1d({ rate: 0.2 }),
        l.dense({ units: 4, activation: "selu" }),
        l.alphaDropout({ rate: 0.1 }),
        l.gaussianDropout({ rate: 0.1 }),
        l.timeDistributed({ layer: l.dropout({ rate: 0.1 }) }),
      ],
    }),
    "recurrent dropout": (l) => ({
      layers: [
        l.bidirectional({
          ...first,
          layer: l.lstm({ units: 3, recurrentDropout: 0.2, dropout: 0.1, returnSequences: true }) as never,
          mergeMode: "concat",
        }),
        l.gru({ units: 3, dropout: 0.2 }),
        l.repeatVector({ n: 1 }),
      ],
    }),
    "regularised, constrained and normalised": (l) => ({
      layers: [
        l.dense({ ...first, units: 3, kernelRegularizer: "l1l2", kernelConstraint: "unitNorm" }),
        l.batchNormalization(),
        l.layerNormalization(),
      ],
    }),
  };
  const builder =
    (make: Make): NetBuilder =>
    (tf) => {
      const model = tf.sequential(make(tf.layers));
      model.add(tf.layers.flatten());
      model.add(tf.layers.dense({ units: 1, activation: "sigmoid" }));
      return model;
    };

  test.each(Object.entries(BODIES))(
    "%s: the same twice, nothing leaks, in a thread as here",
    async (_, make) => {
      const options = {
        dataset: lagged(200, { window: 5 }),
        model: builder(make),
        epochs: 2,
        backend: "wasm",
      } as const;
      const { job } = await prepare(checkOptions(options));
      const here = await runJob(job, () => {});
      expect(here.leaked).toBe(0);
      expect((await runJob(job, () => {})).result).toEqual(here.result);
      const there = await trainNet(options);
      const numbers = Object.entries(there.graph.layers).map(([name, { weights }]) => [
        name,
        weights.map(({ values }) => values),
      ]);
      expect(Object.fromEntries(numbers)).toEqual(here.result.numbers);
      const start = Object.values(job.graph.layers).flatMap(({ weights }) =>
        weights.map(({ values }) => values),
      );
      expect(Object.values(here.result.numbers).flat()).not.toEqual(start);
    },
  );

  test("constraints hold, and moving averages move", async () => {
    const options = { dataset: lagged(200, { window: 5 }), epochs: 3 };
    const { graph } = await trainNet({
      ...options,
      model: builder(BODIES["regularised, constrained and normalised"]!),
    });
    const layers = Object.values(graph.layers);
    const [kernel] = layers.find(({ type }) => type === "Dense")!.weights;
    for (let c = 0; c < 3; c++)
      expect(Math.hypot(kernel!.values[c]!, kernel!.values[3 + c]!)).toBeCloseTo(1, 4);
    const [, , mean, variance] = layers.find(({ type }) => type === "BatchNormalization")!.weights;
    expect(mean!.values.some((x) => x !== 0)).toBe(true);
    expect(variance!.values.every((x) => x !== 1)).toBe(true);
  });

  test("dropout within an RNN layer's cells is refused by name", async () => {
    const model: NetBuilder = (tf, { features, outputs }) =>
      tf.sequential({
        layers: [
          tf.layers.rnn({ cell: tf.layers.gruCell({ units: 2, dropout: 0.1 }), inputShape: [5, features] }),
          tf.layers.dense({ units: outputs, activation: "sigmoid" }),
        ],
      });
    await expect(trainNet({ dataset: lagged(100, { window: 5 }), model, epochs: 1 })).rejects.toMatchObject({
      code: "ml.unsupported-layer",
    });
  });
});
