/**
 * What a network is trained to make small, and its slope, in float64 on plain numbers: the network's outputs come from
 * tfjs and the slopes go back into it.
 *
 * Symbols: z outputs of a row, y its target, w its weight, B rows. Loss of a batch: sum(w l(z, y)) / B, slope dz:
 *   binary       z logit, y 0 or 1: l = max(z, 0) - z y + ln(1 + exp(-|z|)); sigmoid(z) - y
 *   multiclass   z_c logits, y class: l = ln(sum exp z_c) - z_y; softmax(z)_c - [c = y]
 *   regression   l = (z - y)^2; 2 (z - y)
 *   quantile     z_q: l = mean over q of max(q (y - z_q), (q - 1)(y - z_q)) (Koenker and Bassett 1978)
 *   reconstruction  l = z, the error that the network itself computes; 1
 * Where a network ends in chances p instead of logits: l = -ln p_y, p kept 1e-7 away from 0 and 1.
 */
import type { EndKind, Objective } from "./objective.ts";

/** One loss on rows of `width` outputs each. */
export interface Loss {
  /** Outputs of a row. */
  readonly width: number;
  /** The loss of one row. @param at where its outputs start in z. */
  value(z: Float32Array, at: number, y: number): number;
  /** Writes `scale` times the slope of one row's loss into dz. */
  slope(z: Float32Array, at: number, y: number, scale: number, dz: Float32Array): void;
}

const LEAST = 1e-7;

export function lossOf(objective: Objective, end: EndKind): Loss {
  switch (objective.kind) {
    case "binary":
      return end === "logits" ? binaryLogit : binaryChance;
    case "multiclass":
      return end === "logits" ? classLogits(objective.classes) : classChances(objective.classes);
    case "regression":
      return squared;
    case "quantile":
      return pinball(objective.quantiles);
    case "reconstruction":
      return ownError;
  }
}

/** The weighted mean loss of all rows: sum(w l) / sum(w). @param w one a row; undefined for 1 each. */
export function meanLoss(loss: Loss, z: Float32Array, y: Float64Array, w: Float64Array | undefined): number {
  let sum = 0;
  let weights = 0;
  for (let i = 0; i < y.length; i++) {
    const weight = w?.[i] ?? 1;
    sum += weight * loss.value(z, i * loss.width, y[i]!);
    weights += weight;
  }
  return sum / weights;
}

export function sigmoid(z: number): number {
  if (z >= 0) return 1 / (1 + Math.exp(-z));
  const e = Math.exp(z);
  return e / (1 + e);
}

/** Writes the chances of logits z[at..at+width-1] over `out`. */
export function softmaxInto(z: Float32Array, at: number, out: Float64Array): void {
  let top = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < out.length; c++) top = Math.max(top, z[at + c]!);
  let sum = 0;
  for (let c = 0; c < out.length; c++) {
    out[c] = Math.exp(z[at + c]! - top);
    sum += out[c]!;
  }
  for (let c = 0; c < out.length; c++) out[c]! /= sum;
}

const clip = (p: number) => Math.min(Math.max(p, LEAST), 1 - LEAST);

const binaryLogit: Loss = {
  width: 1,
  value: (z, at, y) => Math.max(z[at]!, 0) - z[at]! * y + Math.log1p(Math.exp(-Math.abs(z[at]!))),
  slope(z, at, y, scale, dz) {
    dz[at] = scale * (sigmoid(z[at]!) - y);
  },
};

const binaryChance: Loss = {
  width: 1,
  value: (z, at, y) => -(y * Math.log(clip(z[at]!)) + (1 - y) * Math.log1p(-clip(z[at]!))),
  slope(z, at, y, scale, dz) {
    const p = clip(z[at]!);
    dz[at] = (scale * (p - y)) / (p * (1 - p));
  },
};

function classLogits(width: number): Loss {
  const chances = new Float64Array(width);
  return {
    width,
    value(z, at, y) {
      let top = Number.NEGATIVE_INFINITY;
      for (let c = 0; c < width; c++) top = Math.max(top, z[at + c]!);
      let sum = 0;
      for (let c = 0; c < width; c++) sum += Math.exp(z[at + c]! - top);
      return top + Math.log(sum) - z[at + y]!;
    },
    slope(z, at, y, scale, dz) {
      softmaxInto(z, at, chances);
      for (let c = 0; c < width; c++) dz[at + c] = scale * (chances[c]! - (c === y ? 1 : 0));
    },
  };
}

function classChances(width: number): Loss {
  return {
    width,
    value: (z, at, y) => -Math.log(clip(z[at + y]!)),
    slope(z, at, y, scale, dz) {
      for (let c = 0; c < width; c++) dz[at + c] = c === y ? -scale / clip(z[at + c]!) : 0;
    },
  };
}

const squared: Loss = {
  width: 1,
  value: (z, at, y) => (z[at]! - y) ** 2,
  slope(z, at, y, scale, dz) {
    dz[at] = 2 * scale * (z[at]! - y);
  },
};

function pinball(quantiles: readonly number[]): Loss {
  const width = quantiles.length;
  return {
    width,
    value(z, at, y) {
      let sum = 0;
      for (let k = 0; k < width; k++) {
        const above = y - z[at + k]!;
        sum += Math.max(quantiles[k]! * above, (quantiles[k]! - 1) * above);
      }
      return sum / width;
    },
    slope(z, at, y, scale, dz) {
      for (let k = 0; k < width; k++) {
        const q = quantiles[k]!;
        dz[at + k] = (scale / width) * (y > z[at + k]! ? -q : 1 - q);
      }
    },
  };
}

const ownError: Loss = {
  width: 1,
  value: (z, at) => z[at]!,
  slope(_, at, __, scale, dz) {
    dz[at] = scale;
  },
};
