import type { LayersModel, Scalar, Tensor, Variable } from "@tensorflow/tfjs";
import { fail } from "#core";
import type { OpenBackend } from "./backend.ts";
import { modelFromGraph } from "./convert.ts";
import type { NetGraph } from "./graph.ts";
import type { Loss } from "./losses.ts";
import { type Noise, seedNoise } from "./noise.ts";
import { batchShape, gather, type Rows } from "./rows.ts";

/** The numbers of every layer, in the order of its weights. */
export type NetNumbers = Readonly<Record<string, readonly Float32Array[]>>;

/** One batch: inputs, targets, weights (1 each if undefined). */
export interface Batch {
  readonly x: Float32Array;
  readonly y: Float64Array;
  readonly w: Float64Array | undefined;
}

interface LayerVariable {
  read(): Tensor;
  write(value: Tensor): unknown;
  readonly name: string;
  readonly constraint?: object | null;
}

/** Rows that go through a network together, at most. */
export const BLOCK_ROWS = 4096;
const BLOCK_VALUES = 2 ** 21;

/** A network of tfjs in training: forward, slopes, and its numbers in and out. */
export class TrainingNet {
  readonly noise: Noise;
  /** The trained weights as they are now. Change them, then `publish`. */
  readonly weights: readonly Float32Array[];
  /** Whether each is a matrix, or more: what weight decay is for. */
  readonly areMatrices: readonly boolean[];
  private readonly open: OpenBackend;
  private readonly model: LayersModel;
  private readonly graph: NetGraph;
  private readonly loss: Loss;
  private readonly variables: readonly LayerVariable[];

  constructor(open: OpenBackend, graph: NetGraph, loss: Loss, noise: { seed: number; stream: number }) {
    this.open = open;
    this.graph = graph;
    this.loss = loss;
    this.model = modelFromGraph(open.tf, graph);
    this.noise = seedNoise(open.tf, this.model, noise.seed, noise.stream);
    this.variables = this.model.trainableWeights as unknown as LayerVariable[];
    this.weights = this.variables.map((each) => numbersOf(each.read()));
    this.areMatrices = this.variables.map((each) => each.read().shape.length > 1);
  }

  /**
   * @returns the mean loss of a batch, and the slope of each trained weight.
   * Errors: `ml.unsupported-layer` where tfjs has no slope: a convolution with gaps, for one.
   */
  slopes(batch: Batch): { readonly loss: number; readonly slopes: readonly Float32Array[] } {
    try {
      return this.slopesOf(batch);
    } catch (cause) {
      return fail("ml.unsupported-layer", {
        message: `tfjs cannot train this network on ${this.open.backend}: ${cause instanceof Error ? cause.message : String(cause)}`,
        hint: 'A convolution with a dilationRate above 1: use tickbook\'s causalConv1D. Else try backend: "cpu".',
        cause,
      });
    }
  }

  private slopesOf({ x, y, w }: Batch): { readonly loss: number; readonly slopes: readonly Float32Array[] } {
    const { tf } = this.open;
    const { shape } = this.graph.inputs[0]!;
    let loss = 0;
    const slopes = tf.tidy(() => {
      const input = tf.tensor(x, [y.length, ...shape], "float32");
      const variables = this.variables.map((each) => each.read() as Variable);
      const { grads } = tf.variableGrads(() => {
        const out = this.model.apply(input, { training: true }) as Tensor;
        const z = out.dataSync() as Float32Array;
        const dz = new Float32Array(z.length);
        for (let i = 0; i < y.length; i++) {
          const scale = (w?.[i] ?? 1) / y.length;
          loss += scale * this.loss.value(z, i * this.loss.width, y[i]!);
          this.loss.slope(z, i * this.loss.width, y[i]!, scale, dz);
        }
        // Its slope by the weights is that of the loss, by the chain rule.
        const chained = out.mul(tf.tensor(dz, out.shape, "float32")).sum();
        return this.penalties().reduce((sum, each) => sum.add(each), chained as Scalar) as Scalar;
      }, variables as Variable[]);
      return variables.map(({ name, size }) =>
        grads[name] === undefined ? new Float32Array(size) : (grads[name].dataSync() as Float32Array),
      );
    });
    return { loss, slopes };
  }

  /** Gives the network the trained weights, as they are now. */
  publish(): void {
    const { tf } = this.open;
    tf.tidy(() => {
      this.variables.forEach((each, k) => {
        // The cpu backend keeps the array it is given.
        each.write(tf.tensor(this.weights[k]!.slice(), each.read().shape, "float32"));
        if (each.constraint) this.weights[k]!.set(each.read().dataSync());
      });
    });
  }

  /** What the network gives for rows, without noise. */
  outputs(rows: Rows, isStopped: () => boolean = () => false): Float32Array {
    const count = rows.y.length;
    const out = new Float32Array(count * this.loss.width);
    const size = rows.window * rows.features;
    const block = Math.max(1, Math.min(BLOCK_ROWS, Math.floor(BLOCK_VALUES / size)));
    for (let from = 0; from < count && !isStopped(); from += block) {
      const to = Math.min(from + block, count);
      const z = run(this.open, this.model, gather(rows, undefined, from, to), batchShape(rows, to - from));
      out.set(z, from * this.loss.width);
    }
    return out;
  }

  /** All numbers, those that are not trained as well. */
  numbers(): Record<string, Float32Array[]> {
    return Object.fromEntries(
      Object.keys(this.graph.layers).map((name) => [
        name,
        this.model.getLayer(name).getWeights().map(numbersOf),
      ]),
    );
  }

  restore(numbers: NetNumbers): void {
    const { tf } = this.open;
    tf.tidy(() => {
      for (const [name, { weights }] of Object.entries(this.graph.layers)) {
        const tensors = weights.map(({ shape }, i) =>
          tf.tensor(numbers[name]![i]!.slice(), [...shape], "float32"),
        );
        this.model.getLayer(name).setWeights(tensors);
      }
    });
    this.variables.forEach((each, k) => {
      this.weights[k]!.set(each.read().dataSync());
    });
  }

  dispose(): void {
    this.noise.dispose();
    disposeModel(this.model);
  }

  private penalties(): Scalar[] {
    return (this.model as unknown as { calculateLosses(): Scalar[] }).calculateLosses();
  }
}

/** What a model gives for one block of rows. */
export function run({ tf }: OpenBackend, model: LayersModel, x: Float32Array, shape: number[]): Float32Array {
  return tf.tidy(() => (model.apply(tf.tensor(x, shape, "float32")) as Tensor).dataSync() as Float32Array);
}

/** Frees the numbers of a model that `modelFromGraph` made. */
export function disposeModel(model: LayersModel): void {
  for (const { isDisposed, val } of model.weights as unknown as { isDisposed?: boolean; val: Tensor }[])
    if (!isDisposed && !val.isDisposed) val.dispose();
}

/** The graph with other numbers. */
export function withNumbers(graph: NetGraph, numbers: NetNumbers): NetGraph {
  const layers = Object.entries(graph.layers).map(([name, layer]) => {
    const weights = layer.weights.map((each, i) => ({ ...each, values: numbers[name]![i]! }));
    return [name, { ...layer, weights }] as const;
  });
  return { ...graph, layers: Object.fromEntries(layers) };
}

function numbersOf(tensor: Tensor): Float32Array {
  return Float32Array.from(tensor.dataSync());
}
