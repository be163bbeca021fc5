/** How far a price stands from its own recent past. */
import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { meanColumn, momentColumns } from "../../rolling/blocks.ts";
import { createMean, isFullMean, meanOf, pushMean } from "../../rolling/mean.ts";
import {
  createMoments,
  isFullMoments,
  meanOf as meanOfMoments,
  pushMoments,
  squaresOf,
} from "../../rolling/moments.ts";
import { createRing, pushRing } from "../../rolling/ring.ts";

const deviationDefinition = defineFeature({
  id: "technical.avgdev",
  version: 1,
  group: "price",
  talib: "AVGDEV",
  summary: "Average deviation: mean distance of n values from their mean.",
  source: "TA-Lib AVGDEV. Summed anew for each bar.",
  inputs: [{ name: "value", from: "close" }],
  params: { period: { kind: "int", min: 2, max: 10_000, default: 14 } },
  outputs: ["value"],
  unit: "input",
  warmup: (p) => p.period - 1,
  init: (p, barMs) => ({ average: createMean(p.period, barMs), past: createRing(p.period) }),
  step({ average, past }, p, x, out, time) {
    pushMean(average, x[0]!, time);
    pushRing(past, x[0]!);
    out[0] = Number.NaN;
    if (!isFullMean(average)) return;
    const mean = meanOf(average);
    const { values, next } = past;
    let even = 0;
    let odd = 0;
    // Oldest first, so that the window alone decides.
    for (let k = 0, i = next; k < values.length; k++) {
      const distance = Math.abs(values[i]! - mean);
      if ((k & 1) === 0) even += distance;
      else odd += distance;
      i = i + 1 === values.length ? 0 : i + 1;
    }
    out[0] = (even + odd) / p.period;
  },
  batch(p, x, out, time, barMs) {
    const values = x[0]!;
    const to = out[0]!;
    const n = p.period;
    meanColumn(values, to, n, time, barMs);
    for (let i = n - 1; i < to.length; i++) {
      const mean = to[i]!;
      let even = 0;
      let odd = 0;
      let k = i - n + 1;
      // Two sums, so that one does not wait for the other.
      for (; k < i; k += 2) {
        even += Math.abs(values[k]! - mean);
        odd += Math.abs(values[k + 1]! - mean);
      }
      if (k === i) even += Math.abs(values[k]! - mean);
      to[i] = (even + odd) / n;
    }
  },
});

/** Mean absolute deviation, in the input's unit. @param period bars, 2 to 10,000. */
export const avgDev = factory(deviationDefinition, (period?: number) => ({ period }));

const scoreDefinition = defineFeature({
  id: "technical.price-zscore",
  version: 1,
  group: "price",
  summary: "Price z-score: the close's distance from its mean over n bars, in standard deviations.",
  source:
    "The window includes the bar itself. Population deviation (n) by default, sample (n - 1) by parameter. NaN where the price has not moved.",
  inputs: [{ name: "value", from: "close" }],
  params: {
    period: { kind: "int", min: 2, max: 10_000, default: 20 },
    deviation: { kind: "choice", options: ["population", "sample"], default: "population" },
  },
  outputs: ["value"],
  unit: "score",
  sparse: true,
  warmup: (p) => p.period - 1,
  init: (p, barMs) => createMoments(p.period, barMs),
  step(state, p, x, out, time) {
    pushMoments(state, x[0]!, time);
    out[0] = Number.NaN;
    if (!isFullMoments(state)) return;
    const squares = squaresOf(state);
    const count = p.deviation === "sample" ? p.period - 1 : p.period;
    if (squares > 0) out[0] = (x[0]! - meanOfMoments(state)) / Math.sqrt(squares / count);
  },
  batch(p, x, out, time, barMs) {
    const values = x[0]!;
    const to = out[0]!;
    const squares = new Float64Array(to.length);
    const count = p.deviation === "sample" ? p.period - 1 : p.period;
    momentColumns(values, to, squares, p.period, time, barMs);
    for (let i = 0; i < to.length; i++)
      to[i] = squares[i]! > 0 ? (values[i]! - to[i]!) / Math.sqrt(squares[i]! / count) : Number.NaN;
  },
});

/**
 * Distance of the close from its rolling mean, in standard deviations.
 * @param period bars, 2 to 10,000. @param deviation divides by n ("population", the default) or n - 1 ("sample").
 */
export const priceZscore = factory(
  scoreDefinition,
  (period?: number, deviation?: "population" | "sample") => ({ period, deviation }),
);
