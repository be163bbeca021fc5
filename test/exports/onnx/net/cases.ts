/** For every class of layers: random settings and sizes of inputs. */
import * as fc from "fast-check";
import { ACTIVATIONS } from "../../../../exports/onnx/net/activations.ts";
import { tf } from "./harness.ts";

export interface Case {
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Of the inputs, without the batch. */
  readonly shapes: readonly (readonly number[])[];
  /** The inputs are whole numbers below this. */
  readonly below?: number;
}

type Cases = Readonly<Record<string, fc.Arbitrary<Omit<Case, "className">>>>;

/** tfjs's layers are made from class name and config, as they are when read from a file. */
export function layerOf({ className, config }: Pick<Case, "className" | "config">): tf.layers.Layer {
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  const [cls, fromConfig] = classNameMap[className]!;
  return fromConfig(cls, structuredClone(config) as tf.serialization.ConfigDict) as tf.layers.Layer;
}

const size = (max = 7) => fc.integer({ min: 1, max });
const activation = fc.constantFrom(...Object.keys(ACTIVATIONS));
const simple = fc.constantFrom("linear", "relu", "tanh", "elu", "softmax");
const bool = fc.boolean();
const padding = fc.constantFrom("valid", "same");
const dataFormat = fc.constantFrom("channelsLast", "channelsFirst");
const shapeOf = (rank: number, min = 1) =>
  fc.array(fc.integer({ min, max: 7 }), { minLength: rank, maxLength: rank });
const anyShape = fc.integer({ min: 1, max: 3 }).chain((rank) => shapeOf(rank));

/** The same settings for one input of any shape. */
const on = (
  shape: fc.Arbitrary<readonly number[]>,
  config: Readonly<Record<string, fc.Arbitrary<unknown>>> = {},
) => fc.record({ shapes: fc.tuple(shape), config: fc.record(config) });

/** Sizes of space and of what slides over it, so that something is left. */
const sliding = (rank: number, key: string, more: Readonly<Record<string, fc.Arbitrary<unknown>>>) =>
  fc
    .record({
      space: fc.array(fc.integer({ min: 5, max: rank === 3 ? 6 : 9 }), { minLength: rank, maxLength: rank }),
      channels: size(5),
      config: fc.record({
        [key]: fc.array(size(3), { minLength: rank, maxLength: rank }),
        padding,
        ...more,
      }),
      strides: fc.array(size(3), { minLength: rank, maxLength: rank }),
      dilation: size(2),
      isStrided: bool,
    })
    .map(({ space, channels, config, strides, dilation, isStrided }) => ({
      shapes: [config.dataFormat === "channelsFirst" ? [channels, ...space] : [...space, channels]],
      // tfjs refuses both at once.
      config: {
        ...config,
        ...(isStrided
          ? { strides }
          : {
              strides: Array(rank).fill(1),
              ...(key === "kernelSize" ? { dilationRate: Array(rank).fill(dilation) } : {}),
            }),
      },
    }));

/** In three axes of space "same" wants strides no longer than the window. */
const solid = (cases: ReturnType<typeof sliding>) =>
  cases.map((one) => {
    const { strides, kernelSize, poolSize } = one.config as unknown as Readonly<Record<string, number[]>>;
    const fits = strides!.map((stride, axis) => Math.min(stride, (kernelSize ?? poolSize)![axis]!));
    return { ...one, config: { ...one.config, strides: fits } };
  });

const filters = { filters: size(6), useBias: bool, activation: simple };

/** Activations within -1 to 1. Others as gates grow over the steps until float32 has no digits left for the rest. */
export const BOUNDED = ["tanh", "sigmoid", "hardSigmoid", "softsign", "softmax"] as const;
const bounded = fc.constantFrom(...BOUNDED);
type Settings = Readonly<Record<string, fc.Arbitrary<unknown>>>;

const cellConfig = (className: string, more: Settings = {}, gate: fc.Arbitrary<string> = bounded) =>
  fc
    .record({
      units: size(9),
      useBias: bool,
      // What SimpleRNN gives is what it reads next.
      activation: className.startsWith("SimpleRNN") ? gate : fc.oneof(bounded, activation),
      ...(className.startsWith("SimpleRNN") ? {} : { recurrentActivation: gate }),
      ...more,
    })
    .map((config) => config as Record<string, unknown>);
const direction = { returnSequences: bool, goBackwards: bool };
const recurrentConfig = (className: string) => cellConfig(className, direction);
const sequence = shapeOf(2);
const short = fc.tuple(size(2), size());
const recurrent = (className: string) =>
  fc.oneof(
    fc.record({ shapes: fc.tuple(sequence), config: recurrentConfig(className) }),
    fc.record({ shapes: fc.tuple(short), config: cellConfig(className, direction, activation) }),
  );

const wrapped = (
  names: readonly string[],
  configOf: (name: string) => fc.Arbitrary<Record<string, unknown>>,
) =>
  fc
    .constantFrom(...names)
    .chain((className) => configOf(className).map((config) => ({ className, config })));

const merging = (config: Readonly<Record<string, fc.Arbitrary<unknown>>> = {}) =>
  fc
    .record({
      shape: anyShape,
      count: fc.integer({ min: 2, max: 4 }),
      config: fc.record(config),
      mask: fc.array(bool, { minLength: 12, maxLength: 12 }),
      fewer: bool,
    })
    .map(({ shape, count, config: settings, mask, fewer }) => ({
      config: settings,
      // Axes of size 1 broadcast; a shorter shape gets axes in front.
      shapes: Array.from({ length: count }, (_, i) =>
        fewer && i === 1 && shape.length > 1
          ? shape.slice(1)
          : shape.map((length, axis) => (i > 0 && mask[3 * (i - 1) + axis] ? 1 : length)),
      ),
    }));

const image = (config: Readonly<Record<string, fc.Arbitrary<unknown>>>) =>
  on(shapeOf(3, 4), { ...config, dataFormat });

export const CASES: Cases = {
  Dense: on(anyShape, { units: size(20), useBias: bool, activation }),
  Embedding: fc
    .record({ inputDim: size(12), outputDim: size(), length: size() })
    .map(({ inputDim, outputDim, length }) => ({
      shapes: [[length]],
      config: { inputDim, outputDim },
      below: inputDim,
    })),

  Activation: on(anyShape, { activation }),
  ReLU: fc.record({
    shapes: fc.tuple(anyShape),
    config: fc.oneof(fc.constant({}), fc.record({ maxValue: fc.double({ min: 0.1, max: 4, noNaN: true }) })),
  }),
  LeakyReLU: on(anyShape, { alpha: fc.double({ min: 0, max: 1, noNaN: true }) }),
  PReLU: anyShape.chain((shape) =>
    fc
      .subarray(shape.map((_, axis) => axis + 1))
      .map((sharedAxes) => ({ shapes: [shape], config: { sharedAxes } })),
  ),
  ELU: on(anyShape),
  ThresholdedReLU: on(anyShape, { theta: fc.double({ min: 0, max: 2, noNaN: true }) }),
  Softmax: anyShape.chain((shape) =>
    fc.constantFrom(-1, shape.length, [shape.length]).map((axis) => ({ shapes: [shape], config: { axis } })),
  ),

  Conv1D: sliding(1, "kernelSize", filters),
  Conv2D: sliding(2, "kernelSize", { ...filters, dataFormat }),
  Conv3D: solid(sliding(3, "kernelSize", { ...filters, dataFormat })),
  CausalConv1D: fc.record({
    shapes: fc.tuple(shapeOf(2)),
    config: fc.record({ ...filters, kernelSize: size(4), dilationRate: size(4) }),
  }),
  DepthwiseConv2D: sliding(2, "kernelSize", {
    depthMultiplier: size(3),
    useBias: bool,
    activation: simple,
    dataFormat,
  }),
  SeparableConv2D: sliding(2, "kernelSize", { ...filters, depthMultiplier: size(3) }),
  Conv2DTranspose: sliding(2, "kernelSize", { ...filters, dataFormat }).map(({ config, ...rest }) => ({
    ...rest,
    config: { ...config, dilationRate: 1 },
  })),
  Conv3DTranspose: solid(sliding(3, "kernelSize", { ...filters })).map(({ config, ...rest }) => ({
    ...rest,
    config: { ...config, dilationRate: 1 },
  })),

  MaxPooling1D: sliding(1, "poolSize", {}),
  MaxPooling2D: sliding(2, "poolSize", { dataFormat }),
  MaxPooling3D: solid(sliding(3, "poolSize", { dataFormat })),
  AveragePooling1D: sliding(1, "poolSize", {}),
  AveragePooling2D: sliding(2, "poolSize", { dataFormat }),
  AveragePooling3D: solid(sliding(3, "poolSize", { dataFormat })),
  GlobalMaxPooling1D: on(shapeOf(2)),
  GlobalMaxPooling2D: on(shapeOf(3), { dataFormat }),
  GlobalAveragePooling1D: on(shapeOf(2)),
  GlobalAveragePooling2D: on(shapeOf(3), { dataFormat }),

  LSTM: recurrent("LSTM"),
  GRU: recurrent("GRU"),
  SimpleRNN: recurrent("SimpleRNN"),
  RNN: fc.record({
    shapes: fc.tuple(sequence),
    config: fc.record({
      returnSequences: bool,
      goBackwards: bool,
      cell: fc.oneof(
        wrapped(["LSTMCell", "GRUCell", "SimpleRNNCell"], (name) => cellConfig(name)),
        fc
          .array(
            wrapped(["LSTMCell", "GRUCell", "SimpleRNNCell"], (name) => cellConfig(name)),
            {
              minLength: 1,
              maxLength: 3,
            },
          )
          .map((cells) => ({ className: "StackedRNNCells", config: { cells } })),
      ),
    }),
  }),
  Bidirectional: fc.record({
    shapes: fc.tuple(sequence),
    config: fc.record({
      mergeMode: fc.constantFrom("concat", "sum", "mul", "ave"),
      layer: wrapped(["LSTM", "GRU", "SimpleRNN"], recurrentConfig),
    }),
  }),
  TimeDistributed: fc.oneof(
    fc.record({
      shapes: fc.tuple(shapeOf(3)),
      config: fc.record({
        layer: fc.oneof(
          wrapped(["LSTM", "GRU"], recurrentConfig),
          fc.record({
            className: fc.constant("Conv1D"),
            config: fc.record({ kernelSize: fc.constant(1), ...filters }),
          }),
          fc
            .constantFrom("Flatten", "GlobalMaxPooling1D", "BatchNormalization")
            .map((className) => ({ className, config: {} })),
        ),
      }),
    }),
    fc.record({
      shapes: fc.tuple(shapeOf(2)),
      config: fc.record({
        layer: fc.record({
          className: fc.constant("Dense"),
          config: fc.record({ units: size(), activation }),
        }),
      }),
    }),
  ),

  BatchNormalization: anyShape.chain((shape) =>
    fc.record({
      shapes: fc.constant([shape]),
      config: fc.record({
        axis: fc.constantFrom(-1, shape.length),
        epsilon: fc.constantFrom(1e-3, 1e-5),
        center: bool,
        scale: bool,
      }),
    }),
  ),
  LayerNormalization: anyShape.chain((shape) =>
    fc.record({
      shapes: fc.constant([shape]),
      config: fc.record({
        axis: fc.oneof(
          fc.constantFrom(-1, ...shape.map((_, axis) => axis + 1)),
          fc.shuffledSubarray(
            shape.map((_, axis) => axis + 1),
            { minLength: 1 },
          ),
        ),
        epsilon: fc.constantFrom(1e-3, 1e-5),
        center: bool,
        scale: bool,
      }),
    }),
  ),

  MultiHeadAttention: on(sequence, { heads: size(4), keyDim: size(5), causal: bool }),
  PositionalEncoding: on(sequence, { learned: bool }),
  LastStep: on(sequence),

  Add: merging(),
  Multiply: merging(),
  Average: merging(),
  Maximum: merging(),
  Minimum: merging(),
  Concatenate: anyShape.chain((shape) =>
    fc
      .record({
        axis: fc.constantFrom(-1, ...shape.map((_, axis) => axis + 1)),
        sizes: fc.array(size(4), { minLength: 2, maxLength: 4 }),
      })
      .map(({ axis, sizes }) => ({
        config: { axis },
        shapes: sizes.map((length) =>
          shape.map((each, at) => (at === (axis < 0 ? shape.length : axis) - 1 ? length : each)),
        ),
      })),
  ),
  Dot: fc
    .record({
      m: fc.constantFrom(1, 2),
      n: fc.constantFrom(1, 2),
      left: shapeOf(2),
      right: shapeOf(2),
      i: size(2),
      j: size(2),
      normalize: bool,
      isNegative: bool,
    })
    .map(({ m, n, left, right, i, j, normalize, isNegative }) => {
      const a = left.slice(0, m);
      const b = right.slice(0, n);
      const axes = [Math.min(i, m), Math.min(j, n)];
      b[axes[1]! - 1] = a[axes[0]! - 1]!;
      return {
        shapes: [a, b],
        config: { normalize, axes: isNegative ? [axes[0]! - m - 1, axes[1]! - n - 1] : axes },
      };
    }),

  InputLayer: on(anyShape),
  Dropout: on(anyShape, { rate: fc.constant(0.5) }),
  SpatialDropout1D: on(shapeOf(2), { rate: fc.constant(0.5) }),
  GaussianNoise: on(anyShape, { stddev: fc.constant(0.5) }),
  GaussianDropout: on(anyShape, { rate: fc.constant(0.5) }),
  AlphaDropout: on(anyShape, { rate: fc.constant(0.5) }),
  Flatten: fc.integer({ min: 2, max: 3 }).chain((rank) => on(shapeOf(rank), { dataFormat })),
  Reshape: shapeOf(3).chain(([a, b, c]) =>
    fc
      .constantFrom([a! * b! * c!], [c!, a! * b!], [b!, c!, a!])
      .map((targetShape) => ({ shapes: [[a!, b!, c!]], config: { targetShape } })),
  ),
  Permute: anyShape.chain((shape) =>
    fc
      .shuffledSubarray(
        shape.map((_, axis) => axis + 1),
        { minLength: shape.length },
      )
      .map((dims) => ({ shapes: [shape], config: { dims } })),
  ),
  RepeatVector: on(shapeOf(1), { n: size(5) }),
  ZeroPadding2D: image({
    padding: fc.oneof(size(2), fc.tuple(fc.tuple(size(2), size(2)), fc.tuple(size(2), fc.constant(0)))),
  }),
  Cropping2D: image({
    cropping: fc.oneof(fc.constant(1), fc.tuple(fc.tuple(fc.nat(1), size(2)), fc.tuple(size(2), fc.nat(1)))),
  }),
  UpSampling2D: image({
    size: fc.tuple(size(3), size(3)),
    interpolation: fc.constantFrom("nearest", "bilinear"),
  }),
};
