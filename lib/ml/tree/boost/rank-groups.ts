/**
 * LambdaMART (Burges 2010): gradients that push the better of two rows of a group up.
 *
 * Symbols: s margin, y relevance grade 0..31, gain 2^y - 1, r place by falling s, from 1; discount 1 / log2(1 + r).
 *   DCG = sum of gain times discount; NDCG = DCG over that of the best order, 1 for a group without gain.
 *   Of each pair with y_i > y_j: rho = 1 / (1 + e^(s_i - s_j)), D = |gain_i - gain_j| |discount_i - discount_j| / best,
 *   g_i -= w rho D, g_j += w rho D, h_i and h_j += w rho (1 - rho) D, w the mean weight of the group.
 * The loss is 1 - NDCG. Equal margins stand in the order of their rows. A group of n rows costs n^2.
 */
import type { Memory } from "./memory.ts";

export function rankGroups(memory: Memory, fromGroup: number, toGroup: number, at: number): void {
  const { groupStart } = memory.data;
  for (let group = fromGroup; group < toGroup; group++)
    rankGroup(memory, groupStart[group]!, groupStart[group + 1]!, at);
}

function rankGroup({ data, sums, gradients, chunkSums }: Memory, from: number, to: number, at: number): void {
  const { target, weight, rows } = data;
  const n = to - from;
  const order = placesOf(sums, from, n);
  const discount = new Float64Array(n);
  order.forEach((i, place) => {
    discount[i] = 1 / Math.log2(2 + place);
  });
  let w = 0;
  for (let i = from; i < to; i++) w += weight[i]! / n;
  const gain = Float64Array.from({ length: n }, (_, i) => 2 ** target[from + i]! - 1);
  const best = bestGain(gain);
  const quality = best === 0 ? 1 : gain.reduce((sum, each, i) => sum + each * discount[i]!, 0) / best;
  chunkSums[at]! += w * (1 - quality);
  chunkSums[at + 1]! += w;
  if (from >= rows) return;
  gradients.fill(0, 2 * from, 2 * to);
  if (best === 0) return;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      if (!(gain[i]! > gain[j]!)) continue;
      const rho = 1 / (1 + Math.exp(sums[from + i]! - sums[from + j]!));
      const change = ((gain[i]! - gain[j]!) * Math.abs(discount[i]! - discount[j]!)) / best;
      const g = w * rho * change;
      const h = g * (1 - rho);
      gradients[2 * (from + i)]! -= g;
      gradients[2 * (from + j)]! += g;
      gradients[2 * (from + i) + 1]! += h;
      gradients[2 * (from + j) + 1]! += h;
    }
  }
  for (let i = from; i < to; i++) {
    chunkSums[at + 2]! += Math.abs(gradients[2 * i]!);
    chunkSums[at + 3]! += gradients[2 * i + 1]!;
  }
}

function placesOf(sums: Float32Array, from: number, n: number): Uint32Array {
  return Uint32Array.from({ length: n }, (_, i) => i).sort(
    (a, b) => sums[from + b]! - sums[from + a]! || a - b,
  );
}

function bestGain(gain: Float64Array): number {
  const sorted = gain.toSorted();
  let best = 0;
  for (let place = 0; place < sorted.length; place++)
    best += sorted[sorted.length - 1 - place]! / Math.log2(2 + place);
  return best;
}

/** Mean NDCG over groups. @param scores and grades of rows in the order of the groups. */
export function meanNdcg(scores: Float32Array, grades: Float64Array, groupStart: ArrayLike<number>): number {
  let sum = 0;
  const groups = groupStart.length - 1;
  for (let group = 0; group < groups; group++) {
    const from = groupStart[group]!;
    const n = groupStart[group + 1]! - from;
    const gain = Float64Array.from({ length: n }, (_, i) => 2 ** grades[from + i]! - 1);
    const best = bestGain(gain);
    let found = 0;
    placesOf(scores, from, n).forEach((i, place) => {
      found += gain[i]! / Math.log2(2 + place);
    });
    sum += best === 0 ? 1 : found / best;
  }
  return sum / groups;
}
