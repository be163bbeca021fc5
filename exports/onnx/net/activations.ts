/**
 * Activation functions, by the names that tfjs gives them, and the layers that are one.
 *
 * Forms are chosen so that a row's bits do not depend on its place in the batch. onnxruntime's Elu, Selu, Softplus and
 * Log round the elements at the end of a tensor otherwise than those within; its Exp, Tanh, Sigmoid, Erf, Softmax and
 * LogSoftmax do not.
 */
import type { LayerCall, LayerSupport } from "./layer-call.ts";

type Write = (call: LayerCall, x: string) => string;

// Klambauer et al. 2017.
const SELU = { alpha: 1.6732632423543772, scale: 1.0507009873554805 } as const;

export const ACTIVATIONS: Readonly<Record<string, Write>> = {
  linear: (_, x) => x,
  relu: op("Relu"),
  relu6: (call, x) => call.node("Min", [call.node("Relu", [x], "relu"), call.scalar(6)], "relu6"),
  sigmoid: op("Sigmoid"),
  tanh: op("Tanh"),
  softsign: op("Softsign"),
  hardSigmoid: (call, x) =>
    call.node("HardSigmoid", [x], "hardSigmoid", { alpha: { f: 0.2 }, beta: { f: 0.5 } }),
  softmax: (call, x) => call.node("Softmax", [x], "softmax", { axis: { i: -1 } }),
  logSoftmax: (call, x) => call.node("LogSoftmax", [x], "logSoftmax", { axis: { i: -1 } }),
  elu: (call, x) => call.node("Add", [exponentialLeft(call, x), call.node("Relu", [x], "right")], "elu"),
  selu,
  softplus,
  swish: (call, x) => call.node("Mul", [call.node("Sigmoid", [x], "sigmoid"), x], "swish"),
  mish: (call, x) => call.node("Mul", [x, call.node("Tanh", [softplus(call, x)], "tanh")], "mish"),
  gelu,
  gelu_new: geluNew,
};

/** Applies the activation of the call's config under `key`. */
export function activate(call: LayerCall, x: string, key = "activation"): string {
  const name = call.setting(key, "linear");
  return writerOf(call, name)(call, x);
}

/** Refuses a name that tfjs does not have. */
export function writerOf(call: LayerCall, name: string): Write {
  if (Object.hasOwn(ACTIVATIONS, name)) return ACTIVATIONS[name]!;
  return call.refuse(
    `has the activation "${name}", which cannot be written`,
    `Use one of ${Object.keys(ACTIVATIONS).join(", ")}.`,
  );
}

function op(opType: string): Write {
  return (call, x) => call.node(opType, [x], opType.toLowerCase());
}

/** exp(min(x, 0)) - 1 */
function exponentialLeft(call: LayerCall, x: string): string {
  const exp = call.node("Exp", [call.node("Min", [x, call.scalar(0)], "negative")], "exp");
  return call.node("Sub", [exp, call.scalar(1)], "left");
}

function selu(call: LayerCall, x: string): string {
  const left = call.node("Mul", [exponentialLeft(call, x), call.scalar(SELU.alpha * SELU.scale)], "scaled");
  const right = call.node("Mul", [call.node("Relu", [x], "right"), call.scalar(SELU.scale)], "stretched");
  return call.node("Add", [left, right], "selu");
}

/**
 * log(1 + e^x) = max(x, 0) + log(1 + e), e = exp(-|x|); log(1 + e) = 2 (z + z^3 / 3 + ... + z^13 / 13), z = e / (2 + e).
 * As z is at most 1/3, what is left out is below 2e-8 of the value.
 */
function softplus(call: LayerCall, x: string): string {
  const size = call.node("Neg", [call.node("Abs", [x], "size")], "minus");
  const e = call.node("Exp", [size], "exp");
  const z = call.node("Div", [e, call.node("Add", [e, call.scalar(2)], "below")], "z");
  const square = call.node("Mul", [z, z], "square");
  let sum = call.scalar(2 / 13);
  for (const k of [11, 9, 7, 5, 3, 1]) {
    const product = call.node("Mul", [sum, square], "power");
    sum = call.node("Add", [product, call.scalar(2 / k)], "series");
  }
  const log = call.node("Mul", [sum, z], "log");
  return call.node("Add", [call.node("Relu", [x], "right"), log], "softplus");
}

/** x (1 + erf(x / sqrt(2))) / 2 */
function gelu(call: LayerCall, x: string): string {
  const erf = call.node("Erf", [call.node("Div", [x, call.scalar(Math.SQRT2)], "scaled")], "erf");
  const chance = call.node("Mul", [call.node("Add", [erf, call.scalar(1)], "sum"), call.scalar(0.5)], "half");
  return call.node("Mul", [x, chance], "gelu");
}

/** x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2 */
function geluNew(call: LayerCall, x: string): string {
  const cube = call.node("Mul", [x, call.node("Mul", [x, x], "square")], "cube");
  const bent = call.node("Add", [x, call.node("Mul", [cube, call.scalar(0.044715)], "little")], "bent");
  const tanh = call.node(
    "Tanh",
    [call.node("Mul", [bent, call.scalar(Math.sqrt(2 / Math.PI))], "z")],
    "tanh",
  );
  const chance = call.node(
    "Mul",
    [call.node("Add", [tanh, call.scalar(1)], "sum"), call.scalar(0.5)],
    "half",
  );
  return call.node("Mul", [x, chance], "geluNew");
}

export const ACTIVATION_LAYERS: Readonly<Record<string, LayerSupport>> = {
  Activation: {
    becomes: "the activation's nodes",
    limits: `${Object.keys(ACTIVATIONS).join(", ")}`,
    write: (call) => activate(call, call.input.tensor),
  },
  ReLU: { becomes: "Relu, Min", write: rectified },
  LeakyReLU: {
    becomes: "LeakyRelu",
    write: (call) =>
      call.node("LeakyRelu", [call.input.tensor], "leaky", { alpha: { f: call.setting("alpha", 0.3) } }),
  },
  PReLU: { becomes: "PRelu", write: parametric },
  ELU: { becomes: "Min, Exp, Sub, Relu, Add", write: (call) => ACTIVATIONS.elu!(call, call.input.tensor) },
  ThresholdedReLU: { becomes: "Greater, Cast, Mul", write: thresholded },
  Softmax: {
    becomes: "Softmax",
    limits: "one axis; tfjs itself takes the last one only",
    write: softmaxLayer,
  },
};

function rectified(call: LayerCall): string {
  const relu = call.node("Relu", [call.input.tensor], "relu");
  const max = call.parts.config.maxValue;
  return typeof max === "number" ? call.node("Min", [relu, call.scalar(max)], "clipped") : relu;
}

function parametric(call: LayerCall): string {
  const { shape, values } = call.values(0);
  return call.node("PRelu", [call.input.tensor, call.weight("alpha", shape, () => values)], "prelu");
}

function thresholded(call: LayerCall): string {
  const x = call.input.tensor;
  const isAbove = call.node("Greater", [x, call.scalar(call.setting("theta", 1))], "isAbove");
  return call.node("Mul", [x, call.node("Cast", [isAbove], "factor", { to: { i: 1 } })], "thresholded");
}

function softmaxLayer(call: LayerCall): string {
  const given = call.parts.config.axis ?? 1;
  const axis = Array.isArray(given) && given.length === 1 ? (given[0] as unknown) : given;
  if (typeof axis !== "number" || axis === 0)
    return call.refuse(`has the axis ${JSON.stringify(given)}`, "Give it one axis after the batch: -1.");
  return call.node("Softmax", [call.input.tensor], "softmax", { axis: { i: axis } });
}
