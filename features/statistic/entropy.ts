import { defineFeature } from "../define.ts";
import { factory } from "../feature.ts";
import { agoOf, createRing, isFull, oldestOf, pushRing, type Ring } from "../rolling/ring.ts";

const SHARED = {
  version: 1,
  group: "statistic",
  inputs: [{ name: "value", from: "close" }],
  outputs: ["value"],
  unit: "fraction",
} as const;

/** Entropy of counts that sum to n, of the largest that so many kinds can have: 0 to 1. */
function evenness(counts: Float64Array, n: number): number {
  let sum = 0;
  for (let k = 0; k < counts.length; k++) {
    const count = counts[k]!;
    if (count > 0) sum += count * Math.log(count);
  }
  const value = (Math.log(n) - sum / n) / Math.log(counts.length);
  return value < 0 ? 0 : value > 1 ? 1 : value;
}

/** Sorts the values of a ring into bins of equal width between its lowest and its highest. */
function countBins({ values }: Ring, counts: Float64Array): void {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const bins = counts.length;
  const width = high - low;
  counts.fill(0);
  for (let i = 0; i < values.length; i++) {
    const bin = width > 0 ? Math.floor(((values[i]! - low) / width) * bins) : 0;
    const k = bin < bins ? bin : bins - 1;
    counts[k] = counts[k]! + 1;
  }
}

const entropyDefinition = defineFeature({
  ...SHARED,
  id: "statistic.entropy",
  summary:
    "Shannon entropy of the last n simple returns sorted into bins: 0 where all are alike, 1 where they are spread evenly.",
  source:
    "-sum p ln p / ln(bins), bins of equal width from the lowest to the highest of the window. A return on 0 counts as 0.",
  params: {
    period: { kind: "int", min: 2, max: 10_000, default: 100 },
    bins: { kind: "int", min: 2, max: 1000, default: 10 },
    of: { kind: "choice", options: ["values", "returns"], default: "returns" },
  },
  warmup: (p) => p.period - (p.of === "values" ? 1 : 0),
  init: (p) => ({ window: createRing(p.period), counts: new Float64Array(p.bins), last: Number.NaN }),
  step(state, p, x, out) {
    const { window, counts, last } = state;
    out[0] = Number.NaN;
    state.last = x[0]!;
    if (p.of === "values") pushRing(window, x[0]!);
    else if (Number.isNaN(last)) return;
    else pushRing(window, last === 0 ? 0 : (x[0]! - last) / last);
    if (!isFull(window)) return;
    countBins(window, counts);
    out[0] = evenness(counts, p.period);
  },
});

/**
 * Shannon entropy of binned returns, 0 to 1. @param period returns, 2 to 10,000. @param bins 2 to 1000.
 * @param of "returns" without it, or "values".
 */
export const entropy = factory(
  entropyDefinition,
  (period?: number, bins?: number, of?: "values" | "returns") => ({ period, bins, of }),
);

const FACTORIALS = [1, 1, 2, 6, 24, 120] as const;

/** Number of the order in which the last values stand, 0 to order! - 1; of equal values the older counts as lower. */
function orderOf(past: Ring, order: number, delay: number): number {
  let code = 0;
  for (let i = order - 1; i > 0; i--) {
    const value = agoOf(past, i * delay);
    let lower = 0;
    for (let k = i - 1; k >= 0; k--) if (agoOf(past, k * delay) < value) lower++;
    code += lower * FACTORIALS[i]!;
  }
  return code;
}

const permutationDefinition = defineFeature({
  ...SHARED,
  id: "statistic.permutation-entropy",
  summary:
    "How evenly the orders of rise and fall of a few values in a row are spread over n of them: 0 to 1.",
  source: "Bandt and Pompe 2002, over ln(order!); of equal values the older counts as lower.",
  params: {
    period: { kind: "int", min: 2, max: 10_000, default: 100 },
    order: { kind: "int", min: 2, max: 5, default: 3 },
    delay: { kind: "int", min: 1, max: 100, default: 1 },
  },
  warmup: (p) => p.period - 1 + (p.order - 1) * p.delay,
  init: (p) => ({
    past: createRing((p.order - 1) * p.delay + 1),
    codes: createRing(p.period),
    counts: new Float64Array(FACTORIALS[p.order]!),
  }),
  step({ past, codes, counts }, p, x, out) {
    out[0] = Number.NaN;
    pushRing(past, x[0]!);
    if (!isFull(past)) return;
    const code = orderOf(past, p.order, p.delay);
    const gone = oldestOf(codes);
    if (!Number.isNaN(gone)) counts[gone] = counts[gone]! - 1;
    counts[code] = counts[code]! + 1;
    pushRing(codes, code);
    if (isFull(codes)) out[0] = evenness(counts, p.period);
  },
});

/** Permutation entropy, 0 to 1. @param period orders, 2 to 10,000. @param order values in a row, 2 to 5. @param delay bars between them, 1 to 100. */
export const permutationEntropy = factory(
  permutationDefinition,
  (period?: number, order?: number, delay?: number) => ({ period, order, delay }),
);
