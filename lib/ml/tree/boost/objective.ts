/**
 * Losses and their derivatives by the margin F = fround(sum of leaves + base).
 *
 * Symbols: y target, w weight, p prediction, g = dL/dF, h = d2L/dF2 (or what stands for it).
 *   binary      L = -w (y ln p + (1 - y) ln(1 - p)), p = 1 / (1 + e^-F);  g = w (p - y), h = w p (1 - p)
 *   multiclass  L = -w ln p_y, p = softmax(F);  g_c = w (p_c - 1{y = c}), h_c = 2 w p_c (1 - p_c) (Friedman et al. 2000)
 *   regression  L = w (y - F)^2;  g = w (F - y), h = w
 *   quantile    L = w (y - F)(q - 1{y < F});  g = w (1{y <= F} - q), h = w; leaves are set to the residuals' quantile
 *   ranking     LambdaMART: see rank-groups.ts
 * A unit of rows leaves its sums of L and w, and of |g| and h of each output, for the leader.
 */
import type { TreeSettings } from "../options.ts";
import type { Memory } from "./memory.ts";
import { rankGroups } from "./rank-groups.ts";

/** What the sums of a unit are written to, from `at` on: loss, weight, |g| and h of each output. */
export function gradientChunk(memory: Memory, settings: TreeSettings, chunk: number): void {
  const { data, chunkSums } = memory;
  const at = chunk * (2 + 2 * data.outputs);
  chunkSums.fill(0, at, at + 2 + 2 * data.outputs);
  const from = data.chunkStart[chunk]!;
  const to = data.chunkStart[chunk + 1]!;
  switch (settings.objective) {
    case "binary":
      binary(memory, from, to, at);
      break;
    case "multiclass":
      multiclass(memory, from, to, at);
      break;
    case "regression":
      regression(memory, from, to, at);
      break;
    case "quantile":
      quantile(memory, settings.quantile, from, to, at);
      break;
    case "ranking":
      rankGroups(memory, data.chunkGroup[chunk]!, data.chunkGroup[chunk + 1]!, at);
      break;
  }
}

function binary({ data, sums, base, gradients, chunkSums }: Memory, from: number, to: number, at: number) {
  const { target, weight, rows, isWeighted } = data;
  const start = base[0]!;
  let product = 1;
  let loss = 0;
  let mass = 0;
  let slope = 0;
  let curve = 0;
  for (let i = from; i < to; i++) {
    const f = Math.fround(sums[i]! + start);
    const y = target[i]!;
    const w = weight[i]!;
    const size = f < 0 ? -f : f;
    const e = Math.exp(-size);
    const q = 1 / (1 + e);
    const p = f < 0 ? e * q : q;
    // ln(1 + e) = -ln q. Of equal weights one logarithm does for a hundred rows or more: a q is at least 1/2.
    if (f > 0 !== (y === 1)) loss += w * size;
    product *= q;
    if (isWeighted || product < 1e-30) {
      loss -= w * Math.log(product);
      product = 1;
    }
    mass += w;
    if (i >= rows) continue;
    const g = w * (p - y);
    const h = w * e * q * q;
    gradients[2 * i] = g;
    gradients[2 * i + 1] = h;
    slope += g < 0 ? -g : g;
    curve += h;
  }
  chunkSums[at] = loss - weight[from]! * Math.log(product);
  chunkSums[at + 1] = mass;
  chunkSums[at + 2] = slope;
  chunkSums[at + 3] = curve;
}

function multiclass(
  { data, sums, base, gradients, chunkSums }: Memory,
  from: number,
  to: number,
  at: number,
) {
  const { target, weight, rows, total, outputs } = data;
  const p = new Float64Array(outputs);
  for (let i = from; i < to; i++) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < outputs; c++) {
      const f = Math.fround(sums[c * total + i]! + base[c]!);
      p[c] = f;
      if (f > largest) largest = f;
    }
    const w = weight[i]!;
    const y = target[i]!;
    const margin = p[y]!;
    let sum = 0;
    for (let c = 0; c < outputs; c++) {
      p[c] = Math.exp(p[c]! - largest);
      sum += p[c]!;
    }
    chunkSums[at]! += w * (Math.log(sum) + largest - margin);
    chunkSums[at + 1]! += w;
    if (i >= rows) continue;
    for (let c = 0; c < outputs; c++) {
      const chance = p[c]! / sum;
      const g = w * (chance - (y === c ? 1 : 0));
      const h = 2 * w * chance * (1 - chance);
      const place = 2 * (c * rows + i);
      gradients[place] = g;
      gradients[place + 1] = h;
      chunkSums[at + 2 + 2 * c]! += Math.abs(g);
      chunkSums[at + 3 + 2 * c]! += h;
    }
  }
}

function regression(
  { data, sums, base, gradients, chunkSums }: Memory,
  from: number,
  to: number,
  at: number,
) {
  const { target, weight, rows } = data;
  const start = base[0]!;
  let loss = 0;
  let mass = 0;
  let slope = 0;
  for (let i = from; i < to; i++) {
    const w = weight[i]!;
    const error = Math.fround(sums[i]! + start) - target[i]!;
    loss += w * error * error;
    mass += w;
    if (i >= rows) continue;
    gradients[2 * i] = w * error;
    gradients[2 * i + 1] = w;
    slope += w * Math.abs(error);
  }
  chunkSums[at] = loss;
  chunkSums[at + 1] = mass;
  chunkSums[at + 2] = slope;
  chunkSums[at + 3] = mass;
}

function quantile(
  { data, sums, base, gradients, chunkSums }: Memory,
  share: number,
  from: number,
  to: number,
  at: number,
) {
  const { target, weight, rows } = data;
  const start = base[0]!;
  for (let i = from; i < to; i++) {
    const w = weight[i]!;
    const above = target[i]! - Math.fround(sums[i]! + start);
    chunkSums[at]! += w * above * (above < 0 ? share - 1 : share);
    chunkSums[at + 1]! += w;
    if (i >= rows) continue;
    const g = w * (above > 0 ? -share : 1 - share);
    gradients[2 * i] = g;
    gradients[2 * i + 1] = w;
    chunkSums[at + 2]! += Math.abs(g);
    chunkSums[at + 3]! += w;
  }
}

/**
 * The margin that boosting starts from, one an output, in float32: log odds, log shares, mean or quantile of the
 * training targets.
 */
export function startMargins({ data, base }: Memory, settings: TreeSettings): void {
  const { rows, target, weight, outputs } = data;
  const mass = new Float64Array(Math.max(2, outputs));
  let total = 0;
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    total += weight[i]!;
    sum += weight[i]! * target[i]!;
    if (settings.objective === "binary" || settings.objective === "multiclass")
      mass[target[i]!]! += weight[i]!;
  }
  switch (settings.objective) {
    case "binary":
      base[0] = Math.log(mass[1]! / mass[0]!);
      break;
    case "multiclass":
      // A class without rows starts far below the others, and stays finite.
      for (let c = 0; c < outputs; c++) base[c] = Math.log(Math.max(mass[c]! / total, 1e-6));
      break;
    case "regression":
      base[0] = sum / total;
      break;
    case "quantile":
      base[0] = weightedQuantile(
        target.slice(0, rows),
        data.isWeighted ? weight : undefined,
        settings.quantile,
      );
      break;
    case "ranking":
      base[0] = 0;
  }
}

/** The smallest value up to which a share of the weight lies. @param values are sorted in place without weights. */
export function weightedQuantile(
  values: Float64Array,
  weights: Float64Array | undefined,
  share: number,
): number {
  const n = values.length;
  if (weights === undefined) {
    values.sort();
    return values[Math.min(n - 1, Math.max(0, Math.ceil(share * n - 1e-9) - 1))]!;
  }
  const order = Uint32Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
  let total = 0;
  for (let i = 0; i < n; i++) total += weights[i]!;
  let sum = 0;
  for (const i of order) {
    sum += weights[i]!;
    if (sum >= share * total * (1 - 1e-12)) return values[i]!;
  }
  return values[order[n - 1]!]!;
}
