/** Plain formulas over each window by itself, in two passes: slow, and as accurate as doubles are. */
import type { TalibCase } from "./golden.ts";

/** Functions whose rolling sums lose digits in TA-Lib. */
export const DRIFTING = new Set([
  "STDDEV",
  "VAR",
  "BBANDS",
  "CORREL",
  "BETA",
  "LINEARREG",
  "LINEARREG_ANGLE",
  "LINEARREG_INTERCEPT",
  "LINEARREG_SLOPE",
  "TSF",
]);

type Window = readonly number[];

/** What a function should give, one column an output. TA-Lib's own answer where the average is not the simple one. */
export function twoPass(
  { talib, params, outputs }: TalibCase,
  inputs: readonly Float64Array[],
): readonly Float64Array[] {
  const n = params[0]!;
  const x = inputs[0]!;
  switch (talib) {
    case "VAR":
      return [rolling(x, n, variance)];
    case "STDDEV":
      return [rolling(x, n, (w) => params[1]! * Math.sqrt(variance(w)))];
    case "BBANDS": {
      if (params[3] !== 0) return outputs;
      const band = (k: number) => rolling(x, n, (w) => mean(w) + k * Math.sqrt(variance(w)));
      return [band(params[1]!), band(0), band(-params[2]!)];
    }
    case "CORREL":
      return [rollingPair(x, inputs[1]!, n, correlation)];
    case "BETA":
      return [beta(x, inputs[1]!, n)];
    default:
      return [rolling(x, n, (w) => regression(talib, w))];
  }
}

function rolling(x: Float64Array, n: number, of: (window: Window) => number): Float64Array {
  return x.map((_, i) => (i < n - 1 ? Number.NaN : of(Array.from(x.subarray(i - n + 1, i + 1)))));
}

function rollingPair(
  x: Float64Array,
  y: Float64Array,
  n: number,
  of: (x: Window, y: Window) => number,
): Float64Array {
  const cut = (column: Float64Array, i: number) => Array.from(column.subarray(i - n + 1, i + 1));
  return x.map((_, i) => (i < n - 1 ? Number.NaN : of(cut(x, i), cut(y, i))));
}

/** TA-Lib regresses the changes of the second input on those of the first; the first change is at bar 1. */
function beta(x: Float64Array, y: Float64Array, n: number): Float64Array {
  const changes = (column: Float64Array) =>
    column.map((value, i) => (i === 0 ? 0 : value / column[i - 1]! - 1));
  const values = rollingPair(changes(x), changes(y), n, (a, b) => covariance(a, b) / variance(a));
  return values.map((value, i) => (i < n ? Number.NaN : value));
}

function mean(w: Window): number {
  const first = w.reduce((sum, value) => sum + value, 0) / w.length;
  return first + w.reduce((sum, value) => sum + (value - first), 0) / w.length;
}

function variance(w: Window): number {
  return covariance(w, w);
}

function covariance(x: Window, y: Window): number {
  const [mx, my] = [mean(x), mean(y)];
  return x.reduce((sum, value, i) => sum + (value - mx) * (y[i]! - my), 0) / x.length;
}

function correlation(x: Window, y: Window): number {
  const spread = variance(x) * variance(y);
  return spread > 0 ? covariance(x, y) / Math.sqrt(spread) : 0;
}

function regression(talib: string, w: Window): number {
  const n = w.length;
  const steps = w.map((_, i) => i);
  const slope = covariance(steps, w) / variance(steps);
  const start = mean(w) - slope * mean(steps);
  switch (talib) {
    case "LINEARREG":
      return start + slope * (n - 1);
    case "LINEARREG_SLOPE":
      return slope;
    case "LINEARREG_INTERCEPT":
      return start;
    case "LINEARREG_ANGLE":
      return (Math.atan(slope) * 180) / Math.PI;
    default:
      return start + slope * n;
  }
}
