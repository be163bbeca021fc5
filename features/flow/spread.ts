import { defineFeature } from "../define.ts";
import { factory } from "../feature.ts";
import { createCoMoments, isFullCoMoments, productsOf, pushCoMoments } from "../rolling/co-moments.ts";
import { createMean, isFullMean, meanOf, pushMean } from "../rolling/mean.ts";

const rollDefinition = defineFeature({
  id: "flow.roll-spread",
  version: 1,
  group: "flow",
  summary: "Roll's spread: what the bounce between bid and ask leaves in the changes of the close.",
  source:
    "Roll 1984, J. Finance 39: 2 sqrt(-covariance of each change with the one before), population covariance. Where that is above 0 the model has no answer: NaN, or 0 on request.",
  inputs: [{ name: "price", from: "close" }],
  params: {
    period: { kind: "int", min: 2, max: 10_000, default: 50 },
    otherwise: { kind: "choice", options: ["nan", "zero"], default: "nan" },
  },
  outputs: ["value"],
  unit: "price",
  sparse: true,
  warmup: (p) => p.period + 1,
  init: (p, barMs) => ({ last: Number.NaN, change: Number.NaN, pairs: createCoMoments(p.period, barMs) }),
  step(state, p, x, out, time) {
    const before = state.change;
    const change = x[0]! - state.last;
    state.last = x[0]!;
    state.change = change;
    out[0] = Number.NaN;
    if (Number.isNaN(before)) return;
    pushCoMoments(state.pairs, before, change, time);
    if (!isFullCoMoments(state.pairs)) return;
    const covariance = productsOf(state.pairs) / p.period;
    if (covariance <= 0) out[0] = 2 * Math.sqrt(-covariance);
    else if (p.otherwise === "zero") out[0] = 0;
  },
});

/**
 * Roll's estimate of the spread, in price units.
 * @param period pairs of changes, 2 to 10,000. @param otherwise what to say where it can't be: "nan" or "zero".
 */
export const rollSpread = factory(rollDefinition, (period?: number, otherwise?: "nan" | "zero") => ({
  period,
  otherwise,
}));

const K = 3 - 2 * Math.SQRT2;

const corwinSchultzDefinition = defineFeature({
  id: "flow.corwin-schultz",
  version: 1,
  group: "flow",
  summary:
    "Corwin and Schultz's spread from highs and lows, a fraction of the price: mean of the estimates of the last bars, each from two bars.",
  source:
    "Corwin and Schultz 2012, J. Finance 67. Estimates below 0 count as 0 (theirs), or are kept on request. A bar that begins away from the close before it is moved back to it first, which is their overnight adjustment.",
  inputs: ["high", "low", "close"],
  params: {
    period: { kind: "int", min: 1, max: 10_000, default: 20 },
    negative: { kind: "choice", options: ["zero", "keep"], default: "zero" },
  },
  outputs: ["value"],
  unit: "fraction",
  warmup: (p) => p.period,
  init: (p, barMs) => ({
    ...{ high: Number.NaN, low: Number.NaN, close: Number.NaN },
    estimates: createMean(p.period, barMs),
  }),
  step(state, p, x, out, time) {
    const estimate = spreadOf(state.high, state.low, state.close, x[0]!, x[1]!);
    state.high = x[0]!;
    state.low = x[1]!;
    state.close = x[2]!;
    out[0] = Number.NaN;
    if (!Number.isFinite(estimate)) return;
    pushMean(state.estimates, estimate < 0 && p.negative === "zero" ? 0 : estimate, time);
    if (isFullMean(state.estimates)) out[0] = meanOf(state.estimates);
  },
});

/** From the bar before (high, low, close) and this one (high, low). NaN for prices that are not above 0. */
function spreadOf(high0: number, low0: number, close0: number, high1: number, low1: number): number {
  const shift = low1 > close0 ? low1 - close0 : high1 < close0 ? high1 - close0 : 0;
  const high = high1 - shift;
  const low = low1 - shift;
  const one = Math.log(high0 / low0);
  const two = Math.log(high / low);
  const both = Math.log((high0 > high ? high0 : high) / (low0 < low ? low0 : low));
  const beta = one * one + two * two;
  const alpha = (Math.sqrt(2 * beta) - Math.sqrt(beta)) / K - Math.sqrt((both * both) / K);
  const growth = Math.exp(alpha);
  return (2 * (growth - 1)) / (1 + growth);
}

/**
 * Corwin and Schultz's estimate of the spread, a fraction of the price.
 * @param period estimates, 1 to 10,000. @param negative what becomes of those below 0: "zero" or "keep".
 */
export const corwinSchultz = factory(
  corwinSchultzDefinition,
  (period?: number, negative?: "zero" | "keep") => ({
    period,
    negative,
  }),
);
