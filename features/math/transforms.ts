import { unary } from "./elementwise.ts";

const OUTSIDE = "NaN outside of its domain.";

/** Arc cosine, in radians; NaN outside of -1 to 1. */
export const acos = unary(
  {
    name: "acos",
    talib: "ACOS",
    summary: "Arc cosine.",
    source: `TA-Lib ACOS: ${OUTSIDE}`,
    unit: "radians",
    sparse: true,
  },
  (a) => Math.acos(a),
);
/** Arc sine, in radians; NaN outside of -1 to 1. */
export const asin = unary(
  {
    name: "asin",
    talib: "ASIN",
    summary: "Arc sine.",
    source: `TA-Lib ASIN: ${OUTSIDE}`,
    unit: "radians",
    sparse: true,
  },
  (a) => Math.asin(a),
);
/** Arc tangent, in radians. */
export const atan = unary(
  { name: "atan", talib: "ATAN", summary: "Arc tangent.", source: "TA-Lib ATAN.", unit: "radians" },
  (a) => Math.atan(a),
);
/** The next whole number up. */
export const ceil = unary(
  {
    name: "ceil",
    talib: "CEIL",
    summary: "The next whole number up.",
    source: "TA-Lib CEIL.",
    unit: "input",
  },
  (a) => Math.ceil(a),
);
/** Cosine of radians. */
export const cos = unary(
  { name: "cos", talib: "COS", summary: "Cosine of radians.", source: "TA-Lib COS.", unit: "score" },
  (a) => Math.cos(a),
);
/** Hyperbolic cosine; infinite from about 710 on. */
export const cosh = unary(
  {
    name: "cosh",
    talib: "COSH",
    summary: "Hyperbolic cosine.",
    source: "TA-Lib COSH.",
    unit: "score",
    sparse: true,
  },
  (a) => Math.cosh(a),
);
/** e to the power of the value; infinite from about 710 on. */
export const exp = unary(
  {
    name: "exp",
    talib: "EXP",
    summary: "e to the power of the value.",
    source: "TA-Lib EXP.",
    unit: "score",
    sparse: true,
  },
  (a) => Math.exp(a),
);
/** The next whole number down. */
export const floor = unary(
  {
    name: "floor",
    talib: "FLOOR",
    summary: "The next whole number down.",
    source: "TA-Lib FLOOR.",
    unit: "input",
  },
  (a) => Math.floor(a),
);
/** Natural logarithm; NaN below 0, -Infinity at 0. */
export const ln = unary(
  {
    name: "ln",
    talib: "LN",
    summary: "Natural logarithm.",
    source: `TA-Lib LN: ${OUTSIDE}`,
    unit: "score",
    sparse: true,
  },
  (a) => Math.log(a),
);
/** Decimal logarithm; NaN below 0, -Infinity at 0. */
export const log10 = unary(
  {
    name: "log10",
    talib: "LOG10",
    summary: "Decimal logarithm.",
    source: `TA-Lib LOG10: ${OUTSIDE}`,
    unit: "score",
    sparse: true,
  },
  (a) => Math.log10(a),
);
/** Sine of radians. */
export const sin = unary(
  { name: "sin", talib: "SIN", summary: "Sine of radians.", source: "TA-Lib SIN.", unit: "score" },
  (a) => Math.sin(a),
);
/** Hyperbolic sine; infinite from about 710 on. */
export const sinh = unary(
  {
    name: "sinh",
    talib: "SINH",
    summary: "Hyperbolic sine.",
    source: "TA-Lib SINH.",
    unit: "score",
    sparse: true,
  },
  (a) => Math.sinh(a),
);
/** Square root; NaN below 0. */
export const sqrt = unary(
  {
    name: "sqrt",
    talib: "SQRT",
    summary: "Square root.",
    source: `TA-Lib SQRT: ${OUTSIDE}`,
    unit: "score",
    sparse: true,
  },
  (a) => Math.sqrt(a),
);
/** Tangent of radians. */
export const tan = unary(
  { name: "tan", talib: "TAN", summary: "Tangent of radians.", source: "TA-Lib TAN.", unit: "score" },
  (a) => Math.tan(a),
);
/** Hyperbolic tangent, -1 to 1. */
export const tanh = unary(
  { name: "tanh", talib: "TANH", summary: "Hyperbolic tangent.", source: "TA-Lib TANH.", unit: "score" },
  (a) => Math.tanh(a),
);
/** Size without the sign. */
export const abs = unary(
  { name: "abs", summary: "The value without its sign.", source: "|x|.", unit: "input" },
  (a) => Math.abs(a),
);
/** -1, 0 or 1. */
export const sign = unary(
  {
    name: "sign",
    summary: "The sign of the value: -1, 0 or 1.",
    source: "x / |x|, and 0 of 0.",
    unit: "signal",
  },
  (a) => (a > 0 ? 1 : a < 0 ? -1 : 0),
);
