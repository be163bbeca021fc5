import { defineFeature } from "../define.ts";
import { factory } from "../feature.ts";

interface Width {
  readonly d: number;
  readonly threshold: number;
  readonly longest: number;
}

/** Weights of (1 - lag)^d, newest first, up to the first that is smaller than the threshold. */
function weightsOf({ d, threshold, longest }: Width): Float64Array {
  const weights = [1];
  for (let k = 1; k < longest; k++) {
    const weight = (-weights[k - 1]! * (d - k + 1)) / k;
    if (Math.abs(weight) < threshold) break;
    weights.push(weight);
  }
  return Float64Array.from(weights);
}

/** Sum of weights times values, the newest value at `end`; four sums beside each other, for speed. */
function weighted(x: Float64Array, end: number, weights: Float64Array): number {
  const n = weights.length;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let k = 0;
  for (; k + 3 < n; k += 4) {
    a += weights[k]! * x[end - k]!;
    b += weights[k + 1]! * x[end - k - 1]!;
    c += weights[k + 2]! * x[end - k - 2]!;
    d += weights[k + 3]! * x[end - k - 3]!;
  }
  for (; k < n; k++) a += weights[k]! * x[end - k]!;
  return a + b + (c + d);
}

const definition = defineFeature({
  id: "statistic.frac-diff",
  version: 1,
  group: "statistic",
  summary:
    "Fractional difference of the value: stationary, and yet with memory. 0 leaves it, 1 is the change.",
  source:
    "Lopez de Prado 2018, fixed width: weights w_k = -w_(k-1) (d - k + 1) / k, as long as |w_k| is at least the threshold and the window lasts.",
  inputs: [{ name: "value", from: "close" }],
  params: {
    d: { kind: "float", min: 0, max: 2, default: 0.4, typical: [0.1, 1] },
    threshold: { kind: "float", min: 1e-6, max: 0.1, default: 1e-4 },
    longest: { kind: "int", min: 2, max: 10_000, default: 1000, typical: [100, 2000] },
  },
  outputs: ["value"],
  unit: "input",
  warmup: (p) => weightsOf(p).length - 1,
  init(p) {
    const weights = weightsOf(p);
    // Each value twice, a window apart: so the last ones always stand side by side.
    return { weights, x: new Float64Array(2 * weights.length), next: 0, filled: 0 };
  },
  step(state, _p, x, out) {
    const { weights } = state;
    const n = weights.length;
    const at = state.next;
    state.x[at] = x[0]!;
    state.x[at + n] = x[0]!;
    state.next = at + 1 === n ? 0 : at + 1;
    if (state.filled < n) state.filled++;
    out[0] = state.filled === n ? weighted(state.x, at + n, weights) : Number.NaN;
  },
  batch(p, x, out) {
    const weights = weightsOf(p);
    const to = out[0]!;
    const first = weights.length - 1;
    to.fill(Number.NaN, 0, Math.min(first, to.length));
    for (let i = first; i < to.length; i++) to[i] = weighted(x[0]!, i, weights);
  },
});

/**
 * Fractional difference, in the input's unit. Costs as many products a bar as it has weights.
 * @param d order, 0 to 2. @param threshold smallest weight, 1e-6 to 0.1. @param longest window, 2 to 10,000 bars.
 */
export const fracDiff = factory(definition, (d?: number, threshold?: number, longest?: number) => ({
  d,
  threshold,
  longest,
}));
