/**
 * Networks to choose from, as plain data: what they are follows from their options, and so does a memo's key.
 *
 * Each ends in one dense layer, named "head", that fits the objective. Those for sequences want a dataset with a window.
 */
import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs";
import { checkNames, fail, suggest } from "#core";
import type { Tf } from "./backend.ts";
import type { Layer } from "./convert.ts";
import type { NetGraph } from "./graph.ts";
import { type OwnLayers, ownLayers } from "./layers.ts";

export type Activation = "relu" | "tanh" | "sigmoid" | "elu" | "selu" | "swish" | "gelu" | "softplus";

export interface MlpSpec {
  readonly kind: "mlp";
  /** Units of each hidden layer. */
  readonly hidden: readonly number[];
  readonly activation: Activation;
  readonly dropout: number;
  /** Whether each hidden layer's sums are normalised over the batch before the activation. */
  readonly batchNorm: boolean;
}
export interface RecurrentSpec {
  readonly kind: "lstm" | "gru";
  /** Of each layer, the first nearest to the input. */
  readonly units: readonly number[];
  readonly dropout: number;
}
export interface TcnSpec {
  readonly kind: "tcn";
  readonly filters: number;
  readonly kernelSize: number;
  /** One block of two convolutions each. */
  readonly dilations: readonly number[];
  readonly dropout: number;
}
export interface TransformerSpec {
  readonly kind: "transformer";
  readonly heads: number;
  readonly keyDim: number;
  readonly layers: number;
  /** Units within each layer's two dense ones. */
  readonly feedForward: number;
  readonly dropout: number;
}
export interface AutoencoderSpec {
  readonly kind: "autoencoder";
  /** Units from the inputs to the code; the way back mirrors them. */
  readonly hidden: readonly number[];
  readonly code: number;
  readonly activation: Activation;
}
export type NetSpec = MlpSpec | RecurrentSpec | TcnSpec | TransformerSpec | AutoencoderSpec;

type Options<S extends NetSpec> = Partial<Omit<S, "kind">>;

/** Dense layers. Default [16, 16] of relu. Errors of all functions here: `ml.bad-option`. */
export function mlp(options: Options<MlpSpec> = {}): MlpSpec {
  const defaults = { hidden: [16, 16], activation: "relu", dropout: 0, batchNorm: false } as const;
  return checked({ kind: "mlp", ...defaults }, options);
}

/** Long short-term memory (Hochreiter and Schmidhuber 1997). @param options.units one number for one layer. */
export function lstm(options: RecurrentOptions = {}): RecurrentSpec {
  return recurrent("lstm", options);
}

/** Gated recurrent units (Cho et al. 2014). */
export function gru(options: RecurrentOptions = {}): RecurrentSpec {
  return recurrent("gru", options);
}

export interface RecurrentOptions {
  readonly units?: number | readonly number[];
  readonly dropout?: number;
}

/** Blocks of two causal convolutions with a way around them (Bai, Kolter and Koltun 2018, without weight norm). */
export function tcn(options: Options<TcnSpec> = {}): TcnSpec {
  const defaults = { filters: 32, kernelSize: 3, dilations: [1, 2, 4], dropout: 0 };
  return checked({ kind: "tcn", ...defaults }, options);
}

/** Causal encoder with normalisation before each part; the last step decides (Vaswani et al. 2017). */
export function transformer(options: Options<TransformerSpec> = {}): TransformerSpec {
  const defaults = { heads: 2, keyDim: 16, layers: 2, feedForward: 64, dropout: 0 };
  return checked({ kind: "transformer", ...defaults }, options);
}

/**
 * Learns to give its inputs back through a narrow code. Its one output is the mean squared error of the scaled inputs:
 * how unlike the training rows a row is.
 */
export function autoencoder(options: Options<AutoencoderSpec> = {}): AutoencoderSpec {
  const defaults = { hidden: [16], code: 4, activation: "tanh" } as const;
  return checked({ kind: "autoencoder", ...defaults }, options);
}

const MAKERS: Readonly<Record<NetSpec["kind"], (options: object) => NetSpec>> = {
  mlp,
  lstm,
  gru,
  tcn,
  transformer,
  autoencoder,
};

/** A network that may have been written by hand, with its defaults. */
export function completeSpec({ kind, ...options }: { readonly kind: string }): NetSpec {
  if (Object.hasOwn(MAKERS, kind)) return MAKERS[kind as NetSpec["kind"]](options);
  const near = suggest(kind, Object.keys(MAKERS));
  return fail("ml.bad-option", {
    message: `there is no network of the kind ${JSON.stringify(kind)}; there are ${Object.keys(MAKERS).join(", ")}`,
    ...(near === undefined ? {} : { hint: `Did you mean ${near}?` }),
    fields: { option: "model", value: kind },
  });
}

function recurrent(kind: "lstm" | "gru", options: RecurrentOptions): RecurrentSpec {
  const { units } = options;
  const list = typeof units === "number" ? { units: [units] } : {};
  return checked({ kind, dropout: 0, units: [32] }, { ...options, ...list });
}

/** What a network is built for. */
export interface NetShape {
  readonly features: number;
  /** 1: the input is [features]; else [window, features]. */
  readonly window: number;
  /** Units of the last layer and what they must be: sigmoid for a chance, softmax for chances. */
  readonly outputs: number;
  readonly activation: "sigmoid" | "softmax" | "linear";
}

/** A user's own network, built at once and of our tfjs: a promise is refused. */
export type NetBuilder = (tf: Tf, shape: NetShape & { readonly layers: OwnLayers }) => LayersModel;

/** A network: by its options, by a function, or ready with weights to go on from. */
export type NetModel = NetSpec | NetBuilder | NetGraph;

/** "mlp 4-16-16-1", "lstm 20x4-32-1". */
export function summaryOf(model: NetModel, { features, window, outputs }: NetShape): string {
  const input = window === 1 ? `${features}` : `${window}x${features}`;
  if (typeof model === "function") return `own ${input}-${outputs}`;
  if ("calls" in model) return `given ${input}-${outputs}`;
  return `${model.kind} ${[input, ...innerSizes(model), outputs].join("-")}`;
}

function innerSizes(spec: NetSpec): readonly (number | string)[] {
  switch (spec.kind) {
    case "mlp":
      return spec.hidden;
    case "lstm":
    case "gru":
      return spec.units;
    case "tcn":
      return spec.dilations.map(() => spec.filters);
    case "transformer":
      return Array.from({ length: spec.layers }, () => `${spec.heads}x${spec.keyDim}`);
    case "autoencoder":
      return [...spec.hidden, spec.code, ...spec.hidden.toReversed()];
  }
}

/** Builds a network of ours. Errors: `ml.bad-option` for a sequence network without a window. */
export function buildSpec(tf: Tf, spec: NetSpec, shape: NetShape): LayersModel {
  const { features, window } = shape;
  if (window === 1 && spec.kind !== "mlp" && spec.kind !== "autoencoder") {
    fail("ml.bad-option", {
      message: `${spec.kind} learns sequences, and the dataset has a window of 1 row`,
      hint: "Give dataset(...) a window, such as 20.",
      fields: { option: "window", value: window },
    });
  }
  const input = tf.input({ shape: window === 1 ? [features] : [window, features], name: "features" });
  const b = new Builder(tf);
  const body = bodyOf(b, spec, input);
  // An autoencoder's error is its output.
  if (spec.kind === "autoencoder") return tf.model({ inputs: input, outputs: body });
  const head = tf.layers.dense({ units: shape.outputs, activation: shape.activation, name: "head" });
  return tf.model({ inputs: input, outputs: b.on(body, head) });
}

/** Calls layers one after the other. */
class Builder {
  readonly tf: Tf;

  constructor(tf: Tf) {
    this.tf = tf;
  }

  on(x: SymbolicTensor | SymbolicTensor[], ...layers: readonly (Layer | undefined)[]): SymbolicTensor {
    let out = x;
    for (const layer of layers) if (layer !== undefined) out = layer.apply(out) as SymbolicTensor;
    return out as SymbolicTensor;
  }

  dropout(rate: number): Layer | undefined {
    return rate === 0 ? undefined : this.tf.layers.dropout({ rate });
  }

  flat(x: SymbolicTensor): SymbolicTensor {
    return x.shape.length === 2 ? x : this.on(x, this.tf.layers.flatten());
  }
}

function bodyOf(b: Builder, spec: NetSpec, input: SymbolicTensor): SymbolicTensor {
  switch (spec.kind) {
    case "mlp":
      return dense(b, spec, input);
    case "lstm":
    case "gru":
      return recur(b, spec, input);
    case "tcn":
      return convolve(b, spec, input);
    case "transformer":
      return attend(b, spec, input);
    case "autoencoder":
      return reconstruct(b, spec, input);
  }
}

function dense(b: Builder, spec: MlpSpec, input: SymbolicTensor): SymbolicTensor {
  const { layers } = b.tf;
  const activation = spec.activation as "relu";
  const isRectified = ["relu", "elu", "swish", "gelu"].includes(spec.activation);
  const kernelInitializer = isRectified
    ? "heNormal"
    : spec.activation === "selu"
      ? "leCunNormal"
      : "glorotUniform";
  let x = b.flat(input);
  for (const units of spec.hidden) {
    x = spec.batchNorm
      ? b.on(
          x,
          layers.dense({ units, kernelInitializer, useBias: false }),
          layers.batchNormalization(),
          layers.activation({ activation }),
        )
      : b.on(x, layers.dense({ units, activation, kernelInitializer }));
    x = b.on(x, b.dropout(spec.dropout));
  }
  return x;
}

function recur(b: Builder, { kind, units, dropout }: RecurrentSpec, input: SymbolicTensor): SymbolicTensor {
  let x = input;
  units.forEach((size, i) => {
    // Sigmoid as in the papers; tfjs's own default is its piecewise linear look-alike.
    const args = {
      units: size,
      returnSequences: i < units.length - 1,
      recurrentActivation: "sigmoid",
    } as const;
    const layer = kind === "lstm" ? b.tf.layers.lstm(args) : b.tf.layers.gru(args);
    x = b.on(x, layer, b.dropout(dropout));
  });
  return x;
}

function convolve(b: Builder, spec: TcnSpec, input: SymbolicTensor): SymbolicTensor {
  const { layers } = b.tf;
  const own = ownLayers(b.tf);
  const { filters, kernelSize, dropout } = spec;
  let x = input;
  for (const dilationRate of spec.dilations) {
    const conv = () => own.causalConv1D({ filters, kernelSize, dilationRate, activation: "relu" });
    const inner = b.on(x, conv(), b.dropout(dropout), conv(), b.dropout(dropout));
    const around = x.shape.at(-1) === filters ? x : b.on(x, layers.dense({ units: filters }));
    x = b.on(b.on([inner, around], layers.add()), layers.activation({ activation: "relu" }));
  }
  return b.on(x, own.lastStep());
}

function attend(b: Builder, spec: TransformerSpec, input: SymbolicTensor): SymbolicTensor {
  const { layers } = b.tf;
  const own = ownLayers(b.tf);
  const { heads, keyDim, feedForward, dropout } = spec;
  const units = heads * keyDim;
  let x = b.on(input, layers.dense({ units }), own.positionalEncoding());
  for (let i = 0; i < spec.layers; i++) {
    const mixed = b.on(
      x,
      layers.layerNormalization(),
      own.multiHeadAttention({ heads, keyDim }),
      b.dropout(dropout),
    );
    x = b.on([x, mixed], layers.add());
    const wide = layers.dense({ units: feedForward, activation: "relu", kernelInitializer: "heNormal" });
    const fed = b.on(x, layers.layerNormalization(), wide, layers.dense({ units }), b.dropout(dropout));
    x = b.on([x, fed], layers.add());
  }
  return b.on(x, layers.layerNormalization(), own.lastStep());
}

/** The decoder gives minus its reconstruction, so that stock layers make the error: mean((x + (-x'))^2). */
function reconstruct(b: Builder, spec: AutoencoderSpec, input: SymbolicTensor): SymbolicTensor {
  const { layers, initializers } = b.tf;
  const x = b.flat(input);
  const width = x.shape[1]!;
  const activation = spec.activation as "relu";
  let code = x;
  for (const units of spec.hidden) code = b.on(code, layers.dense({ units, activation }));
  code = b.on(code, layers.dense({ units: spec.code, activation, name: "code" }));
  for (const units of spec.hidden.toReversed()) code = b.on(code, layers.dense({ units, activation }));
  const minus = b.on(code, layers.dense({ units: width, name: "minus_reconstruction" }));
  const residual = b.on([x, minus], layers.add());
  const mean = layers.dense({
    units: 1,
    useBias: false,
    kernelInitializer: initializers.constant({ value: 1 / width }),
    trainable: false,
    name: "error",
  });
  return b.on(b.on([residual, residual], layers.multiply()), mean);
}

const COUNTS = ["units", "filters", "kernelSize", "heads", "keyDim", "layers", "feedForward", "code"];
const LISTS = ["hidden", "units", "dilations"];
const ACTIVATIONS: readonly string[] = [
  "relu", "tanh", "sigmoid", "elu", "selu", "swish", "gelu", "softplus",
] satisfies Activation[]; // biome-ignore format: a list

function checked<S extends NetSpec>(defaults: S, options: object): S {
  const { kind, ...known } = defaults;
  checkNames("ml.bad-option", `${kind} options`, options, Object.keys(known));
  const spec = { ...defaults, ...options };
  for (const [option, value] of Object.entries(spec)) {
    const rule = ruleOf(option, value);
    if (rule === undefined) continue;
    fail("ml.bad-option", {
      message: `${kind}: ${option} is ${JSON.stringify(value)}; it must be ${rule}`,
      fields: { option, value },
    });
  }
  return spec;
}

/** The rule that a value breaks; undefined if it keeps it. */
function ruleOf(option: string, value: unknown): string | undefined {
  const isCount = (x: unknown) => Number.isInteger(x) && (x as number) >= 1 && (x as number) <= 4096;
  if (Array.isArray(value) && LISTS.includes(option)) {
    const least = option === "hidden" ? 0 : 1;
    return value.length >= least && value.length <= 16 && value.every(isCount)
      ? undefined
      : `${least} to 16 whole numbers from 1 to 4096`;
  }
  if (option === "hidden" || option === "dilations") return "a list of whole numbers";
  if (COUNTS.includes(option)) return isCount(value) ? undefined : "a whole number from 1 to 4096";
  if (option === "activation")
    return ACTIVATIONS.includes(value as string) ? undefined : `one of ${ACTIVATIONS.join(", ")}`;
  if (option === "dropout")
    return typeof value === "number" && value >= 0 && value < 1 ? undefined : "a share in [0, 1)";
  if (option === "batchNorm") return typeof value === "boolean" ? undefined : "true or false";
  return undefined;
}
