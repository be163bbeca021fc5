import { defineFeature, type FeatureDefinition } from "../define.ts";
import { runLoop } from "../drive/loop.ts";
import { factory } from "../feature.ts";
import { rankColumn } from "../rolling/rank-column.ts";
import {
  createSorted,
  firstAbove,
  firstNotBelow,
  isFullSorted,
  medianDistanceOf,
  medianOf,
  pushSorted,
  quantileOf,
} from "../rolling/sorted.ts";

const PERIOD = { kind: "int", min: 2, max: 10_000, default: 30 } as const;
const SHARED = {
  version: 1,
  group: "statistic",
  inputs: [{ name: "value", from: "close" }],
  outputs: ["value"],
} as const;
const WINDOW = {
  warmup: (p: { readonly period: number }) => p.period - 1,
  init: (p: { readonly period: number }) => createSorted(p.period),
} as const;

const percentileDefinition = defineFeature({
  ...SHARED,
  ...WINDOW,
  id: "statistic.percentile",
  talib: "PERCENTILE",
  summary: "The smallest of the last n values that at least a given share of them do not exceed.",
  source: "TA-Lib PERCENTILE: nearest rank, ceil(percentile n / 100), at least 1.",
  params: { period: PERIOD, percentile: { kind: "float", min: 0, max: 100, default: 50, typical: [5, 95] } },
  unit: "input",
  step(state, p, x, out) {
    pushSorted(state, x[0]!);
    if (!isFullSorted(state)) {
      out[0] = Number.NaN;
      return;
    }
    // Multiplied before it is divided: the product of whole numbers is exact.
    const rank = Math.ceil((p.percentile * p.period) / 100);
    out[0] = state.order[rank < 1 ? 0 : rank - 1]!;
  },
});

/** Percentile by nearest rank, in the input's unit. @param period bars, 2 to 10,000. @param percentile 0 to 100. */
export const percentile = factory(percentileDefinition, (period?: number, share?: number) => ({
  period,
  percentile: share,
}));

const percentRankDefinition = defineFeature({
  ...SHARED,
  id: "statistic.percentrank",
  talib: "PERCENTRANK",
  summary: "Share of the n values before that are below the newest, 0 to 100.",
  source: "TA-Lib PERCENTRANK: equal values do not count.",
  params: { period: { ...PERIOD, default: 100 } },
  unit: "percent",
  warmup: (p) => p.period,
  init: (p) => createSorted(p.period),
  step(state, p, x, out) {
    out[0] = isFullSorted(state)
      ? (firstNotBelow(state.order, p.period, x[0]!) / p.period) * 100
      : Number.NaN;
    pushSorted(state, x[0]!);
  },
  batch(p, x, out, time, barMs) {
    if (p.period <= FEW) rankColumn(x[0]!, out[0]!, p.period);
    else runLoop(percentRankDefinition as unknown as FeatureDefinition, p, x, out, time, barMs);
  },
});

/** Up to so many values, walking through their list is quicker than keeping them in order. */
const FEW = 256;

/** Percent of the n values before that are lower. @param period bars, 2 to 10,000. */
export const percentRank = factory(percentRankDefinition, (period?: number) => ({ period }));

const rankDefinition = defineFeature({
  ...SHARED,
  ...WINDOW,
  id: "statistic.rank",
  summary:
    "Rank of the newest among the last n values, itself among them, as a fraction: 1 / n is the lowest, 1 the highest.",
  source: "pandas' rolling rank with pct: equal values share the mean of their ranks.",
  params: { period: PERIOD },
  unit: "fraction",
  step(state, p, x, out) {
    pushSorted(state, x[0]!);
    if (!isFullSorted(state)) {
      out[0] = Number.NaN;
      return;
    }
    const below = firstNotBelow(state.order, p.period, x[0]!);
    const notAbove = firstAbove(state.order, p.period, x[0]!);
    out[0] = (0.5 * (below + notAbove + 1)) / p.period;
  },
});

/** Rank in the window, above 0 to 1. @param period bars, 2 to 10,000. */
export const rank = factory(rankDefinition, (period?: number) => ({ period }));

const medianDefinition = defineFeature({
  ...SHARED,
  ...WINDOW,
  id: "statistic.median",
  summary: "The median of the last n values.",
  source: "Of an even number the mean of the two in the middle.",
  params: { period: PERIOD },
  unit: "input",
  step(state, _p, x, out) {
    pushSorted(state, x[0]!);
    out[0] = isFullSorted(state) ? medianOf(state) : Number.NaN;
  },
});

/** Rolling median, in the input's unit. @param period bars, 2 to 10,000. */
export const median = factory(medianDefinition, (period?: number) => ({ period }));

const quantileDefinition = defineFeature({
  ...SHARED,
  ...WINDOW,
  id: "statistic.quantile",
  summary: "A quantile of the last n values.",
  source: "Between two values by a straight line, as numpy's and pandas' default.",
  params: { period: PERIOD, share: { kind: "float", min: 0, max: 1, default: 0.5, typical: [0.05, 0.95] } },
  unit: "input",
  step(state, p, x, out) {
    pushSorted(state, x[0]!);
    out[0] = isFullSorted(state) ? quantileOf(state, p.share) : Number.NaN;
  },
});

/** Rolling quantile, in the input's unit. @param period bars, 2 to 10,000. @param share 0 (lowest) to 1 (highest). */
export const quantile = factory(quantileDefinition, (period?: number, share?: number) => ({ period, share }));

const madDefinition = defineFeature({
  ...SHARED,
  ...WINDOW,
  id: "statistic.mad",
  summary:
    "Median distance of the last n values from their median, times a factor: a deviation that outliers leave alone.",
  source: "With the factor 1.4826 it estimates the standard deviation of normal values.",
  params: { period: PERIOD, factor: { kind: "float", min: 0.01, max: 100, default: 1 } },
  unit: "input",
  step(state, p, x, out) {
    pushSorted(state, x[0]!);
    out[0] = isFullSorted(state) ? p.factor * medianDistanceOf(state) : Number.NaN;
  },
});

/** Median absolute deviation, in the input's unit. @param period bars, 2 to 10,000. @param scale factor, 0.01 to 100. */
export const mad = factory(madDefinition, (period?: number, scale?: number) => ({ period, factor: scale }));
