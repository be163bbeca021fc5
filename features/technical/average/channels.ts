/** Bands around the price. */
import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { meanColumn } from "../../rolling/blocks.ts";
import { createExtreme, isFullExtreme, pushHighest, pushLowest } from "../../rolling/extremes.ts";
import { createMean, isFullMean, meanOf, pushMean } from "../../rolling/mean.ts";
import { rangeColumns } from "../../rolling/range-columns.ts";
import { withScratch } from "../../rolling/scratch.ts";

const WINDOW = { kind: "int", min: 2, max: 10_000, default: 20 } as const;

function shareOf(high: number, low: number): number {
  const sum = high + low;
  return sum === 0 ? 0 : (4 * (high - low)) / sum;
}

const accelerationDefinition = defineFeature({
  id: "technical.accbands",
  version: 1,
  group: "average",
  talib: "ACCBANDS",
  summary: "Acceleration bands: means of close, and of highs and lows moved out by their share of the price.",
  source: "Headley 2002; TA-Lib ACCBANDS: a bar whose high and low add up to 0 is not moved.",
  inputs: ["high", "low", "close"],
  params: { period: WINDOW },
  outputs: ["upper", "middle", "lower"],
  unit: "price",
  warmup: (p) => p.period - 1,
  init: (p, barMs) => ({
    upper: createMean(p.period, barMs),
    middle: createMean(p.period, barMs),
    lower: createMean(p.period, barMs),
  }),
  step({ upper, middle, lower }, _p, x, out, time) {
    const high = x[0]!;
    const low = x[1]!;
    const share = shareOf(high, low);
    pushMean(upper, high * (1 + share), time);
    pushMean(middle, x[2]!, time);
    pushMean(lower, low * (1 - share), time);
    const isFull = isFullMean(middle);
    out[0] = isFull ? meanOf(upper) : Number.NaN;
    out[1] = isFull ? meanOf(middle) : Number.NaN;
    out[2] = isFull ? meanOf(lower) : Number.NaN;
  },
  batch(p, x, out, time, barMs) {
    const [high, low, close] = x as [Float64Array, Float64Array, Float64Array];
    const [upper, middle, lower] = out as [Float64Array, Float64Array, Float64Array];
    const { length } = high;
    withScratch(1, length, (scratch) => {
      for (let i = 0; i < length; i++) {
        const share = shareOf(high[i]!, low[i]!);
        middle[i] = high[i]! * (1 + share);
        scratch![i] = low[i]! * (1 - share);
      }
      meanColumn(middle, upper, p.period, time, barMs);
      meanColumn(scratch!, lower, p.period, time, barMs);
    });
    meanColumn(close, middle, p.period, time, barMs);
  },
});

/** Acceleration bands: `.upper`, `.middle`, `.lower`, in price units. @param period bars, 2 to 10,000. */
export const accBands = factory(accelerationDefinition, (period?: number) => ({ period }));

const donchianDefinition = defineFeature({
  id: "technical.donchian",
  version: 1,
  group: "average",
  talib: "DONCHIAN",
  summary: "Donchian channel: highest high and lowest low of n bars, this one included, and their middle.",
  source:
    "Donchian 1960; TA-Lib DONCHIAN. For a breakout compare the close with the channel of the bar before.",
  inputs: ["high", "low"],
  params: { period: WINDOW },
  outputs: ["upper", "middle", "lower"],
  unit: "price",
  warmup: (p) => p.period - 1,
  init: (p) => ({ highest: createExtreme(p.period), lowest: createExtreme(p.period) }),
  step({ highest, lowest }, _p, x, out) {
    const upper = pushHighest(highest, x[0]!);
    const lower = pushLowest(lowest, x[1]!);
    const isFull = isFullExtreme(lowest);
    out[0] = isFull ? upper : Number.NaN;
    out[1] = isFull ? (upper + lower) / 2 : Number.NaN;
    out[2] = isFull ? lower : Number.NaN;
  },
  batch(p, x, out) {
    const [upper, middle, lower] = out as [Float64Array, Float64Array, Float64Array];
    rangeColumns(x[0]!, x[1]!, p.period, upper, lower);
    for (let i = 0; i < middle.length; i++) middle[i] = (upper[i]! + lower[i]!) / 2;
  },
});

/** Donchian channel: `.upper`, `.middle`, `.lower`, in price units. @param period bars, 2 to 10,000. */
export const donchian = factory(donchianDefinition, (period?: number) => ({ period }));

const positionDefinition = defineFeature({
  id: "technical.donchian-position",
  version: 1,
  group: "average",
  summary:
    "Where the close stands in its Donchian channel: 0 at the lowest low of n bars, 1 at the highest high.",
  source: "Donchian 1960. NaN where the channel has no width.",
  inputs: ["high", "low", "close"],
  params: { period: WINDOW },
  outputs: ["value"],
  unit: "fraction",
  sparse: true,
  warmup: (p) => p.period - 1,
  init: (p) => ({ highest: createExtreme(p.period), lowest: createExtreme(p.period) }),
  step({ highest, lowest }, _p, x, out) {
    const upper = pushHighest(highest, x[0]!);
    const lower = pushLowest(lowest, x[1]!);
    out[0] = isFullExtreme(lowest) && upper - lower > 0 ? (x[2]! - lower) / (upper - lower) : Number.NaN;
  },
  batch(p, x, out) {
    const close = x[2]!;
    const to = out[0]!;
    withScratch(1, to.length, (lowest) => {
      rangeColumns(x[0]!, x[1]!, p.period, to, lowest!, (from, end) => {
        for (let i = from; i < end; i++) {
          const low = lowest![i]!;
          const range = to[i]! - low;
          to[i] = range > 0 ? (close[i]! - low) / range : Number.NaN;
        }
      });
    });
  },
});

/** Place of the close in its Donchian channel, 0 to 1. @param period bars, 2 to 10,000. */
export const donchianPosition = factory(positionDefinition, (period?: number) => ({ period }));
