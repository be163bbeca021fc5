import * as tf from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import type { NetBuilder } from "../../../../lib/ml/net/architectures.ts";
import { trainNet } from "../../../../lib/ml/net/train.ts";
import { lagged } from "./datasets.ts";
import { codeOf, numbersOf, quick } from "./training.ts";

describe("a user's own network", () => {
  const good: NetBuilder = (own, { features, outputs, activation, layers }) => {
    const x = own.input({ shape: [8, features] });
    const conv = layers.causalConv1D({ filters: 8, kernelSize: 4, activation: "relu" }).apply(x);
    const last = layers.lastStep().apply(conv as tf.SymbolicTensor);
    const out = own.layers
      .dense({ units: outputs, activation: activation as "sigmoid" })
      .apply(last as tf.SymbolicTensor);
    return own.model({ inputs: x, outputs: out as tf.SymbolicTensor });
  };

  test("is trained from the seed, and leaves nothing in the caller's tfjs", async () => {
    const options = { dataset: lagged(600), model: good, epochs: 12, learningRate: 0.02 };
    await trainNet({ ...options, epochs: 1 });
    const before = tf.memory().numTensors;
    const net = await trainNet(options);
    expect(tf.memory().numTensors).toBe(before);
    expect(net.report.metrics.validation?.auc).toBeGreaterThan(0.95);
    expect(numbersOf(await trainNet(options))).toEqual(numbersOf(net));
    const onward = await trainNet({ ...options, model: net.graph, epochs: 1, learningRate: 1e-9 });
    expect(onward.report.metrics.validation?.auc).toBeCloseTo(net.report.metrics.validation!.auc!, 3);
  });

  test("may end in chances that are no activation's", async () => {
    const halves: NetBuilder = (own, { features }) => {
      const x = own.input({ shape: [features] });
      const side = () => own.layers.dense({ units: 1, activation: "sigmoid" }).apply(x) as tf.SymbolicTensor;
      return own.model({
        inputs: x,
        outputs: own.layers.average().apply([side(), side()]) as tf.SymbolicTensor,
      });
    };
    const net = await trainNet({ ...quick, model: halves, learningRate: 0.05 });
    expect(net.report.metrics.validation?.auc).toBeGreaterThan(0.85);
  });

  test("keeps what its builder sets, and frozen layers", async () => {
    const frozen: NetBuilder = (own, { features }) => {
      const first = own.layers.dense({ units: 2, inputShape: [features], trainable: false, name: "kept" });
      const model = own.sequential({
        layers: [first, own.layers.dense({ units: 1, activation: "sigmoid" })],
      });
      first.setWeights([own.tensor2d([1, 2, 3, 4], [2, 2]), own.tensor1d([5, 6])]);
      return model;
    };
    const { graph } = await trainNet({ ...quick, model: frozen, epochs: 2 });
    expect(graph.layers.kept!.weights.map(({ values }) => [...values])).toEqual([[1, 2, 3, 4], [5, 6]]); // biome-ignore format: a matrix
  });

  test.each<[string, unknown, string]>([
    ["nothing", () => undefined, "ml.bad-network"],
    ["a class instead of a function's result", class Nothing {}, "ml.bad-network"],
    ["a promise", async () => undefined, "ml.bad-network"],
    ["an error", () => { throw new Error("mine"); }, "ml.bad-network"], // biome-ignore format: short
    [
      "another input",
      (own: typeof tf) => own.sequential({ layers: [own.layers.dense({ units: 1, inputShape: [9] })] }),
      "ml.bad-network",
    ],
    [
      "two outputs",
      (own: typeof tf) =>
        own.sequential({ layers: [own.layers.dense({ units: 2, inputShape: [2], activation: "sigmoid" })] }),
      "ml.bad-network",
    ],
    [
      "no sigmoid",
      (own: typeof tf) => own.sequential({ layers: [own.layers.dense({ units: 1, inputShape: [2] })] }),
      "ml.bad-network",
    ],
    [
      "no weights",
      (own: typeof tf) =>
        own.sequential({ layers: [own.layers.globalAveragePooling1d({ inputShape: [2, 1] })] }),
      "ml.bad-network",
    ],
  ])("is refused when it gives %s", async (_, model, code) => {
    expect(await codeOf(() => trainNet({ ...quick, model: model as NetBuilder }))).toBe(code);
  });

  test("is refused with a class that only the caller knows, and with what tfjs cannot train", async () => {
    class Mine extends tf.layers.Layer {
      static readonly className = "OnlyHere";
      override call(x: tf.Tensor | tf.Tensor[]) {
        return x;
      }
    }
    const mine: NetBuilder = (own) =>
      own.sequential({
        layers: [
          own.layers.dense({ units: 1, inputShape: [2] }),
          new Mine({}) as never,
          own.layers.activation({ activation: "sigmoid" }),
        ],
      });
    expect(await codeOf(() => trainNet({ ...quick, model: mine }))).toBe("ml.unsupported-layer");
    const dilated: NetBuilder = (own) =>
      own.sequential({
        layers: [
          own.layers.conv1d({ filters: 2, kernelSize: 2, dilationRate: 2, inputShape: [8, 2] }),
          own.layers.flatten(),
          own.layers.dense({ units: 1, activation: "sigmoid" }),
        ],
      });
    expect(await codeOf(() => trainNet({ dataset: lagged(100), model: dilated, epochs: 1 }))).toBe(
      "ml.unsupported-layer",
    );
  });
});
