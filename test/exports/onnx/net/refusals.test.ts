/** What is refused, and forms that tfjs does not make itself. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GraphBuilder } from "../../../../exports/onnx/builder.ts";
import { writeNet } from "../../../../exports/onnx/net/write-net.ts";
import { createRng, isTickbookError, type Rng } from "../../../../lib/core/index.ts";
import { graphFromModel } from "../../../../lib/ml/net/convert.ts";
import type { NetGraph, NetLayer } from "../../../../lib/ml/net/graph.ts";
import { layerOf } from "./cases.ts";
import { modelOf, onnxFromGraph, openOnnx } from "./harness.ts";

function refusalOf(graph: NetGraph) {
  const builder = new GraphBuilder();
  builder.constant("mine", Float32Array.of(1), [1]);
  try {
    writeNet(
      builder,
      graph,
      graph.inputs.map(({ tensor }) => tensor),
    );
  } catch (error) {
    expect(builder.nodes).toEqual([]);
    expect(builder.initializers).toHaveLength(1);
    if (isTickbookError(error)) return error;
    throw error;
  }
  return expect.fail("no refusal");
}

const graphOf = (className: string, config: Record<string, unknown>, shape: readonly number[]) =>
  graphFromModel(modelOf(layerOf({ className, config }), [shape]));

describe("refused, with the layer's name and place", () => {
  const layer = (className: string, config: Record<string, unknown> = {}) => ({ className, config });
  test.each([
    ["Masking", {}, [4, 3], "masks are not written"],
    ["ConvLSTM2D", { filters: 2, kernelSize: 2 }, [3, 5, 5, 1], "TimeDistributed(Conv2D)"],
    ["Embedding", { inputDim: 4, outputDim: 2, maskZero: true }, [5], "maskZero"],
    ["BatchNormalization", { axis: 1 }, [4, 3], "Permute"],
    [
      "SeparableConv2D",
      { filters: 2, kernelSize: 2, dataFormat: "channelsFirst" },
      [4, 4, 4],
      "channelsLast",
    ],
    ["MaxPooling3D", { poolSize: 1, strides: 3, padding: "same" }, [5, 5, 5, 1], "valid"],
    ["Softmax", { axis: [1, 2] }, [4, 3], "one axis"],
    ["TimeDistributed", { layer: layer("Masking") }, [4, 3, 2], "masks are not written"],
    [
      "Bidirectional",
      { mergeMode: "concat", layer: layer("ConvLSTM2D", { filters: 2, kernelSize: 2 }) },
      [3, 5, 5, 1],
      "TimeDistributed(Conv2D)",
    ],
  ] as const)("%s %j", (className, config, shape, hint) => {
    const graph = graphOf(className, config as Record<string, unknown>, shape);
    const { code, message, hint: remedy, fields } = refusalOf(graph);
    expect(code).toBe("exports.unsupported-layer");
    expect(message).toContain(`the layer "${graph.calls[0]!.layer}`);
    expect(message).toContain("call 1 of 1, reads ");
    expect(`${message} ${remedy}`).toContain(hint);
    expect(fields.place).toBe("call 1 of 1");
  });

  const dense = (change: Partial<NetLayer>): NetGraph => {
    const graph = graphOf("Dense", { units: 2 }, [3]);
    const [name] = Object.keys(graph.layers);
    return { ...graph, layers: { [name!]: { ...graph.layers[name!]!, ...change } } };
  };
  test.each([
    ["a class of one's own", { type: "MyLayer" }],
    ["a name of Object.prototype", { type: "constructor" }],
    ["an activation of one's own", { config: { activation: "toString" } }],
    ["an activation that is no name", { config: { activation: { className: "relu" } } }],
    ["weights of another class", { weights: [] }],
    ["returnState", { type: "LSTM", config: { returnState: true } }],
    ["stateful", { type: "GRU", config: { stateful: true } }],
    ["a cell of one's own", { type: "RNN", config: { cell: { className: "MyCell", config: {} } } }],
    ["no cell", { type: "RNN", config: {} }],
    ["nothing wrapped", { type: "TimeDistributed", config: {} }],
    [
      "no merge mode",
      { type: "Bidirectional", config: { mergeMode: null, layer: { className: "Dropout", config: {} } } },
    ],
    ["causal padding", { type: "Conv1D", config: { kernelSize: [2], padding: "causal" } }],
    ["half a kernel", { type: "Conv1D", config: { kernelSize: [1.5] } }],
    ["the batch as an axis", { type: "LayerNormalization", config: { axis: [0] } }],
    ["the batch joined", { type: "Concatenate", config: { axis: 0 } }],
    ["a flag that is a word", { config: { useBias: "no" } }],
  ] as const)("%s", (_, change) => {
    const { code, message, hint } = refusalOf(dense(change as unknown as Partial<NetLayer>));
    expect(code).toBe("exports.unsupported-layer");
    expect(message).toMatch(/^the layer "dense/);
    expect(hint).not.toBe("");
  });
});

/** h = z h + (1 - z) f(x Wh + bh + r (h Rh + ch)), gates with biases of input and state. */
function resetAfter(x: Float32Array, steps: number, layer: NetLayer, units: number): number[] {
  const [kernel, recurrent, bias] = layer.weights.map(({ values }) => values) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const [width, inputs] = [3 * units, kernel.length / (3 * units)];
  const isTanh = layer.config.activation === "tanh";
  let h = Array<number>(units).fill(0);
  for (let t = 0; t < steps; t++) {
    const dot = (
      values: ArrayLike<number>,
      from: number,
      rows: number,
      matrix: Float32Array,
      column: number,
    ) => {
      let all = 0;
      for (let i = 0; i < rows; i++) all += values[from + i]! * matrix[i * width + column]!;
      return all;
    };
    const input = (j: number) => dot(x, t * inputs, inputs, kernel, j) + bias[j]!;
    const state = (j: number) => dot(h, 0, units, recurrent, j) + bias[width + j]!;
    const gate = (j: number) => 1 / (1 + Math.exp(-(input(j) + state(j))));
    h = h.map((past, j) => {
      const z = gate(j);
      const sum = input(2 * units + j) + gate(units + j) * state(2 * units + j);
      const fresh = isTanh ? Math.tanh(sum) : sum / (1 + Math.abs(sum));
      return z * past + (1 - z) * fresh;
    });
  }
  return h;
}

// ONNX's GRU has tanh; with softsign the steps are written out.
test.each(["tanh", "softsign"] as const)("GRU with resetAfter, which tfjs does not have: %s", (activation) =>
  fc.assert(
    fc.asyncProperty(
      fc.nat(1e6),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 6 }),
      async (seed, units, steps) => {
        const rng = createRng(seed);
        const layer = resetAfterLayer(rng, units, activation);
        const graph: NetGraph = {
          inputs: [{ tensor: "x", shape: [steps, 2] }],
          outputs: ["y"],
          layers: { gru: layer },
          calls: [{ layer: "gru", from: ["x"], to: "y", shape: [units] }],
        };
        const x = Float32Array.from({ length: 2 * steps }, () => rng.nextNormal());
        const onnx = await openOnnx(onnxFromGraph(graph));
        const [found] = await onnx.run({ count: 1, inputs: [x] });
        await onnx.release();
        resetAfter(x, steps, layer, units).forEach((value, i) => {
          expect(Math.abs(value - found![i]!)).toBeLessThan(1e-5);
        });
      },
    ),
    { numRuns: 20 },
  ),
);

function resetAfterLayer(rng: Rng, units: number, activation: string): NetLayer {
  const shapes = { kernel: [2, 3 * units], recurrent_kernel: [units, 3 * units], bias: [2, 3 * units] };
  const weights = Object.entries(shapes).map(([name, shape]) => ({
    name,
    shape,
    values: Float32Array.from({ length: shape[0]! * shape[1]! }, () => 0.5 * rng.nextNormal()),
  }));
  return {
    type: "GRU",
    config: { units, activation, recurrentActivation: "sigmoid", resetAfter: true },
    weights,
  };
}
