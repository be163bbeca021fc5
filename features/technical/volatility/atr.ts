import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { eachTile, INPUT_LANES, OUTPUT_LANES } from "../../rolling/lanes.ts";
import { createSmoothing, smoothWilder } from "../../rolling/smoothing.ts";

// Of this module (see `FeatureDefinition.step`).
const smooth = smoothWilder;

/** The largest of the bar's range and the ways from the last close to its ends. */
export function trueRange(high: number, low: number, last: number): number {
  // The same numbers as the largest of the three differences, with two comparisons that are nearly always guessed right.
  return (high > last ? high : last) - (low < last ? low : last);
}

const atrDefinition = defineFeature({
  id: "technical.atr",
  version: 1,
  group: "volatility",
  talib: "ATR",
  summary: "Average true range: Wilder's average of each bar's range, gaps from the last close included.",
  source: "Wilder 1978; TA-Lib ATR: the first bar has no true range, the average starts from the mean of n.",
  inputs: ["high", "low", "close"],
  params: { period: { kind: "int", min: 1, max: 500, default: 14 } },
  outputs: ["value"],
  unit: "price",
  warmup: (p) => p.period,
  init: () => ({ lastClose: Number.NaN, average: createSmoothing() }),
  step(state, p, x, out) {
    const high = x[0]!;
    const low = x[1]!;
    const last = state.lastClose;
    state.lastClose = x[2]!;
    out[0] = Number.isNaN(last) ? last : smooth(state.average, p.period, trueRange(high, low, last));
  },
  tiled: true,
  batch: (p, x, out) => averageRangeColumn(p.period, x, out[0]!, false),
});

const [highs, lows, closes] = INPUT_LANES;
const [result] = OUTPUT_LANES;
/** From tile to tile: the average, and the last close. */
const carried = new Float64Array(2);

/** The ATR of high, low and close. @param n bars, at most 500. @param isShare in percent of the close, 0 where that is 0. */
export function averageRangeColumn(
  n: number,
  x: readonly Float64Array[],
  out: Float64Array,
  isShare: boolean,
): void {
  eachTile(x, [out], 0, ({ shift, end }) => averageTile(n, shift, end, isShare));
  out.fill(Number.NaN, 0, Math.min(n, out.length));
}

function averageTile(n: number, shift: number, end: number, isShare: boolean): void {
  const k = 1 / n;
  let average = carried[0]!;
  let last = carried[1]!;
  let i = 0;
  if (shift === 0) {
    // The first tile is longer than any warm-up.
    if (end <= n) return;
    average = 0;
    for (i = 1; i <= n; i++) average += trueRange(highs[i]!, lows[i]!, closes[i - 1]!);
    average /= n;
    last = closes[n]!;
    result[n] = isShare ? shareOf(average, last) : average;
  }
  for (; i < end; i++) {
    average = (trueRange(highs[i]!, lows[i]!, last) - average) * k + average;
    last = closes[i]!;
    result[i] = isShare ? shareOf(average, last) : average;
  }
  carried[0] = average;
  carried[1] = last;
}

function shareOf(range: number, close: number): number {
  return close === 0 ? 0 : (100 * range) / close;
}

/** Average true range, in price units. @param period bars, 1 to 500. */
export const atr = factory(atrDefinition, (period?: number) => ({ period }));
