/**
 * Layers that tfjs lacks, known to it under these names, so that a network with them is built anywhere from plain data.
 *
 * Shapes without the batch: L steps in time order of c channels. All arithmetic in float32.
 *
 * CausalConv1D [L, c] -> [L, filters]; kernel [kernelSize, c, filters], bias [filters] if useBias:
 *   y[t, f] = activation(bias[f] + sum_{j, i} x[t - (kernelSize - 1 - j) dilationRate, i] kernel[j, i, f]),
 *   x = 0 before the first step: no step sees a later one. The last row of the kernel meets the step itself.
 *
 * MultiHeadAttention [L, c] -> [L, c], of a sequence with itself; weights in this order: query, key, value kernel
 *   [c, heads keyDim], each followed by its bias [heads keyDim], then output kernel [heads keyDim, c] and bias [c].
 *   Q = x Wq + bq, K = x Wk + bk, V = x Wv + bv; head h has their columns h keyDim to (h + 1) keyDim - 1;
 *   A_h = softmax over s of (Q_h K_h^T / sqrt(keyDim) + M), M[t, s] = -1e9 where causal and s > t, else 0;
 *   y = concat_h(A_h V_h) Wo + bo (Vaswani et al. 2017, section 3.2).
 *
 * PositionalEncoding [L, c] -> [L, c]: y = x + positions; weight positions [L, c], not trained unless `learned`.
 *   They start as positions[t, 2i] = sin(t / 10000^(2i / c)), positions[t, 2i + 1] = cos of the same (ibid., 3.5).
 *
 * LastStep [L, c] -> [c]: y = x[L - 1].
 */
import type { Tensor } from "@tensorflow/tfjs";
import type { Tf } from "./backend.ts";
import type { Layer } from "./convert.ts";

export interface CausalConv1DArgs {
  readonly filters: number;
  readonly kernelSize: number;
  /** Steps between the taps. Default 1. */
  readonly dilationRate?: number;
  /** Of tfjs: "relu", "tanh", ... Default "linear". */
  readonly activation?: string;
  readonly useBias?: boolean;
  readonly name?: string;
}

export interface MultiHeadAttentionArgs {
  readonly heads: number;
  /** Columns of each head. */
  readonly keyDim: number;
  /** Whether no step looks at a later one. Default true. */
  readonly causal?: boolean;
  readonly name?: string;
}

export interface PositionalEncodingArgs {
  /** Whether the positions are trained. Default false. */
  readonly learned?: boolean;
  readonly name?: string;
}

/** Makes our own layers for a model of this tfjs. */
export interface OwnLayers {
  causalConv1D(args: CausalConv1DArgs): Layer;
  multiHeadAttention(args: MultiHeadAttentionArgs): Layer;
  positionalEncoding(args?: PositionalEncodingArgs): Layer;
  lastStep(args?: { readonly name?: string }): Layer;
}

const known = new WeakMap<Tf, OwnLayers>();

/** Tells tfjs about our layers, once. */
export function ownLayers(tf: Tf): OwnLayers {
  let own = known.get(tf);
  if (own === undefined) {
    own = {
      causalConv1D: maker(tf, defineCausalConv1D(tf)),
      multiHeadAttention: maker(tf, defineMultiHeadAttention(tf)),
      positionalEncoding: maker(tf, definePositionalEncoding(tf)),
      lastStep: maker(tf, defineLastStep(tf)),
    };
    known.set(tf, own);
  }
  return own;
}

// biome-ignore lint/suspicious/noExplicitAny: tfjs's registry asks for a constructor of anything.
type LayerClass = { new (args: any): Layer; readonly className: string };

function maker<A extends object>(tf: Tf, layerClass: LayerClass): (args?: A) => Layer {
  tf.serialization.registerClass(
    layerClass as unknown as Parameters<typeof tf.serialization.registerClass>[0],
  );
  return (args) => new layerClass({ ...args });
}

const single = <T>(given: T | T[]): T => (Array.isArray(given) ? given[0]! : given);

function defineCausalConv1D(tf: Tf): LayerClass {
  return class CausalConv1D extends tf.layers.Layer {
    static readonly className = "CausalConv1D";
    private readonly args: Required<Omit<CausalConv1DArgs, "name">>;
    private readonly activation: Layer;
    // Found by this ending when a seed draws initial weights.
    private readonly kernelInitializer = tf.initializers.heUniform({});

    constructor(args: CausalConv1DArgs) {
      super(args as object);
      const { filters, kernelSize, dilationRate = 1, activation = "linear", useBias = true } = args;
      this.args = { filters, kernelSize, dilationRate, activation, useBias };
      this.activation = tf.layers.activation({ activation: activation as "relu" });
    }

    override build(shape: number[]): void {
      const { filters, kernelSize, useBias } = this.args;
      const channels = shape.at(-1)!;
      this.addWeight("kernel", [kernelSize, channels, filters], "float32", this.kernelInitializer);
      if (useBias) this.addWeight("bias", [filters], "float32", tf.initializers.zeros());
      super.build(shape);
    }

    override computeOutputShape(shape: number[]): number[] {
      return [...shape.slice(0, 2), this.args.filters];
    }

    override call(inputs: Tensor | Tensor[]): Tensor {
      const { filters, kernelSize, dilationRate } = this.args;
      return tf.tidy(() => {
        const x = single(inputs) as Tensor;
        const [batch, steps, channels] = x.shape as [number, number, number];
        const before = (kernelSize - 1) * dilationRate;
        const padded = before === 0 ? x : x.pad([[0, 0], [before, 0], [0, 0]]); // biome-ignore format: one line
        const taps = Array.from({ length: kernelSize }, (_, j) =>
          padded.slice([0, j * dilationRate, 0], [batch, steps, channels]),
        );
        // One product over all taps side by side.
        const wide = (kernelSize === 1 ? x : tf.concat(taps, 2)).reshape([-1, kernelSize * channels]);
        const [kernel, bias] = this.weights.map((weight) => weight.read());
        const product = tf.matMul(wide as never, kernel!.reshape([kernelSize * channels, filters]) as never);
        const sum = bias === undefined ? product : product.add(bias);
        return this.activation.call(sum.reshape([batch, steps, filters]), {}) as Tensor;
      });
    }

    override getConfig() {
      return { ...super.getConfig(), ...this.args };
    }
  };
}

function defineMultiHeadAttention(tf: Tf): LayerClass {
  return class MultiHeadAttention extends tf.layers.Layer {
    static readonly className = "MultiHeadAttention";
    private readonly args: Required<Omit<MultiHeadAttentionArgs, "name">>;
    private readonly kernelInitializer = tf.initializers.glorotUniform({});

    constructor(args: MultiHeadAttentionArgs) {
      super(args as object);
      this.args = { heads: args.heads, keyDim: args.keyDim, causal: args.causal ?? true };
    }

    override build(shape: number[]): void {
      const width = shape.at(-1)!;
      const inner = this.args.heads * this.args.keyDim;
      for (const name of ["query", "key", "value"]) {
        this.addWeight(`${name}_kernel`, [width, inner], "float32", this.kernelInitializer);
        this.addWeight(`${name}_bias`, [inner], "float32", tf.initializers.zeros());
      }
      this.addWeight("output_kernel", [inner, width], "float32", this.kernelInitializer);
      this.addWeight("output_bias", [width], "float32", tf.initializers.zeros());
      super.build(shape);
    }

    override computeOutputShape(shape: number[]): number[] {
      return shape;
    }

    override call(inputs: Tensor | Tensor[]): Tensor {
      const { heads, keyDim, causal } = this.args;
      return tf.tidy(() => {
        const x = single(inputs) as Tensor;
        const [batch, steps, width] = x.shape as [number, number, number];
        const weights = this.weights.map((weight) => weight.read());
        const project = (rows: Tensor, i: number) =>
          tf.matMul(rows as never, weights[2 * i] as never).add(weights[2 * i + 1]!);
        const rows = x.reshape([batch * steps, width]);
        // [batch, heads, steps, keyDim]
        const headsOf = (i: number) =>
          project(rows, i).reshape([batch, steps, heads, keyDim]).transpose([0, 2, 1, 3]);
        const [query, key, value] = [headsOf(0), headsOf(1), headsOf(2)];
        const scores = tf.matMul(query as never, key as never, false, true).mul(1 / Math.sqrt(keyDim));
        const weighed = tf.softmax(causal ? scores.add(laterSteps(tf, steps)) : scores);
        const mixed = tf.matMul(weighed as never, value as never).transpose([0, 2, 1, 3]);
        return project(mixed.reshape([batch * steps, heads * keyDim]), 3).reshape([batch, steps, width]);
      });
    }

    override getConfig() {
      return { ...super.getConfig(), ...this.args };
    }
  };
}

/** M of the docstring above. */
function laterSteps(tf: Tf, steps: number): Tensor {
  const mask = new Float32Array(steps * steps);
  for (let t = 0; t < steps; t++) mask.fill(-1e9, t * steps + t + 1, (t + 1) * steps);
  return tf.tensor(mask, [steps, steps]);
}

function definePositionalEncoding(tf: Tf): LayerClass {
  return class PositionalEncoding extends tf.layers.Layer {
    static readonly className = "PositionalEncoding";
    private readonly learned: boolean;

    constructor(args: PositionalEncodingArgs) {
      super(args as object);
      this.learned = args.learned ?? false;
    }

    override build(shape: number[]): void {
      const start = { apply: (size: number[]) => tf.tensor(sinusoids(size[0]!, size[1]!), size as [number]) };
      this.addWeight("positions", shape.slice(1), "float32", start as never, undefined, this.learned);
      super.build(shape);
    }

    override computeOutputShape(shape: number[]): number[] {
      return shape;
    }

    override call(inputs: Tensor | Tensor[]): Tensor {
      return tf.tidy(() => (single(inputs) as Tensor).add(this.weights[0]!.read()));
    }

    override getConfig() {
      return { ...super.getConfig(), learned: this.learned };
    }
  };
}

function sinusoids(steps: number, width: number): Float32Array {
  const out = new Float32Array(steps * width);
  for (let t = 0; t < steps; t++)
    for (let c = 0; c < width; c++) {
      const angle = t / 10_000 ** ((c - (c % 2)) / width);
      out[t * width + c] = c % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
    }
  return out;
}

function defineLastStep(tf: Tf): LayerClass {
  return class LastStep extends tf.layers.Layer {
    static readonly className = "LastStep";

    override computeOutputShape(shape: number[]): number[] {
      return [shape[0]!, shape[2]!];
    }

    override call(inputs: Tensor | Tensor[]): Tensor {
      return tf.tidy(() => {
        const x = single(inputs) as Tensor;
        const [batch, steps, width] = x.shape as [number, number, number];
        return x.slice([0, steps - 1, 0], [batch, 1, width]).reshape([batch, width]);
      });
    }
  };
}
