/** Features of a series that count its values, not the bars: a daily index moves once a day however short the bars. */
import { defineFeature } from "../define.ts";
import { createFeature, type FeatureFactory } from "../feature.ts";
import { createMoments, isFullMoments, meanOf, pushMoments, squaresOf } from "../rolling/moments.ts";
import { createRing, isFull, oldestOf, pushRing } from "../rolling/ring.ts";

const changeDefinition = defineFeature({
  id: "alternative.change",
  version: 1,
  group: "alternative",
  summary: "Change of a value against the one n before.",
  source: "difference: x - x before. relative: x / x before - 1, NaN where that was 0.",
  inputs: [{ name: "value", from: "close" }],
  params: {
    period: { kind: "int", min: 1, max: 10_000, default: 1 },
    kind: { kind: "choice", options: ["difference", "relative"], default: "difference" },
  },
  outputs: ["value"],
  unit: "input",
  warmup: (p) => p.period,
  init: (p) => ({ values: createRing(p.period) }),
  step(state, p, x, out) {
    const before = isFull(state.values) ? oldestOf(state.values) : Number.NaN;
    pushRing(state.values, x[0]!);
    if (p.kind === "difference") out[0] = x[0]! - before;
    else out[0] = before === 0 ? Number.NaN : x[0]! / before - 1;
  },
});

/**
 * Change of a series over its own last values, at their first publication: `seriesChange("fear-greed", 7)` is over a week
 * whatever the bars. @param period values, 1 to 10,000. @param kind "difference" or "relative" (a fraction).
 */
export const seriesChange: FeatureFactory<
  [series: string, period?: number, kind?: "difference" | "relative"],
  "value"
> = Object.assign(
  (series: string, period?: number, kind?: "difference" | "relative") =>
    createFeature(changeDefinition, { period, kind }).on({ series }),
  { definition: changeDefinition as never },
);

const zscoreDefinition = defineFeature({
  id: "alternative.zscore",
  version: 1,
  group: "alternative",
  summary: "How many deviations a value lies above the mean of the last n, itself included.",
  source: "Population deviation, or sample (n - 1) on request. NaN where nothing moved.",
  inputs: [{ name: "value", from: "close" }],
  params: {
    period: { kind: "int", min: 2, max: 10_000, default: 30 },
    deviation: { kind: "choice", options: ["population", "sample"], default: "population" },
  },
  outputs: ["value"],
  unit: "score",
  sparse: true,
  warmup: (p) => p.period - 1,
  init: (p, barMs) => ({ window: createMoments(p.period, barMs) }),
  step({ window }, p, x, out, time) {
    pushMoments(window, x[0]!, time);
    out[0] = Number.NaN;
    if (!isFullMoments(window)) return;
    const count = p.deviation === "sample" ? p.period - 1 : p.period;
    const deviation = Math.sqrt(squaresOf(window) / count);
    if (deviation > 0) out[0] = (x[0]! - meanOf(window)) / deviation;
  },
});

/**
 * Z-score of a series among its own last values, at their first publication: `seriesZscore("vix", 60)`.
 * @param period values, 2 to 10,000. @param deviation "population" or "sample".
 */
export const seriesZscore: FeatureFactory<
  [series: string, period?: number, deviation?: "population" | "sample"],
  "value"
> = Object.assign(
  (series: string, period?: number, deviation?: "population" | "sample") =>
    createFeature(zscoreDefinition, { period, deviation }).on({ series }),
  { definition: zscoreDefinition as never },
);
