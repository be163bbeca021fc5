/**
 * Dropout and noise of a model in training, drawn from our own generator instead of tfjs's, which no seed repeats.
 *
 * Symbols: x inputs, p rate, u uniform in [0, 1), z normal. One sequence for all layers, in the order in which they run.
 *   Dropout, SpatialDropout1D, dropout and recurrentDropout of recurrent layers: x m, m = 0 if u < p, else 1 / (1 - p);
 *     spatial: one m for all steps of a channel
 *   GaussianNoise x + stddev z      GaussianDropout x (1 + z sqrt(p / (1 - p)))
 *   AlphaDropout (Klambauer et al. 2017): a (x k + s (1 - k)) + b, k = 0 if u < p, else 1; s = -1.7580993408473766,
 *     a = ((1 - p)(1 + p s^2))^(-1/2), b = -a s p
 */
import type { LayersModel, Tensor } from "@tensorflow/tfjs";
import { createRng, fail, philox2x32 } from "#core";
import type { Tf } from "./backend.ts";
import { type Layer, layersIn } from "./convert.ts";

/** The noise of one model. */
export interface Noise {
  /** How much was drawn; assign to go on from there. */
  position: number;
  /** Forgets the masks that recurrent layers keep until their next batch. */
  dispose(): void;
}

/** What noise layers and recurrent cells have in tfjs. */
interface Noisy {
  rate: number;
  stddev: number;
  noiseShape?: readonly (number | null)[] | null;
  dropout?: number;
  recurrentDropout?: number;
  dropoutFunc?: (ones: Tensor, rate: number) => Tensor;
  dropoutMask?: Tensor | Tensor[] | null;
  recurrentDropoutMask?: Tensor | Tensor[] | null;
}

const ALPHA_SATURATION = -1.7580993408473766;

/**
 * Takes over the noise of a model's layers.
 * Errors: `ml.unsupported-layer` for dropout within the cells of an RNN layer, which tfjs draws once and then never again.
 */
export function seedNoise(tf: Tf, model: LayersModel, seed: number, stream: number): Noise {
  const source = new Source(seed, stream);
  const cells: Noisy[] = [];
  for (const layer of model.layers.flatMap(layersIn)) {
    const noisy = layer as unknown as Noisy;
    const make = NOISE[layer.getClassName()];
    if (make !== undefined) takeOver(tf, layer, (x) => make(tf, noisy, x, source));
    // Only the classes of one cell forget their masks from batch to batch.
    if (layer.getClassName() === "RNN") assertNoDropout(layer, layersIn(layer));
    if (!((noisy.dropout ?? 0) > 0 || (noisy.recurrentDropout ?? 0) > 0)) continue;
    if (!("dropoutMask" in noisy)) continue;
    noisy.dropoutFunc = (ones, rate) => ones.mul(source.mask(tf, ones.shape, rate));
    cells.push(noisy);
  }
  return {
    get position() {
      return source.position;
    },
    set position(value) {
      source.position = value;
    },
    dispose() {
      for (const cell of cells) {
        tf.dispose([cell.dropoutMask, cell.recurrentDropoutMask].flat().filter((mask) => mask != null));
        cell.dropoutMask = null;
        cell.recurrentDropoutMask = null;
      }
    },
  };
}

type MakeNoise = (tf: Tf, own: Noisy, x: Tensor, source: Source) => Tensor;

const NOISE: Readonly<Record<string, MakeNoise>> = {
  Dropout: (tf, { rate, noiseShape }, x, source) =>
    x.mul(source.mask(tf, noiseShape?.map((size, i) => size ?? x.shape[i]!) ?? x.shape, rate)),
  SpatialDropout1D: (tf, { rate }, x, source) => x.mul(source.mask(tf, [x.shape[0]!, 1, x.shape[2]!], rate)),
  GaussianNoise: (tf, { stddev }, x, source) => x.add(source.normal(tf, x.shape, 0, stddev)),
  GaussianDropout: (tf, { rate }, x, source) =>
    x.mul(source.normal(tf, x.shape, 1, Math.sqrt(rate / (1 - rate)))),
  AlphaDropout: (tf, { rate }, x, source) => {
    const kept = source.mask(tf, x.shape, rate).mul(1 - rate);
    const a = ((1 - rate) * (1 + rate * ALPHA_SATURATION ** 2)) ** -0.5;
    const swapped = x.mul(kept).add(tf.sub(1, kept).mul(ALPHA_SATURATION));
    return swapped.mul(a).add(-a * ALPHA_SATURATION * rate);
  },
};

function takeOver(tf: Tf, layer: Layer, noised: (x: Tensor) => Tensor): void {
  const { rate, stddev } = layer as unknown as Noisy;
  const isQuiet = stddev === undefined ? !(rate > 0 && rate < 1) : !(stddev > 0);
  layer.call = (inputs, kwargs) =>
    tf.tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      return kwargs?.training && !isQuiet ? noised(x) : x.clone();
    });
}

function assertNoDropout(layer: Layer, within: readonly Layer[]): void {
  const hasDropout = within.some((each) => {
    const { dropout, recurrentDropout } = each as unknown as Noisy;
    return (dropout ?? 0) > 0 || (recurrentDropout ?? 0) > 0;
  });
  if (!hasDropout) return;
  fail("ml.unsupported-layer", {
    message: `the layer "${layer.name}" (${layer.getClassName()}) has dropout within its cells`,
    hint: "Use one lstm or gru layer after the other, each with its dropout, or a dropout layer between them.",
    fields: { layer: layer.name, type: layer.getClassName() },
  });
}

class Source {
  position = 0;
  private readonly seed: number;
  private readonly stream: number;

  constructor(seed: number, stream: number) {
    this.seed = seed;
    this.stream = stream;
  }

  /** 0 with the chance `rate`, else 1 / (1 - rate): the mean stays. Two elements a block of 64 random bits. */
  mask(tf: Tf, shape: readonly number[], rate: number): Tensor {
    const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
    const bound = rate * 2 ** 32;
    const kept = 1 / (1 - rate);
    const words = new Uint32Array(2);
    for (let i = 0; i < values.length; i++) {
      if (i % 2 === 0) {
        philox2x32(this.position, this.stream, this.seed, words);
        this.position = (this.position + 1) >>> 0;
      }
      values[i] = words[i % 2]! < bound ? 0 : kept;
    }
    return tf.tensor(values, [...shape], "float32");
  }

  normal(tf: Tf, shape: readonly number[], mean: number, deviation: number): Tensor {
    const rng = createRng(this.seed, this.stream);
    rng.position = this.position;
    const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
    for (let i = 0; i < values.length; i++) values[i] = mean + deviation * rng.nextNormal();
    this.position = rng.position;
    return tf.tensor(values, [...shape], "float32");
  }
}
