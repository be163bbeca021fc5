/**
 * Steps of pre-processing, as they are asked for (`Step`) and as they are fitted (`Op`): plain data both.
 *
 * A value that is not finite is missing. Every op but fill and carry leaves it so, and gives NaN.
 */
export type Step =
  | { readonly step: "standard" | "robust" | "min-max" | "log" | "sign-log" }
  | { readonly step: "winsorise"; readonly low: number; readonly high: number }
  | { readonly step: "clip"; readonly low: number; readonly high: number }
  | { readonly step: "fill"; readonly with: "mean" | "median" | number }
  | { readonly step: "carry"; readonly bars: number }
  | { readonly step: "one-hot" | "ordinal"; readonly values: readonly number[] | null };

/** Float64 numbers, fit for JSON: all are finite. */
export type Op =
  /** (x - mean) / scale; the scale is never 0. */
  | { readonly op: "scale"; readonly mean: number; readonly scale: number }
  | { readonly op: "clip"; readonly low: number; readonly high: number }
  /** A missing value becomes this one. */
  | { readonly op: "fill"; readonly fill: number }
  /** A missing value becomes the last one, for so many bars. */
  | { readonly op: "carry"; readonly bars: number }
  /** ln x; missing at 0 and below. sign-log: sign(x) ln(1 + |x|). */
  | { readonly op: "log" | "sign-log" }
  /** Place among the values; missing where it is none of them. */
  | { readonly op: "ordinal"; readonly values: readonly number[] }
  /** One output a value, 1 or 0; all 0 where it is none of them. Always the last. */
  | { readonly op: "one-hot"; readonly values: readonly number[] };

/** (x - mean) / population deviation; a column that does not move becomes 0. */
export const standard = (): Step => ({ step: "standard" });
/** (x - median) / interquartile range. */
export const robust = (): Step => ({ step: "robust" });
/** (x - min) / (max - min): 0 to 1 in the train range, and outside of it after. */
export const minMax = (): Step => ({ step: "min-max" });
/** Natural logarithm. */
export const log = (): Step => ({ step: "log" });
/** sign(x) ln(1 + |x|). */
export const signLog = (): Step => ({ step: "sign-log" });
/** Cuts at two quantiles of the train range. @param low, high in [0, 1]. */
export const winsorise = (low = 0.01, high = 0.99): Step => ({ step: "winsorise", low, high });
/** Cuts at two values. */
export const clip = (low: number, high: number): Step => ({ step: "clip", low, high });
/** Fills what is missing with a value, or with one of the train range's. */
export const fill = (value: "mean" | "median" | number): Step => ({ step: "fill", with: value });
/** Fills what is missing with the last known value, up to so many bars long. */
export const carry = (bars: number): Step => ({ step: "carry", bars });
/** One column a value. @param values those of the train range without it, at most 32. */
export const oneHot = (values?: readonly number[]): Step => ({ step: "one-hot", values: values ?? null });
/** The place of the value among the values, from 0. @param values as {@link oneHot}, in their order. */
export const ordinal = (values?: readonly number[]): Step => ({ step: "ordinal", values: values ?? null });

/** Numbers that ops remember from bar to bar: the last value and its age, for each op. */
export function createOpState(ops: readonly Op[]): Float64Array {
  return new Float64Array(2 * ops.length).fill(Number.NaN);
}

/** Takes a bar's value through the ops; one-hot is left to the caller. */
export function runOps(ops: readonly Op[], state: Float64Array, value: number): number {
  let x = Number.isFinite(value) ? value : Number.NaN;
  for (let k = 0; k < ops.length; k++) {
    const op = ops[k]!;
    switch (op.op) {
      case "scale":
        x = (x - op.mean) / op.scale;
        break;
      case "clip":
        x = x < op.low ? op.low : x > op.high ? op.high : x;
        break;
      case "fill":
        if (Number.isNaN(x)) x = op.fill;
        break;
      case "carry":
        x = carryOver(state, 2 * k, op.bars, x);
        break;
      case "log":
        x = x > 0 ? Math.log(x) : Number.NaN;
        break;
      case "sign-log":
        x = x < 0 ? -Math.log1p(-x) : Math.log1p(x);
        break;
      case "ordinal":
        x = placeOf(op.values, x);
        break;
      case "one-hot":
        break;
    }
  }
  return x;
}

function carryOver(state: Float64Array, at: number, bars: number, x: number): number {
  if (!Number.isNaN(x)) {
    state[at] = x;
    state[at + 1] = 0;
    return x;
  }
  state[at + 1] = state[at + 1]! + 1;
  return state[at + 1]! <= bars ? state[at]! : Number.NaN;
}

function placeOf(values: readonly number[], x: number): number {
  const place = values.indexOf(x);
  return place < 0 ? Number.NaN : place;
}

/** The values that a last one-hot has columns for; undefined where the ops end in one number. */
export function oneHotValues(ops: readonly Op[]): readonly number[] | undefined {
  const last = ops.at(-1);
  return last?.op === "one-hot" ? last.values : undefined;
}
