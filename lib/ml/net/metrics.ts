import { classMetrics } from "../dataset/metrics.ts";
import { sigmoid, softmaxInto } from "./losses.ts";
import type { EndKind, Objective } from "./objective.ts";

/**
 * By name. Always `rows`; besides
 *   binary          logLoss, auc, accuracy, baseRate
 *   multiclass      logLoss, accuracy
 *   regression      mse, r2 (1 - mse / variance of the targets), correlation (Pearson; NaN where either is constant)
 *   quantile        pinball (mean over quantiles), and for each quantile coverage0.1: the share of targets at or below
 *   reconstruction  error (mean)
 */
export type NetMetrics = Readonly<Record<string, number>>;

/** @param z what the network gave in training, row by row. @param target how to get from there to real targets. */
export function netMetrics(
  objective: Objective,
  end: EndKind,
  z: Float32Array,
  y: Float64Array,
  target: { readonly mean: number; readonly scale: number },
): NetMetrics {
  const real = (x: number) => x * target.scale + target.mean;
  switch (objective.kind) {
    case "binary":
      return { ...classMetrics(Float64Array.from(z, end === "logits" ? sigmoid : (p) => p), y) };
    case "multiclass":
      return multiclass(objective.classes, end, z, y);
    case "regression":
      return regression(Float64Array.from(z, real), y.map(real));
    case "quantile":
      return quantile(objective.quantiles, Float64Array.from(z, real), y.map(real));
    case "reconstruction":
      return { rows: y.length, error: mean(Float64Array.from(z)) };
  }
}

function multiclass(classes: number, end: EndKind, z: Float32Array, y: Float64Array): NetMetrics {
  const chances = new Float64Array(classes);
  let [loss, right] = [0, 0];
  for (let i = 0; i < y.length; i++) {
    if (end === "logits") softmaxInto(z, i * classes, chances);
    else chances.set(z.subarray(i * classes, (i + 1) * classes));
    loss -= Math.log(Math.max(chances[y[i]!]!, 1e-7));
    if (chances.indexOf(Math.max(...chances)) === y[i]) right++;
  }
  return { rows: y.length, logLoss: loss / y.length, accuracy: right / y.length };
}

function regression(p: Float64Array, y: Float64Array): NetMetrics {
  const [middleP, middleY] = [mean(p), mean(y)];
  let [squared, varianceP, varianceY, joint] = [0, 0, 0, 0];
  for (let i = 0; i < y.length; i++) {
    squared += (p[i]! - y[i]!) ** 2;
    varianceP += (p[i]! - middleP) ** 2;
    varianceY += (y[i]! - middleY) ** 2;
    joint += (p[i]! - middleP) * (y[i]! - middleY);
  }
  return {
    rows: y.length,
    mse: squared / y.length,
    r2: 1 - squared / varianceY,
    correlation: joint / Math.sqrt(varianceP * varianceY),
  };
}

function quantile(quantiles: readonly number[], p: Float64Array, y: Float64Array): NetMetrics {
  const width = quantiles.length;
  const covered = new Float64Array(width);
  let pinball = 0;
  for (let i = 0; i < y.length; i++)
    quantiles.forEach((q, k) => {
      const above = y[i]! - p[i * width + k]!;
      pinball += Math.max(q * above, (q - 1) * above);
      if (above <= 0) covered[k]!++;
    });
  const shares = quantiles.map((q, k) => [`coverage${q}`, covered[k]! / y.length] as const);
  return { rows: y.length, pinball: pinball / (y.length * width), ...Object.fromEntries(shares) };
}

function mean(values: Float64Array): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}
