import * as tf from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { graphFromModel, modelFromGraph } from "../../../../lib/ml/net/convert.ts";

const { layers } = tf;

function twoInputs(): tf.LayersModel {
  const a = tf.input({ shape: [4], name: "a" });
  const b = tf.input({ shape: [4], name: "b" });
  const shared = layers.dense({ units: 3, activation: "relu", name: "shared" });
  const inner = tf.sequential({
    layers: [layers.dense({ units: 3, inputShape: [3], name: "shared" }), layers.batchNormalization()],
  });
  const left = inner.apply(shared.apply(a)) as tf.SymbolicTensor;
  const right = inner.apply(shared.apply(b)) as tf.SymbolicTensor;
  const sum = layers.add().apply([left, right]) as tf.SymbolicTensor;
  const joint = layers.concatenate().apply([left, sum]) as tf.SymbolicTensor;
  return tf.model({
    inputs: [a, b],
    outputs: [layers.dense({ units: 1 }).apply(joint) as tf.SymbolicTensor, sum],
  });
}

const MODELS: Record<string, () => tf.LayersModel> = {
  "two inputs, shared layers, a model within": twoInputs,
  sequential: () =>
    tf.sequential({
      layers: [
        layers.dense({ units: 5, inputShape: [4], kernelRegularizer: "l1l2" }),
        layers.dropout({ rate: 0.3 }),
        layers.prelu(),
        layers.dense({ units: 2, activation: "softmax" }),
      ],
    }),
  "wrappers and cells": () =>
    tf.sequential({
      layers: [
        layers.timeDistributed({ layer: layers.dense({ units: 3 }), inputShape: [5, 4] }),
        layers.bidirectional({
          layer: layers.lstm({ units: 3, returnSequences: true }) as never,
          mergeMode: "concat",
        }),
        layers.rnn({
          cell: [layers.gruCell({ units: 3 }), layers.lstmCell({ units: 2 })],
          returnSequences: true,
        }),
        layers.simpleRNN({ units: 2 }),
      ],
    }),
  "a first layer that is a model": () => {
    const inner = tf.sequential({
      layers: [layers.dense({ units: 3, inputShape: [4] }), layers.dense({ units: 2 })],
    });
    return tf.sequential({ layers: [inner, layers.dense({ units: 1 })] });
  },
  "frozen layers": () =>
    tf.sequential({
      layers: [
        layers.batchNormalization({ inputShape: [4], trainable: false, center: false, epsilon: 0.1 }),
        layers.dense({ units: 2, trainable: false, useBias: false }),
      ],
    }),
  "options that are not the defaults, in two dimensions": () =>
    tf.sequential({
      layers: [
        layers.zeroPadding2d({ padding: [[1, 2], [0, 1]], inputShape: [6, 5, 2] }), // biome-ignore format: pairs
        layers.conv2d({ filters: 3, kernelSize: [2, 3], padding: "same", useBias: false, activation: "elu" }),
        layers.separableConv2d({ filters: 3, kernelSize: 2, depthMultiplier: 2 }),
        layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2, padding: "same" }),
        layers.upSampling2d({ size: [2, 1] }),
        layers.averagePooling2d({ poolSize: 2, strides: 1, padding: "same" }),
        layers.leakyReLU({ alpha: 0.2 }),
        layers.conv2dTranspose({ filters: 2, kernelSize: 2, strides: 2, padding: "same" }),
        layers.cropping2D({ cropping: [[1, 0], [0, 1]] }), // biome-ignore format: pairs
        layers.thresholdedReLU({ theta: 0.1 }),
        layers.permute({ dims: [2, 1, 3] }),
        layers.globalMaxPooling2d({}),
        layers.elu(),
      ],
    }),
  "options that are not the defaults, in one dimension": () =>
    tf.sequential({
      layers: [
        layers.conv1d({
          inputShape: [6, 3],
          filters: 4,
          kernelSize: 2,
          dilationRate: 2,
          kernelRegularizer: tf.regularizers.l2({ l2: 0.1 }),
        }),
        layers.maxPooling1d({ poolSize: 2, strides: 1, padding: "same" }),
        layers.layerNormalization({ epsilon: 0.1, scale: false }),
        layers.gaussianNoise({ stddev: 0.1 }),
        layers.alphaDropout({ rate: 0.1 }),
        layers.lstm({
          units: 3,
          goBackwards: true,
          unitForgetBias: false,
          recurrentActivation: "tanh",
          returnSequences: true,
        }),
        layers.gru({ units: 3, useBias: false, implementation: 2, returnSequences: true }),
        layers.flatten(),
        layers.reLU({ maxValue: 0.5 }),
        layers.repeatVector({ n: 2 }),
        layers.reshape({ targetShape: [24] }),
        layers.softmax({ axis: 1 }),
      ],
    }),
};

describe("graphFromModel and modelFromGraph", () => {
  test.each(Object.entries(MODELS))("keep %s bit for bit", async (_, make) => {
    await tf.setBackend("cpu");
    const model = make();
    const graph = graphFromModel(model);
    const again = modelFromGraph(tf, structuredClone(JSON.parse(JSON.stringify(graph), revive)));
    expect(graphFromModel(again)).toEqual(graph);
    const inputs = model.inputs.map(({ shape }) =>
      tf.randomNormal([7, ...(shape.slice(1) as number[])], 0, 1, "float32", 1),
    );
    const [was, is] = [model, again].map((each) => {
      const out = each.predict(inputs.length === 1 ? inputs[0]! : inputs);
      return [out].flat().map((tensor) => tensor.dataSync());
    });
    expect(is).toEqual(was);
    tf.disposeVariables();
  });

  test.each<[string, () => tf.LayersModel, string]>([
    [
      "states as outputs",
      () => {
        const x = tf.input({ shape: [5, 2] });
        const [out] = layers.lstm({ units: 2, returnState: true }).apply(x) as tf.SymbolicTensor[];
        return tf.model({ inputs: x, outputs: out! });
      },
      "ml.unsupported-layer",
    ],
    [
      "a length left open",
      () => tf.sequential({ layers: [layers.lstm({ units: 2, inputShape: [null, 3] as never })] }),
      "ml.bad-network",
    ],
    ["no inputs", () => tf.sequential(), "ml.bad-network"],
    [
      "a state from batch to batch",
      () => tf.sequential({ layers: [layers.gru({ units: 2, stateful: true, batchInputShape: [3, 4, 2] })] }),
      "ml.unsupported-layer",
    ],
  ])("refuse %s", (_, make, code) => {
    expect(() => graphFromModel(make())).toThrow(expect.objectContaining({ code }));
  });

  test("refuse a class that is not known", () => {
    const graph = graphFromModel(MODELS.sequential!());
    const [name, layer] = Object.entries(graph.layers)[0]!;
    const strange = { ...graph, layers: { ...graph.layers, [name]: { ...layer, type: "Strange" } } };
    expect(() => modelFromGraph(tf, strange)).toThrow(
      expect.objectContaining({ code: "ml.unsupported-layer" }),
    );
    const narrow = {
      ...graph,
      layers: { ...graph.layers, [name]: { ...layer, weights: layer.weights.slice(1) } },
    };
    expect(() => modelFromGraph(tf, narrow)).toThrow(expect.objectContaining({ code: "ml.bad-network" }));
  });
});

function revive(key: string, value: unknown): unknown {
  return key === "values" ? Float32Array.from(Object.values(value as object)) : value;
}
