import type * as Tfjs from "@tensorflow/tfjs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRng } from "#core";
import { type OpenBackend, openBackend } from "../../../../lib/ml/net/backend.ts";
import { graphFromModel } from "../../../../lib/ml/net/convert.ts";
import { buildSeeded } from "../../../../lib/ml/net/initial.ts";
import { ownLayers } from "../../../../lib/ml/net/layers.ts";
import { lossOf } from "../../../../lib/ml/net/losses.ts";
import { TrainingNet } from "../../../../lib/ml/net/training-net.ts";

let cpu: OpenBackend;
let wasm: OpenBackend;
let tf: typeof Tfjs;
beforeAll(async () => {
  cpu = await openBackend("cpu");
  wasm = await openBackend("wasm");
  tf = cpu.tf as typeof Tfjs;
});
afterAll(() => wasm.release());

type Run = (inputs: Tfjs.Tensor[]) => Tfjs.Tensor;

/** The slopes of a weighed sum of f(inputs) by the inputs, on one backend; nothing may be left of it there. */
function slopesOn(open: OpenBackend, shapes: number[][], seed: number, f: Run): Float32Array[] {
  open.use();
  const backend = tf.backend() as unknown as { numDataIds(): number };
  const before = [tf.memory().numTensors, backend.numDataIds()];
  const out = tf.tidy(() => {
    const rng = createRng(seed);
    const draw = (shape: number[]) =>
      tf.tensor(
        Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => rng.nextNormal()),
        shape,
      );
    const inputs = shapes.map(draw);
    const weighed = (...given: Tfjs.Tensor[]) => {
      const y = f(given);
      return y.mul(draw(y.shape)).sum();
    };
    return tf
      .grads(weighed)(inputs)
      .map((each) => each.dataSync() as Float32Array);
  });
  expect([tf.memory().numTensors, backend.numDataIds()]).toEqual(before);
  return out;
}

function expectEqualSlopes(shapes: number[][], seed: number, f: Run): void {
  const [a, b] = [slopesOn(cpu, shapes, seed, f), slopesOn(wasm, shapes, seed, f)];
  a.forEach((slope, k) => {
    const scale = Math.max(1, ...slope.map(Math.abs));
    slope.forEach((g, i) => {
      expect(Math.abs(g - b[k]![i]!) / scale).toBeLessThan(1e-5);
    });
  });
}

const size = fc.integer({ min: 1, max: 4 });

describe("kernels on wasm have the slopes of the cpu backend and leave nothing behind", () => {
  const conv = fc.record({
    batch: size,
    height: fc.integer({ min: 3, max: 7 }),
    width: fc.integer({ min: 3, max: 7 }),
    channels: size,
    filters: size,
    kernel: fc.integer({ min: 1, max: 3 }),
    strides: fc.integer({ min: 1, max: 2 }),
    pad: fc.constantFrom("same" as const, "valid" as const),
    seed: fc.nat(),
  });

  test("convolution", () => {
    fc.assert(
      fc.property(conv, ({ batch, height, width, channels, filters, kernel, strides, pad, seed }) => {
        const shapes = [[batch, height, width, channels], [kernel, kernel, channels, filters]]; // biome-ignore format: shapes
        expectEqualSlopes(shapes, seed, ([x, w]) =>
          tf.conv2d(x as Tfjs.Tensor4D, w as Tfjs.Tensor4D, strides, pad),
        );
      }),
      { numRuns: 40 },
    );
  });

  test("depthwise convolution", () => {
    fc.assert(
      fc.property(conv, ({ batch, height, width, channels, filters, kernel, strides, pad, seed }) => {
        const shapes = [[batch, height, width, channels], [kernel, kernel, channels, filters]]; // biome-ignore format: shapes
        expectEqualSlopes(shapes, seed, ([x, w]) =>
          tf.depthwiseConv2d(x as Tfjs.Tensor4D, w as Tfjs.Tensor4D, strides, pad),
        );
      }),
      { numRuns: 40 },
    );
  });

  test("gather, tile and products with a side transposed", () => {
    fc.assert(
      fc.property(size, size, size, size, fc.nat(), (a, b, c, d, seed) => {
        const rng = createRng(seed);
        const picked = Array.from({ length: a * 3 }, () => rng.nextInt(b));
        expectEqualSlopes([[b, c]], seed, ([x]) => tf.gather(x!, tf.tensor2d(picked, [a, 3], "int32")));
        expectEqualSlopes([[a, b, c]], seed, ([x]) => x!.tile([d, 1, a]));
        expectEqualSlopes([[1, a, 1]], seed, ([x]) => x!.tile([b, c, d]));
        expectEqualSlopes([[a, d, b, c], [a, d, c, b]], seed, ([x, y]) => tf.matMul(x!, y!)); // biome-ignore format: shapes
        expectEqualSlopes([[a, b, c], [a, d, c]], seed, ([x, y]) => tf.matMul(x!, y!, false, true)); // biome-ignore format: shapes
        expectEqualSlopes([[b, a], [c, b]], seed, ([x, y]) => tf.matMul(x!, y!, true, true)); // biome-ignore format: shapes
      }),
      { numRuns: 25 },
    );
  });
});

/** A network for windows of 6 rows of 4 around a layer, or layers, that ends in one number. */
function around(make: (layers: typeof tf.layers, own: ReturnType<typeof ownLayers>) => Tfjs.layers.Layer[]) {
  cpu.use();
  const before = new Set(Object.values(tf.engine().registeredVariables));
  const model = buildSeeded(tf as never, createRng(5), () => {
    const input = tf.input({ shape: [6, 4] });
    let x: Tfjs.SymbolicTensor = input;
    for (const layer of make(tf.layers, ownLayers(tf as never))) x = layer.apply(x) as Tfjs.SymbolicTensor;
    if (x.shape.length > 2) x = tf.layers.flatten().apply(x) as Tfjs.SymbolicTensor;
    return tf.model({
      inputs: input,
      outputs: tf.layers.dense({ units: 1 }).apply(x) as Tfjs.SymbolicTensor,
    });
  });
  const graph = graphFromModel(model);
  for (const each of Object.values(tf.engine().registeredVariables)) if (!before.has(each)) each.dispose();
  return graph;
}

const LAYERS: Record<string, Parameters<typeof around>[0]> = {
  CausalConv1D: (_, own) => [
    own.causalConv1D({ filters: 3, kernelSize: 3, dilationRate: 2, activation: "tanh" }),
  ],
  "CausalConv1D of one tap without bias": (_, own) => [
    own.causalConv1D({ filters: 2, kernelSize: 1, useBias: false }),
  ],
  MultiHeadAttention: (_, own) => [own.multiHeadAttention({ heads: 2, keyDim: 3 })],
  "MultiHeadAttention over all steps": (_, own) => [
    own.multiHeadAttention({ heads: 1, keyDim: 2, causal: false }),
  ],
  "PositionalEncoding learned": (_, own) => [own.positionalEncoding({ learned: true })],
  "PositionalEncoding and LastStep": (_, own) => [own.positionalEncoding(), own.lastStep()],
  "stock Conv1D": (layers) => [layers.conv1d({ filters: 3, kernelSize: 2, strides: 2, padding: "same" })],
  "stock SeparableConv2D": (layers) => [
    layers.reshape({ targetShape: [6, 4, 1] }),
    layers.separableConv2d({ filters: 2, kernelSize: 2, depthMultiplier: 2 }),
  ],
  "stock LayerNormalization": (layers) => [layers.layerNormalization()],
  "stock BatchNormalization": (layers) => [layers.batchNormalization()],
  "stock LSTM both ways": (layers) => [
    layers.bidirectional({ layer: layers.lstm({ units: 2 }) as never, mergeMode: "concat" }),
  ],
  "stock GRU": (layers) => [layers.gru({ units: 2, recurrentActivation: "sigmoid" })],
};

describe("layers", () => {
  const rng = createRng(8);
  const x = Float32Array.from({ length: 5 * 24 }, () => rng.nextNormal());
  const batch = { x, y: Float64Array.from({ length: 5 }, () => rng.nextNormal()), w: undefined };
  const loss = lossOf({ kind: "regression" }, "own");

  test.each(Object.entries(LAYERS))(
    "%s: slopes are those of finite differences, on both backends",
    (_, make) => {
      const graph = around(make);
      const slopes = [cpu, wasm].map((open) => {
        open.use();
        const before = tf.memory().numTensors;
        const net = new TrainingNet(open, graph, loss, { seed: 1, stream: 2 });
        const all = net.slopes(batch).slopes.map((each) => Float64Array.from(each));
        net.dispose();
        expect(tf.memory().numTensors).toBe(before);
        return all;
      });
      const [a, b] = [slopes[0]!.flatMap((each) => [...each]), slopes[1]!.flatMap((each) => [...each])];
      const scale = Math.max(...a.map(Math.abs));
      a.forEach((g, i) => {
        expect(Math.abs(g - b[i]!) / scale).toBeLessThan(1e-4);
      });
      // Along a random direction, because a difference of one weight drowns in float32.
      cpu.use();
      const net = new TrainingNet(cpu, graph, loss, { seed: 1, stream: 2 });
      const start = net.weights.map((each) => each.slice());
      const along = start.map((each) => Float32Array.from(each, () => rng.nextNormal()));
      const lossAt = (step: number) => {
        net.weights.forEach((each, k) => {
          each.set(start[k]!.map((w, i) => w + step * along[k]![i]!));
        });
        net.publish();
        return net.slopes(batch).loss;
      };
      const step = 2e-3;
      const measured = (lossAt(step) - lossAt(-step)) / (2 * step);
      const told = along.reduce(
        (sum, each, k) => sum + each.reduce((s, d, i) => s + d * slopes[0]![k]![i]!, 0),
        0,
      );
      net.dispose();
      expect(Math.abs(measured - told)).toBeLessThan(0.01 * Math.max(1, Math.abs(told)));
    },
  );

  test("CausalConv1D and MultiHeadAttention compute what their docstring says", () => {
    cpu.use();
    tf.tidy(() => {
      const own = ownLayers(tf as never);
      const [steps, channels, filters, dilation] = [5, 2, 3, 2];
      const input = tf.randomNormal([1, steps, channels], 0, 1, "float32", 3) as Tfjs.Tensor3D;
      const layer = own.causalConv1D({ filters, kernelSize: 2, dilationRate: dilation, activation: "relu" });
      const given = layer.apply(input) as Tfjs.Tensor3D;
      const [kernel, bias] = layer.getWeights().map((each) => each.arraySync()) as [number[][][], number[]];
      const rows = input.arraySync()[0]!;
      given.arraySync()[0]!.forEach((row, t) => {
        row.forEach((y, f) => {
          let sum = bias[f]!;
          for (let j = 0; j < 2; j++)
            for (let i = 0; i < channels; i++)
              sum += (rows[t - (1 - j) * dilation]?.[i] ?? 0) * kernel[j]![i]![f]!;
          expect(y).toBeCloseTo(Math.max(0, sum), 5);
        });
      });
      const attention = own.multiHeadAttention({ heads: 2, keyDim: 2 });
      const whole = attention.apply(input) as Tfjs.Tensor3D;
      const [wq, bq, wk, bk, wv, bv, wo, bo] = attention.getWeights() as Tfjs.Tensor2D[];
      const flat = input.reshape([steps, channels]) as Tfjs.Tensor2D;
      const project = (w: Tfjs.Tensor, b: Tfjs.Tensor) => flat.matMul(w).add(b) as Tfjs.Tensor2D;
      const [q, k, v] = [project(wq!, bq!), project(wk!, bk!), project(wv!, bv!)];
      const heads = [0, 1].map((h) => {
        const cut = (m: Tfjs.Tensor2D) => m.slice([0, 2 * h], [steps, 2]);
        const scores = cut(q).matMul(cut(k), false, true).div(Math.SQRT2).arraySync() as number[][];
        const masked = scores.map((row, t) => row.map((s, at) => (at > t ? -1e9 : s)));
        return tf.softmax(tf.tensor2d(masked)).matMul(cut(v));
      });
      const expected = (tf.concat(heads as Tfjs.Tensor2D[], 1) as Tfjs.Tensor2D)
        .matMul(wo!)
        .add(bo!)
        .dataSync();
      whole.dataSync().forEach((y, i) => {
        expect(y).toBeCloseTo(expected[i]!, 5);
      });
    });
  });
});
