import { defineFeature } from "../define.ts";
import { factory } from "../feature.ts";
import {
  createHighMoments,
  fourthOf,
  isFullHighMoments,
  pushHighMoments,
  secondOf,
  thirdOf,
} from "../rolling/high-moments.ts";
import { ESTIMATE_PARAM, type Estimate } from "./estimate.ts";

const SHARED = {
  version: 1,
  group: "statistic",
  inputs: [{ name: "value", from: "close" }],
  outputs: ["value"],
  unit: "score",
  sparse: true,
  warmup: (p: { readonly period: number }) => p.period - 1,
  init: (p: { readonly period: number }, barMs: number) => createHighMoments(p.period, barMs),
} as const;

const skewnessDefinition = defineFeature({
  ...SHARED,
  id: "statistic.skewness",
  summary: "Skewness of the last n values: above 0 with a longer tail upwards.",
  source:
    "m3 / m2^1.5 (scipy's default); for a sample times sqrt(n (n - 1)) / (n - 2) (pandas). NaN where nothing has moved.",
  params: { period: { kind: "int", min: 3, max: 10_000, default: 30 }, estimate: ESTIMATE_PARAM },
  step(state, p, x, out, time) {
    pushHighMoments(state, x[0]!, time);
    out[0] = Number.NaN;
    if (!isFullHighMoments(state)) return;
    const n = p.period;
    const m2 = secondOf(state) / n;
    if (m2 <= 0) return;
    const skew = thirdOf(state) / n / (m2 * Math.sqrt(m2));
    out[0] = p.estimate === "sample" ? (skew * Math.sqrt(n * (n - 1))) / (n - 2) : skew;
  },
});

/** Skewness. @param period bars, 3 to 10,000. @param estimate "population" without it, or "sample". */
export const skewness = factory(skewnessDefinition, (period?: number, estimate?: Estimate) => ({
  period,
  estimate,
}));

const kurtosisDefinition = defineFeature({
  ...SHARED,
  id: "statistic.kurtosis",
  summary: "Excess kurtosis of the last n values: 0 for normal ones, above 0 with heavier tails.",
  source:
    "m4 / m2^2 - 3 (scipy's default); for a sample ((n + 1) k + 6) (n - 1) / ((n - 2)(n - 3)) of it (pandas). NaN where nothing has moved.",
  params: { period: { kind: "int", min: 4, max: 10_000, default: 30 }, estimate: ESTIMATE_PARAM },
  step(state, p, x, out, time) {
    pushHighMoments(state, x[0]!, time);
    out[0] = Number.NaN;
    if (!isFullHighMoments(state)) return;
    const n = p.period;
    const m2 = secondOf(state) / n;
    if (m2 <= 0) return;
    const excess = fourthOf(state) / n / (m2 * m2) - 3;
    out[0] = p.estimate === "sample" ? (((n + 1) * excess + 6) * (n - 1)) / ((n - 2) * (n - 3)) : excess;
  },
});

/** Excess kurtosis. @param period bars, 4 to 10,000. @param estimate "population" without it, or "sample". */
export const kurtosis = factory(kurtosisDefinition, (period?: number, estimate?: Estimate) => ({
  period,
  estimate,
}));
