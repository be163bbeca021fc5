import { defineFeature } from "../define.ts";
import { factory } from "../feature.ts";
import { momentTiles, varianceColumn } from "../rolling/blocks.ts";
import { OUTPUTS } from "../rolling/lanes.ts";
import { createMoments, isFullMoments, meanOf, pushMoments, squaresOf } from "../rolling/moments.ts";
import { scaleLane } from "../rolling/pair-lanes.ts";
import { divisorOf, ESTIMATE_PARAM, type Estimate } from "./estimate.ts";

const SHARED = {
  version: 1,
  group: "statistic",
  inputs: [{ name: "value", from: "close" }],
  outputs: ["value"],
  warmup: (p: { readonly period: number }) => p.period - 1,
  init: (p: { readonly period: number }, barMs: number) => createMoments(p.period, barMs),
} as const;
const DEVIATIONS = { kind: "float", min: 0.01, max: 100, default: 1 } as const;
const PERIOD = { kind: "int", min: 2, max: 10_000, default: 5 } as const;
const JUDGE = "summed so that it does not drift, as TA-Lib's sums do.";

const stddevDefinition = defineFeature({
  ...SHARED,
  id: "statistic.stddev",
  talib: "STDDEV",
  summary: "Standard deviation of the last n values, times a factor.",
  source: `TA-Lib STDDEV (population); ${JUDGE}`,
  params: { period: PERIOD, deviations: DEVIATIONS, estimate: ESTIMATE_PARAM },
  unit: "input",
  step(state, p, x, out, time) {
    pushMoments(state, x[0]!, time);
    out[0] = isFullMoments(state)
      ? p.deviations * Math.sqrt(squaresOf(state) / divisorOf(p.estimate, p.period))
      : Number.NaN;
  },
  tiled: true,
  batch(p, x, out, time, barMs) {
    const divisor = divisorOf(p.estimate, p.period);
    momentTiles(x[0]!, out, p.period, time, barMs, (start, end) =>
      scaleLane("roots", OUTPUTS + 1, OUTPUTS, start, end, p.deviations, divisor),
    );
  },
});

/**
 * Standard deviation, in the input's unit. @param period bars, 2 to 10,000. @param deviations factor, 0.01 to 100.
 * @param estimate "population" without it, or "sample".
 */
export const stddev = factory(
  stddevDefinition,
  (period?: number, deviations?: number, estimate?: Estimate) => ({ period, deviations, estimate }),
);

const varianceDefinition = defineFeature({
  ...SHARED,
  id: "statistic.variance",
  talib: "VAR",
  summary: "Variance of the last n values.",
  source: `TA-Lib VAR (population; its number of deviations has no effect there either); ${JUDGE}`,
  params: { period: PERIOD, deviations: DEVIATIONS, estimate: ESTIMATE_PARAM },
  unit: "price2",
  step(state, p, x, out, time) {
    pushMoments(state, x[0]!, time);
    out[0] = isFullMoments(state) ? squaresOf(state) / divisorOf(p.estimate, p.period) : Number.NaN;
  },
  tiled: true,
  batch: (p, x, out, time, barMs) =>
    varianceColumn(x[0]!, out[0]!, p.period, divisorOf(p.estimate, p.period), time, barMs),
});

/** Variance, in the input's unit squared. @param period bars, 2 to 10,000. @param estimate "population" without it, or "sample". */
export const variance = factory(varianceDefinition, (period?: number, estimate?: Estimate) => ({
  period,
  estimate,
}));

const zscoreDefinition = defineFeature({
  ...SHARED,
  id: "statistic.zscore",
  summary: "How many standard deviations the value lies above the mean of the last n, itself among them.",
  source: "(x - mean) / deviation; NaN where nothing has moved.",
  params: { period: { ...PERIOD, default: 20 }, estimate: ESTIMATE_PARAM },
  unit: "score",
  sparse: true,
  step(state, p, x, out, time) {
    pushMoments(state, x[0]!, time);
    const squares = squaresOf(state);
    out[0] =
      isFullMoments(state) && squares > 0
        ? (x[0]! - meanOf(state)) / Math.sqrt(squares / divisorOf(p.estimate, p.period))
        : Number.NaN;
  },
});

/** Deviations from the rolling mean. @param period bars, 2 to 10,000. @param estimate "population" without it, or "sample". */
export const zscore = factory(zscoreDefinition, (period?: number, estimate?: Estimate) => ({
  period,
  estimate,
}));
