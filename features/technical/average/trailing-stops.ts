/** Stops that trail the price by average true ranges. */
import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { createExtreme, pushHighest, pushLowest } from "../../rolling/extremes.ts";
import { createSmoothing, smoothWilder } from "../../rolling/smoothing.ts";
import { medianOf } from "../price/bar-prices.ts";
import { trueRange } from "../volatility/atr.ts";

const supertrendDefinition = defineFeature({
  id: "technical.supertrend",
  version: 1,
  group: "average",
  talib: "SUPERTREND",
  summary:
    "Supertrend: a stop some average true ranges from the bar's middle that only moves towards the price, and the trend it tells, 1 up or -1 down.",
  source:
    "Seban; TA-Lib SUPERTREND: up at first. Each band moves away again only after a close beyond it, so the stop may lie on the far side of the close just after a turn.",
  inputs: ["high", "low", "close"],
  params: {
    period: { kind: "int", min: 2, max: 500, default: 10 },
    multiplier: { kind: "float", min: 0, max: 100, default: 3 },
  },
  outputs: ["value", "trend"],
  unit: ["price", "signal"],
  warmup: (p) => p.period,
  init: () => ({
    last: Number.NaN,
    range: createSmoothing(),
    upper: Number.NaN,
    lower: Number.NaN,
    trend: 1,
  }),
  step(state, p, x, out) {
    const high = x[0]!;
    const low = x[1]!;
    const close = x[2]!;
    const { last } = state;
    state.last = close;
    const range = Number.isNaN(last) ? last : smoothWilder(state.range, p.period, trueRange(high, low, last));
    if (Number.isNaN(range)) {
      out[0] = Number.NaN;
      out[1] = Number.NaN;
      return;
    }
    const middle = medianOf(high, low);
    const width = p.multiplier * range;
    const isFirst = Number.isNaN(state.upper);
    if (isFirst || middle + width < state.upper || last > state.upper) state.upper = middle + width;
    if (isFirst || middle - width > state.lower || last < state.lower) state.lower = middle - width;
    const isCrossed = state.trend > 0 ? close < state.lower : close > state.upper;
    if (isCrossed && !isFirst) state.trend = -state.trend;
    out[0] = state.trend > 0 ? state.lower : state.upper;
    out[1] = state.trend;
  },
  batch(p, x, out) {
    const [high, low, close] = x as [Float64Array, Float64Array, Float64Array];
    const [value, trends] = out as [Float64Array, Float64Array];
    const { period: n, multiplier } = p;
    const { length } = value;
    value.fill(Number.NaN, 0, Math.min(n, length));
    trends.fill(Number.NaN, 0, Math.min(n, length));
    if (n >= length) return;
    let range = 0;
    for (let i = 1; i <= n; i++) range += trueRange(high[i]!, low[i]!, close[i - 1]!);
    range /= n;
    let upper = medianOf(high[n]!, low[n]!) + multiplier * range;
    let lower = medianOf(high[n]!, low[n]!) - multiplier * range;
    let trend = 1;
    value[n] = lower;
    trends[n] = trend;
    const k = 1 / n;
    for (let i = n + 1; i < length; i++) {
      const last = close[i - 1]!;
      range = (trueRange(high[i]!, low[i]!, last) - range) * k + range;
      const middle = medianOf(high[i]!, low[i]!);
      const width = multiplier * range;
      if (middle + width < upper || last > upper) upper = middle + width;
      if (middle - width > lower || last < lower) lower = middle - width;
      if (trend > 0 ? close[i]! < lower : close[i]! > upper) trend = -trend;
      value[i] = trend > 0 ? lower : upper;
      trends[i] = trend;
    }
  },
});

/**
 * Supertrend: `.value` in price units, `.trend` 1 up or -1 down.
 * @param period bars of the range, 2 to 500. @param multiplier ranges from the bar's middle, 0 to 100.
 */
export const supertrend = factory(supertrendDefinition, (period?: number, multiplier?: number) => ({
  period,
  multiplier,
}));

const chandelierDefinition = defineFeature({
  id: "technical.chandelier",
  version: 1,
  group: "average",
  summary:
    "Chandelier exit: the highest high of n bars minus some average true ranges (long), the lowest low plus them (short).",
  source: "LeBeau, in Elder 2002: 22 bars, 3 ranges. Wilder's average true range over the same bars.",
  inputs: ["high", "low", "close"],
  params: {
    period: { kind: "int", min: 1, max: 500, default: 22 },
    multiplier: { kind: "float", min: 0, max: 100, default: 3 },
  },
  outputs: ["long", "short"],
  unit: "price",
  warmup: (p) => p.period,
  init: (p) => ({
    last: Number.NaN,
    range: createSmoothing(),
    highest: createExtreme(p.period),
    lowest: createExtreme(p.period),
  }),
  step(state, p, x, out) {
    const high = x[0]!;
    const low = x[1]!;
    const { last } = state;
    state.last = x[2]!;
    const range = Number.isNaN(last) ? last : smoothWilder(state.range, p.period, trueRange(high, low, last));
    // NaN while the range is, which begins last.
    out[0] = pushHighest(state.highest, high) - p.multiplier * range;
    out[1] = pushLowest(state.lowest, low) + p.multiplier * range;
  },
});

/**
 * Chandelier exit: `.long` below a rise, `.short` above a fall, in price units.
 * @param period bars of extremes and ranges, 1 to 500. @param multiplier ranges from the extreme, 0 to 100.
 */
export const chandelier = factory(chandelierDefinition, (period?: number, multiplier?: number) => ({
  period,
  multiplier,
}));
