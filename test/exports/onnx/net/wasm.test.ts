/** Networks on tfjs's wasm backend, where they are trained, beside onnxruntime. */
import { describe, expect, test } from "vitest";
import { createRng } from "../../../../lib/core/index.ts";
import { openBackend } from "../../../../lib/ml/net/backend.ts";
import { graphFromModel } from "../../../../lib/ml/net/convert.ts";
import { ownLayers } from "../../../../lib/ml/net/layers.ts";
import { normalRows, onnxFromGraph, openOnnx, randomWeights, tf, worstError } from "./harness.ts";

const window = { inputShape: [12, 5] as [number, number] };
const models: Readonly<Record<string, () => tf.layers.Layer[]>> = {
  dense: () =>
    ["relu", "elu", "selu", "gelu", "mish", "swish", "softplus", "hardSigmoid", "tanh", "softmax"].map(
      (activation, i) =>
        tf.layers.dense({
          units: 16,
          activation: activation as "relu",
          ...(i === 0 ? { inputShape: [8] } : {}),
        }),
    ),
  lstm: () => [
    tf.layers.lstm({ units: 17, ...window }),
    tf.layers.dense({ units: 1, activation: "sigmoid" }),
  ],
  gru: () => [tf.layers.gru({ units: 17, ...window }), tf.layers.dense({ units: 1, activation: "sigmoid" })],
  simpleRNN: () => [tf.layers.simpleRNN({ units: 9, ...window }), tf.layers.batchNormalization()],
  convolution: () => [
    tf.layers.conv1d({ filters: 8, kernelSize: 3, activation: "relu", ...window }),
    tf.layers.averagePooling1d({ poolSize: 2 }),
    tf.layers.globalAveragePooling1d({}),
  ],
  attention: () => [
    tf.layers.dense({ units: 8, ...window }),
    ownLayers(tf).positionalEncoding(),
    ownLayers(tf).multiHeadAttention({ heads: 2, keyDim: 4 }),
    tf.layers.layerNormalization(),
    ownLayers(tf).lastStep(),
  ],
};

describe.each(Object.keys(models))("%s", (name) => {
  test("predicts what tfjs predicts on wasm", async () => {
    const open = await openBackend("wasm");
    open.use();
    expect(tf.getBackend()).toBe("wasm");
    const model = tf.sequential({ layers: models[name]!() });
    const rng = createRng(4);
    randomWeights(model, rng);
    const graph = graphFromModel(model);
    const onnx = await openOnnx(onnxFromGraph(graph));
    expect(await worstError(model, onnx, normalRows(graph, 100, rng), rng)).toBeLessThanOrEqual(1);
    await onnx.release();
    model.dispose();
    await open.release();
  });
});
