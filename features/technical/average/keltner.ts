import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { meanColumn } from "../../rolling/blocks.ts";
import { createMean, isFullMean, meanOf, pushMean } from "../../rolling/mean.ts";
import { createSmoothing, smoothExponential, smoothWilder } from "../../rolling/smoothing.ts";
import { typicalOf } from "../price/bar-prices.ts";
import { trueRange } from "../volatility/atr.ts";

const modernDefinition = defineFeature({
  id: "technical.keltner",
  version: 1,
  group: "average",
  talib: "KC",
  summary: "Keltner channel: EMA of the typical price, average true ranges above and below.",
  source:
    "Raschke's form; TA-Lib KC: Wilder's average true range; the shorter of the two averages starts late, so that both have their first value together. Many charts take the EMA of the close: the last parameter. Keltner's own: technical.keltner-original.",
  inputs: ["high", "low", "close"],
  params: {
    period: { kind: "int", min: 2, max: 10_000, default: 20 },
    atrPeriod: { kind: "int", min: 1, max: 500, default: 10 },
    multiplier: { kind: "float", min: 0.01, max: 100, default: 2 },
    price: { kind: "choice", options: ["typical", "close"], default: "typical" },
  },
  outputs: ["upper", "middle", "lower"],
  unit: "price",
  warmup: (p) => Math.max(p.period - 1, p.atrPeriod),
  init: () => ({ seen: 0, last: Number.NaN, middle: createSmoothing(), range: createSmoothing() }),
  step(state, p, x, out) {
    const high = x[0]!;
    const low = x[1]!;
    const close = x[2]!;
    const { seen, last } = state;
    const first = Math.max(p.period - 1, p.atrPeriod);
    state.last = close;
    if (seen < first) state.seen++;
    let middle = Number.NaN;
    let range = Number.NaN;
    if (seen > first - p.period) {
      const price = p.price === "close" ? close : typicalOf(high, low, close);
      middle = smoothExponential(state.middle, p.period, price);
    }
    if (seen > first - p.atrPeriod)
      range = smoothWilder(state.range, p.atrPeriod, trueRange(high, low, last));
    const width = range * p.multiplier;
    out[0] = middle + width;
    out[1] = middle;
    out[2] = middle - width;
  },
});

/**
 * Keltner channel: `.upper`, `.middle`, `.lower`, in price units.
 * @param period bars of the average, 2 to 10,000. @param atrPeriod bars of the range, 1 to 500.
 * @param multiplier ranges from the middle to a band, 0.01 to 100. @param price of the average, "typical" without it.
 */
export const keltner = factory(
  modernDefinition,
  (period?: number, atrPeriod?: number, multiplier?: number, price?: "typical" | "close") => ({
    period,
    atrPeriod,
    multiplier,
    price,
  }),
);

const originalDefinition = defineFeature({
  id: "technical.keltner-original",
  version: 1,
  group: "average",
  summary:
    "Keltner's own channel: simple mean of the typical price, the mean range of a bar above and below.",
  source: "Keltner 1960, who took 10 days: high - low, without gaps from the last close.",
  inputs: ["high", "low", "close"],
  params: {
    period: { kind: "int", min: 1, max: 10_000, default: 10 },
    multiplier: { kind: "float", min: 0.01, max: 100, default: 1 },
  },
  outputs: ["upper", "middle", "lower"],
  unit: "price",
  warmup: (p) => p.period - 1,
  init: (p, barMs) => ({ middle: createMean(p.period, barMs), range: createMean(p.period, barMs) }),
  step(state, p, x, out, time) {
    pushMean(state.middle, typicalOf(x[0]!, x[1]!, x[2]!), time);
    pushMean(state.range, x[0]! - x[1]!, time);
    const middle = isFullMean(state.middle) ? meanOf(state.middle) : Number.NaN;
    const width = p.multiplier * (isFullMean(state.range) ? meanOf(state.range) : Number.NaN);
    out[0] = middle + width;
    out[1] = middle;
    out[2] = middle - width;
  },
  batch(p, x, out, time, barMs) {
    const [high, low, close] = x as [Float64Array, Float64Array, Float64Array];
    const [upper, middle, lower] = out as [Float64Array, Float64Array, Float64Array];
    for (let i = 0; i < upper.length; i++) {
      upper[i] = typicalOf(high[i]!, low[i]!, close[i]!);
      lower[i] = high[i]! - low[i]!;
    }
    meanColumn(upper, middle, p.period, time, barMs);
    meanColumn(lower, upper, p.period, time, barMs);
    for (let i = 0; i < upper.length; i++) {
      const width = p.multiplier * upper[i]!;
      upper[i] = middle[i]! + width;
      lower[i] = middle[i]! - width;
    }
  },
});

/**
 * Keltner's own channel of 1960: `.upper`, `.middle`, `.lower`, in price units.
 * @param period bars, 1 to 10,000. @param multiplier mean ranges from the middle to a band, 0.01 to 100.
 */
export const keltnerOriginal = factory(originalDefinition, (period?: number, multiplier?: number) => ({
  period,
  multiplier,
}));
