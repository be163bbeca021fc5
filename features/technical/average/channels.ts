/** Bands around the price. */
import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { blockTiles, createBlocks, sumLane } from "../../rolling/blocks.ts";
import { createExtreme, isFullExtreme, pushHighest, pushLowest } from "../../rolling/extremes.ts";
import { INPUT_LANES, OUTPUT_LANES } from "../../rolling/lanes.ts";
import { createMean, isFullMean, meanOf, pushMean } from "../../rolling/mean.ts";
import { RANGE_LANES, rangeTiles } from "../../rolling/range-lanes.ts";

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
  tiled: true,
  batch(p, x, out, time, barMs) {
    const blocks = createBlocks(p.period, time, barMs);
    blockTiles(x, out, [blocks], (tile) => {
      bandTile(tile.end);
      for (const lane of [0, 1, 2] as const) sumLane(blocks, tile, "mean", lane);
    });
  },
});

const [highs, lows, closes] = INPUT_LANES;

/** High, low and close become what the upper, middle and lower band are means of. */
function bandTile(end: number): void {
  for (let i = 0; i < end; i++) {
    const high = highs[i]!;
    const low = lows[i]!;
    const share = shareOf(high, low);
    highs[i] = high * (1 + share);
    lows[i] = closes[i]!;
    closes[i] = low * (1 - share);
  }
}

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
  tiled: true,
  batch(p, x, out) {
    rangeTiles(x, out, p.period, donchianTile);
  },
});

const [highest, lowest] = RANGE_LANES;
const [first, second, third] = OUTPUT_LANES;

function donchianTile(start: number, end: number): void {
  for (let i = start; i < end; i++) {
    const upper = highest[i]!;
    const lower = lowest[i]!;
    first[i] = upper;
    second[i] = (upper + lower) / 2;
    third[i] = lower;
  }
}

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
  tiled: true,
  batch(p, x, out) {
    rangeTiles(x, out, p.period, positionTile);
  },
});

function positionTile(start: number, end: number): void {
  for (let i = start; i < end; i++) {
    const lower = lowest[i]!;
    const range = highest[i]! - lower;
    first[i] = range > 0 ? (closes[i]! - lower) / range : Number.NaN;
  }
}

/** Place of the close in its Donchian channel, 0 to 1. @param period bars, 2 to 10,000. */
export const donchianPosition = factory(positionDefinition, (period?: number) => ({ period }));
