/**
 * A dense network as plain numbers, and the same network as tfjs tensors.
 *
 * Shapes: layer l takes rows of `inputs` values and gives rows of `units`: y = f(x W + b),
 *   W [inputs, units] row by row, b [units], float32. The last layer has one unit: the logit of class 1.
 * Initial weights: W normal with deviation sqrt(2 / inputs) before relu and elu (He et al. 2015), else uniform in
 *   +-sqrt(6 / (inputs + units)) (Glorot and Bengio 2010); b = 0. Drawn from our own generator, so that a seed gives
 *   the same start on every backend.
 */
import type { Rng } from "#core";
import type { Tensor, Tensor2D, Tf } from "./backend.ts";

export type Activation = "relu" | "tanh" | "sigmoid" | "elu";

export interface DenseLayer {
  readonly inputs: number;
  readonly units: number;
  readonly activation: Activation;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

/** @param sizes inputs, hidden units, 1. */
export function initialLayers(sizes: readonly number[], activation: Activation, rng: Rng): DenseLayer[] {
  return sizes.slice(1).map((units, l) => {
    const inputs = sizes[l]!;
    const own = l === sizes.length - 2 ? "sigmoid" : activation;
    const weights = new Float32Array(inputs * units);
    const limit = Math.sqrt(6 / (inputs + units));
    const deviation = Math.sqrt(2 / inputs);
    const isRectified = own === "relu" || own === "elu";
    for (let i = 0; i < weights.length; i++)
      weights[i] = isRectified ? deviation * rng.nextNormal() : limit * (2 * rng.next() - 1);
    return { inputs, units, activation: own, weights, bias: new Float32Array(units) };
  });
}

/** The layers' numbers as tensors: W and b of each layer in turn. The caller disposes of them. */
export function tensorsFromLayers(tf: Tf, layers: readonly DenseLayer[]): Tensor[] {
  return layers.flatMap(({ inputs, units, weights, bias }) => [
    tf.tensor2d(weights, [inputs, units]),
    tf.tensor1d(bias),
  ]);
}

/** The layers with the numbers of `tensors`. */
export function layersFromTensors(layers: readonly DenseLayer[], tensors: readonly Tensor[]): DenseLayer[] {
  return layers.map((layer, l) => ({
    ...layer,
    weights: Float32Array.from(tensors[2 * l]!.dataSync()),
    bias: Float32Array.from(tensors[2 * l + 1]!.dataSync()),
  }));
}

/**
 * The logits of rows x, [n, 1]. Call within `tf.tidy`.
 * @param mask the factors by which dropout multiplies the output of hidden layer l; none when predicting.
 */
export function logits(
  layers: readonly DenseLayer[],
  tensors: readonly Tensor[],
  x: Tensor2D,
  mask?: (l: number) => Tensor2D,
): Tensor2D {
  let row = x;
  layers.forEach(({ activation }, l) => {
    row = row.matMul(tensors[2 * l] as Tensor2D).add(tensors[2 * l + 1]!);
    if (l === layers.length - 1) return;
    row = row[activation]();
    if (mask !== undefined) row = row.mul(mask(l));
  });
  return row;
}

export function countWeights(layers: readonly DenseLayer[]): number {
  return layers.reduce((sum, { weights, bias }) => sum + weights.length + bias.length, 0);
}
