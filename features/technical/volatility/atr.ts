import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { createSmoothing, smoothWilder } from "../../rolling/smoothing.ts";

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
    out[0] = Number.isNaN(last) ? last : smoothWilder(state.average, p.period, trueRange(high, low, last));
  },
  batch(p, x, out) {
    const [high, low, close] = x as [Float64Array, Float64Array, Float64Array];
    const to = out[0]!;
    const n = p.period;
    const length = high.length;
    const first = Math.min(n, length);
    to.fill(Number.NaN, 0, first);
    if (first >= length) return;
    let average = 0;
    for (let i = 1; i <= n; i++) average += trueRange(high[i]!, low[i]!, close[i - 1]!);
    average /= n;
    to[first] = average;
    const k = 1 / n;
    for (let i = first + 1; i < length; i++) {
      average = (trueRange(high[i]!, low[i]!, close[i - 1]!) - average) * k + average;
      to[i] = average;
    }
  },
});

/** Average true range, in price units. @param period bars, 1 to 500. */
export const atr = factory(atrDefinition, (period?: number) => ({ period }));
