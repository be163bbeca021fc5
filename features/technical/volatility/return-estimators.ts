/** Volatility from the changes of a value, whose mean is taken to be 0. Values that are not above 0 are passed over. */
import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { createMean, isFullMean, meanOf, pushMean } from "../../rolling/mean.ts";
import { BARS_PER_YEAR, volatilityOf } from "./annual.ts";

const realisedDefinition = defineFeature({
  id: "technical.realised-volatility",
  version: 1,
  group: "volatility",
  summary: "Realised volatility: root of the mean squared log return of n bars.",
  source:
    "Andersen and Bollerslev 1998. For the whole window's (the root of the sum) annualise by the period. About the mean, as a deviation: technical.volatility.",
  inputs: [{ name: "value", from: "close" }],
  params: {
    period: { kind: "int", min: 1, max: 10_000, default: 20 },
    barsPerYear: BARS_PER_YEAR,
  },
  outputs: ["value"],
  unit: "fraction",
  sparse: true,
  warmup: (p) => p.period,
  init: (p, barMs) => ({ last: Number.NaN, squares: createMean(p.period, barMs) }),
  step(state, p, x, out, time) {
    out[0] = Number.NaN;
    const value = x[0]!;
    if (!(value > 0)) return;
    const change = Math.log(value / state.last);
    state.last = value;
    if (Number.isNaN(change)) return;
    pushMean(state.squares, change * change, time);
    if (isFullMean(state.squares)) out[0] = volatilityOf(meanOf(state.squares), p.barsPerYear);
  },
});

/**
 * Realised volatility, a fraction, per bar unless bars of a year are given.
 * @param period bars, 1 to 10,000. @param barsPerYear to annualise, 1 (not) to 1e9; the period for the whole window's.
 */
export const realisedVolatility = factory(realisedDefinition, (period?: number, barsPerYear?: number) => ({
  period,
  barsPerYear,
}));

const weightedDefinition = defineFeature({
  id: "technical.ewma-volatility",
  version: 1,
  group: "volatility",
  summary: "EWMA volatility: root of an exponential average of squared log returns.",
  source:
    "RiskMetrics 1996: variance = lambda variance + (1 - lambda) return^2, lambda 0.94 for days, 0.97 for months; starts from the first squared return.",
  inputs: [{ name: "value", from: "close" }],
  params: {
    lambda: { kind: "float", min: 0, max: 0.999_999, default: 0.94, typical: [0.8, 0.99] },
    barsPerYear: BARS_PER_YEAR,
  },
  outputs: ["value"],
  unit: "fraction",
  sparse: true,
  warmup: () => 1,
  init: () => ({ last: Number.NaN, variance: Number.NaN }),
  step(state, p, x, out) {
    out[0] = Number.NaN;
    const value = x[0]!;
    if (!(value > 0)) return;
    const change = Math.log(value / state.last);
    state.last = value;
    if (Number.isNaN(change)) return;
    const square = change * change;
    const old = state.variance;
    state.variance = Number.isNaN(old) ? square : old + (1 - p.lambda) * (square - old);
    out[0] = volatilityOf(state.variance, p.barsPerYear);
  },
});

/**
 * EWMA volatility, a fraction, per bar unless bars of a year are given.
 * @param lambda weight of the past, 0 to 0.999999; 0.94 without it. @param barsPerYear to annualise, 1 (not) to 1e9.
 */
export const ewmaVolatility = factory(weightedDefinition, (lambda?: number, barsPerYear?: number) => ({
  lambda,
  barsPerYear,
}));
