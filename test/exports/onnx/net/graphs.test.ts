/** Whole networks: two inputs, several outputs, merges, layers called more than once, sizes of real ones. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng, type Rng } from "../../../../lib/core/index.ts";
import { graphFromModel } from "../../../../lib/ml/net/convert.ts";
import { ownLayers } from "../../../../lib/ml/net/layers.ts";
import { layerOf } from "./cases.ts";
import {
  COUNTS,
  compare,
  normalRows,
  onnxFromGraph,
  openOnnx,
  randomWeights,
  rowsThatDiffer,
  tf,
} from "./harness.ts";

type Tensor = tf.SymbolicTensor;

const sizes = (tensor: Tensor) => (tensor.shape as number[]).slice(1);
const same = (a: Tensor, b: Tensor) => sizes(a).join() === sizes(b).join();
const pick = <T>(rng: Rng, list: readonly T[]): T => list[rng.nextInt(list.length)]!;

const ROW_LAYERS: readonly ((units: number) => tf.layers.Layer)[] = [
  (units) => tf.layers.dense({ units, activation: "relu" }),
  (units) => tf.layers.dense({ units, activation: "selu" }),
  () => tf.layers.batchNormalization(),
  () => tf.layers.layerNormalization(),
  () => tf.layers.dropout({ rate: 0.5 }),
  () => tf.layers.activation({ activation: "swish" }),
  (n) => tf.layers.repeatVector({ n }),
];

const WINDOW_LAYERS: readonly ((units: number) => tf.layers.Layer)[] = [
  (units) => tf.layers.lstm({ units, returnSequences: true }),
  (units) => tf.layers.gru({ units, returnSequences: units % 2 === 0, recurrentActivation: "sigmoid" }),
  (units) => tf.layers.simpleRNN({ units }),
  (units) => tf.layers.bidirectional({ layer: tf.layers.lstm({ units }) as never, mergeMode: "concat" }),
  (units) => tf.layers.conv1d({ filters: units, kernelSize: 3, padding: "same", activation: "relu" }),
  (units) => ownLayers(tf).multiHeadAttention({ heads: 2, keyDim: units }),
  () => ownLayers(tf).positionalEncoding(),
  () => ownLayers(tf).lastStep(),
  () => tf.layers.layerNormalization(),
  () => tf.layers.flatten(),
  () => tf.layers.globalAveragePooling1d({}),
  (units) => tf.layers.timeDistributed({ layer: tf.layers.dense({ units, activation: "gelu" as never }) }),
];

/** Grows a network from a row and a window by random layers, some of them called again. */
function randomModel(seed: number, steps: number): tf.LayersModel {
  const rng = createRng(seed);
  const inputs = [
    tf.input({ shape: [1 + rng.nextInt(6)] }),
    tf.input({ shape: [3 + rng.nextInt(4), 1 + rng.nextInt(4)] }),
  ];
  const pool: Tensor[] = [...inputs];
  const called: { layer: tf.layers.Layer; on: Tensor }[] = [];
  for (let i = 0; i < steps; i++) {
    const on = pick(rng, pool.slice(-4));
    const again = called.filter((one) => same(one.on, on) && one.on !== on);
    const mates = pool.filter((other) => other !== on && same(other, on));
    if (again.length > 0 && rng.next() < 0.5) pool.push(pick(rng, again).layer.apply(on) as Tensor);
    else if (mates.length > 0 && rng.next() < 0.6) {
      const merge = pick(rng, ["Add", "Multiply", "Average", "Maximum", "Concatenate"]);
      pool.push(layerOf({ className: merge, config: {} }).apply([on, pick(rng, mates)]) as Tensor);
    } else {
      const layer = pick(rng, sizes(on).length === 1 ? ROW_LAYERS : WINDOW_LAYERS)(1 + rng.nextInt(7));
      called.push({ layer, on });
      pool.push(layer.apply(on) as Tensor);
    }
  }
  // Both inputs are needed for the last output.
  const rows = pool
    .slice(-2)
    .map((each) => (sizes(each).length === 1 ? each : (tf.layers.flatten().apply(each) as Tensor)));
  const ends = [inputs[0]!, tf.layers.flatten().apply(inputs[1]!) as Tensor, ...rows];
  const joined = tf.layers.concatenate().apply(ends) as Tensor;
  const out = tf.layers.dense({ units: 2, activation: "softmax" }).apply(joined) as Tensor;
  return tf.model({ inputs, outputs: [out, ...rows.filter((each) => !inputs.includes(each)).slice(0, 1)] });
}

test("random networks predict what tfjs predicts, alone and in any batch", { timeout: 60_000 }, () =>
  fc.assert(
    fc.asyncProperty(fc.nat(1e6), fc.integer({ min: 1, max: 9 }), async (seed, steps) => {
      const { random, edge, differing } = await compare(randomModel(seed, steps), seed);
      expect(random).toBeLessThanOrEqual(1);
      expect(edge).toBeLessThanOrEqual(1);
      expect(differing).toEqual([]);
    }),
    { numRuns: Number(process.env.RUNS ?? 25) },
  ),
);

const row = (units: number, activation: string) =>
  tf.layers.dense({ units, activation: activation as "relu", inputShape: [32] });
// Random weights follow; tfjs takes seconds to draw orthogonal ones.
const plain = { recurrentInitializer: "zeros" } as const;
const models: Readonly<Record<string, () => tf.layers.Layer[]>> = {
  "32-64-64-1": () => [
    row(64, "relu"),
    tf.layers.dense({ units: 64, activation: "elu" }),
    tf.layers.dense({ units: 1, activation: "sigmoid" }),
  ],
  "32-257-31-3": () => [
    row(257, "mish"),
    tf.layers.dense({ units: 31, activation: "softplus" }),
    tf.layers.dense({ units: 3, activation: "softmax" }),
  ],
  "LSTM 64, 33": () => [
    tf.layers.lstm({ ...plain, units: 64, returnSequences: true, inputShape: [24, 11] }),
    tf.layers.lstm({ ...plain, units: 33, recurrentActivation: "sigmoid" }),
    tf.layers.dense({ units: 1 }),
  ],
  "GRU 65": () => [
    tf.layers.gru({ ...plain, units: 65, inputShape: [24, 5] }),
    tf.layers.dense({ units: 1 }),
  ],
  "SimpleRNN 40": () => [
    tf.layers.simpleRNN({ ...plain, units: 40, inputShape: [24, 9] }),
    tf.layers.dense({ units: 1 }),
  ],
  "Conv1D 32, 17": () => [
    tf.layers.conv1d({ filters: 32, kernelSize: 5, activation: "relu", inputShape: [40, 7] }),
    tf.layers.conv1d({ filters: 17, kernelSize: 3, dilationRate: 4, activation: "tanh" }),
    tf.layers.globalAveragePooling1d({}),
    tf.layers.dense({ units: 1 }),
  ],
  "attention 4 x 16": () => [
    tf.layers.dense({ units: 48, inputShape: [30, 9] }),
    ownLayers(tf).positionalEncoding(),
    ownLayers(tf).multiHeadAttention({ heads: 4, keyDim: 16 }),
    tf.layers.layerNormalization(),
    tf.layers.dense({ units: 33, activation: "gelu" as never }),
    ownLayers(tf).lastStep(),
    tf.layers.dense({ units: 1, activation: "sigmoid" }),
  ],
};

describe.each(Object.keys(models))("%s", (name) => {
  test("rows have the same bits alone and in any batch", { timeout: 60_000 }, async () => {
    const { random, differing } = await compare(tf.sequential({ layers: models[name]!() }), 7, {
      counts: COUNTS.some,
    });
    expect(random).toBeLessThanOrEqual(1);
    expect(differing).toEqual([]);
  });
});

test("models within models, a layer of one called in two places", async () => {
  const shared = tf.layers.dense({ units: 4, activation: "tanh" });
  const inner = tf.sequential({ layers: [tf.layers.dense({ units: 4, inputShape: [3] }), shared] });
  const [a, b] = [tf.input({ shape: [3] }), tf.input({ shape: [3] })];
  const sum = tf.layers.add().apply([inner.apply(a) as Tensor, inner.apply(b) as Tensor]) as Tensor;
  const model = tf.model({ inputs: [a, b], outputs: shared.apply(sum) as Tensor });
  const file = onnxFromGraph(graphFromModel(model));
  // Two layers' weights and biases, however often they are called.
  expect(file.graph.initializer.filter(({ dims }) => dims.length > 0)).toHaveLength(4);
  const { random, differing } = await compare(model, 3);
  expect(random).toBeLessThanOrEqual(1);
  expect(differing).toEqual([]);
});

test("an output that is an input has a name of its own", async () => {
  const x = tf.input({ shape: [3] });
  const model = tf.model({ inputs: x, outputs: tf.layers.dropout({ rate: 0.5 }).apply(x) as Tensor });
  const { random } = await compare(model, 1);
  expect(random).toBe(0);
});

test("given states begin a recurrent layer", async () => {
  const x = tf.input({ shape: [4, 3] });
  const [h, c] = [tf.input({ shape: [5] }), tf.input({ shape: [5] })];
  for (const activation of ["tanh", "softsign"] as const) {
    const lstm = tf.layers.lstm({ units: 5, activation });
    const gru = tf.layers.gru({ units: 5, activation });
    const outputs = [lstm.apply(x, { initialState: [h, c] }), gru.apply(x, { initialState: [h] })];
    const model = tf.model({ inputs: [x, h, c], outputs: outputs as Tensor[] });
    const { random, differing } = await compare(model, 5);
    expect(random).toBeLessThanOrEqual(1);
    expect(differing).toEqual([]);
  }
});

test("the same network gives the same file", async () => {
  const graph = graphFromModel(randomModel(11, 8));
  expect(onnxFromGraph(graph)).toEqual(onnxFromGraph(graph));
});

test("int8: a row's bits do not depend on the batch, and the loss is small", async () => {
  const rng = createRng(9);
  const model = tf.sequential({ layers: models["32-64-64-1"]!() });
  randomWeights(model, rng);
  const graph = graphFromModel(model);
  const rows = normalRows(graph, 70, rng);
  const [whole, small] = await Promise.all([
    openOnnx(onnxFromGraph(graph)),
    openOnnx(onnxFromGraph(graph, { int8: true })),
  ]);
  const [exact] = await whole.run(rows);
  const [rounded] = await small.run(rows);
  const worst = Math.max(...exact!.map((value, i) => Math.abs(value - rounded![i]!)));
  expect(worst).toBeGreaterThan(0);
  expect(worst).toBeLessThan(0.02);
  expect(await rowsThatDiffer(small, rows, COUNTS.all)).toEqual([]);
  await Promise.all([whole.release(), small.release()]);
  model.dispose();
});
