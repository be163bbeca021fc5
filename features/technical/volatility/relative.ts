import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { momentColumns } from "../../rolling/blocks.ts";
import { createExtreme, isFullExtreme, pushHighest, pushLowest } from "../../rolling/extremes.ts";
import { createMean, isFullMean, pushMean, sumOf } from "../../rolling/mean.ts";
import { createMoments, isFullMoments, pushMoments, squaresOf } from "../../rolling/moments.ts";
import { createSmoothing, smoothWilder } from "../../rolling/smoothing.ts";
import { trueRange } from "./atr.ts";

function shareOf(rise: number, fall: number): number {
  const sum = rise + fall;
  return sum === 0 ? 50 : (100 * rise) / sum;
}

const relativeDefinition = defineFeature({
  id: "technical.rvi",
  version: 1,
  group: "volatility",
  talib: "RVI",
  summary:
    "Relative volatility index: the share of the price's deviation that came with rises, in Wilder's averages, 0 to 100.",
  source: "Dorsey 1993; TA-Lib RVI: population deviation of the close; 50 where it has not moved.",
  inputs: [{ name: "value", from: "close" }],
  params: {
    period: { kind: "int", min: 1, max: 500, default: 14 },
    deviationPeriod: { kind: "int", min: 2, max: 10_000, default: 10 },
  },
  outputs: ["value"],
  unit: "percent",
  warmup: (p) => p.period + p.deviationPeriod - 2,
  init: (p, barMs) => ({
    last: Number.NaN,
    window: createMoments(p.deviationPeriod, barMs),
    rises: createSmoothing(),
    falls: createSmoothing(),
  }),
  step(state, p, x, out, time) {
    const value = x[0]!;
    const change = value - state.last;
    state.last = value;
    pushMoments(state.window, value, time);
    out[0] = Number.NaN;
    if (!isFullMoments(state.window)) return;
    const deviation = Math.sqrt(squaresOf(state.window) / p.deviationPeriod);
    const rise = smoothWilder(state.rises, p.period, change > 0 ? deviation : 0);
    const fall = smoothWilder(state.falls, p.period, change < 0 ? deviation : 0);
    out[0] = shareOf(rise, fall);
  },
  batch(p, x, out, time, barMs) {
    const values = x[0]!;
    const to = out[0]!;
    const squares = new Float64Array(to.length);
    momentColumns(values, to, squares, p.deviationPeriod, time, barMs);
    const rises = createSmoothing();
    const falls = createSmoothing();
    const from = Math.min(p.deviationPeriod - 1, to.length);
    const first = Math.min(from + p.period - 1, to.length - 1);
    to.fill(Number.NaN, 0, from);
    for (let i = from; i <= first; i++) {
      const change = values[i]! - values[i - 1]!;
      const deviation = Math.sqrt(squares[i]! / p.deviationPeriod);
      const rise = smoothWilder(rises, p.period, change > 0 ? deviation : 0);
      to[i] = shareOf(rise, smoothWilder(falls, p.period, change < 0 ? deviation : 0));
    }
    const k = 1 / p.period;
    let rise = rises[1]!;
    let fall = falls[1]!;
    for (let i = first + 1; i < to.length; i++) {
      const change = values[i]! - values[i - 1]!;
      const deviation = Math.sqrt(squares[i]! / p.deviationPeriod);
      // Without branches: a flag is 0 or 1.
      rise = (deviation * +(change > 0) - rise) * k + rise;
      fall = (deviation * +(change < 0) - fall) * k + fall;
      to[i] = shareOf(rise, fall);
    }
  },
});

/**
 * Relative volatility index, 0 to 100.
 * @param period bars of the averages, 1 to 500. @param deviationPeriod bars of the deviation, 2 to 10,000.
 */
export const rvi = factory(relativeDefinition, (period?: number, deviationPeriod?: number) => ({
  period,
  deviationPeriod,
}));

const choppinessDefinition = defineFeature({
  id: "technical.chop",
  version: 1,
  group: "volatility",
  summary:
    "Choppiness index: how far n bars went in all against how far they got, 0 (a straight line) to 100 (to and fro).",
  source:
    "Dreiss: 100 log(sum of true ranges / (highest high - lowest low)) / log(n). NaN where the price has not moved. A gap just before the window can push it above 100.",
  inputs: ["high", "low", "close"],
  params: { period: { kind: "int", min: 2, max: 10_000, default: 14 } },
  outputs: ["value"],
  unit: "percent",
  sparse: true,
  warmup: (p) => p.period,
  init: (p, barMs) => ({
    last: Number.NaN,
    ranges: createMean(p.period, barMs),
    highest: createExtreme(p.period),
    lowest: createExtreme(p.period),
  }),
  step(state, p, x, out, time) {
    const { last } = state;
    state.last = x[2]!;
    const highest = pushHighest(state.highest, x[0]!);
    const lowest = pushLowest(state.lowest, x[1]!);
    out[0] = Number.NaN;
    if (Number.isNaN(last)) return;
    pushMean(state.ranges, trueRange(x[0]!, x[1]!, last), time);
    if (!isFullMean(state.ranges) || !isFullExtreme(state.lowest) || highest === lowest) return;
    out[0] = (100 * Math.log(sumOf(state.ranges) / (highest - lowest))) / Math.log(p.period);
  },
});

/** Choppiness index, 0 to 100. @param period bars, 2 to 10,000. */
export const chop = factory(choppinessDefinition, (period?: number) => ({ period }));
