/** Volume weighed with how the price moved. */
import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { blockTiles, createBlocks, meanColumn, sumTwoLanes } from "../../rolling/blocks.ts";
import { eachTile, INPUT_LANES, INPUTS, OUTPUT_LANES, OUTPUTS, WORK } from "../../rolling/lanes.ts";
import { createMean, isFullMean, meanOf, pushMean } from "../../rolling/mean.ts";
import { joinLanes } from "../../rolling/pair-lanes.ts";
import { withScratch } from "../../rolling/scratch.ts";
import { createSmoothing, smoothColumn, smoothExponential } from "../../rolling/smoothing.ts";

/** Volume times the close's place in the bar's range, -1 at the low to 1 at the high; 0 for a bar without range. */
export function flowOf(high: number, low: number, close: number, volume: number): number {
  const range = high - low;
  return range > 0 ? ((close - low - (high - close)) / range) * volume : 0;
}

const chaikinDefinition = defineFeature({
  id: "technical.cmf",
  version: 1,
  group: "volume",
  talib: "CMF",
  summary:
    "Chaikin money flow: volume signed by where bars closed in their range, over the volume of n bars, -1 to 1.",
  source: "Chaikin; TA-Lib CMF: 0 where nothing was traded.",
  inputs: ["high", "low", "close", "volume"],
  params: { period: { kind: "int", min: 1, max: 10_000, default: 20 } },
  outputs: ["value"],
  unit: "fraction",
  warmup: (p) => p.period - 1,
  init: (p, barMs) => ({ flow: createMean(p.period, barMs), volume: createMean(p.period, barMs) }),
  step({ flow, volume }, _p, x, out, time) {
    pushMean(flow, flowOf(x[0]!, x[1]!, x[2]!, x[3]!), time);
    pushMean(volume, x[3]!, time);
    out[0] = Number.NaN;
    if (!isFullMean(volume)) return;
    const all = meanOf(volume);
    out[0] = all === 0 ? 0 : meanOf(flow) / all;
  },
  tiled: true,
  batch(p, x, out, time, barMs) {
    const blocks = createBlocks(p.period, time, barMs);
    blockTiles(x, out, [blocks], (tile) => {
      flowTile(tile.end);
      sumTwoLanes(blocks, tile, "mean", 2);
      joinLanes("ratio", OUTPUTS + 2, OUTPUTS + 3, OUTPUTS, tile.start, tile.end);
    });
  },
});

const [highs, lows, closes] = INPUT_LANES;
const [flows] = OUTPUT_LANES;

/** The close becomes the flow. */
function flowTile(end: number): void {
  const [high, low, close, volume] = [INPUTS, INPUTS + 1, INPUTS + 2, INPUTS + 3];
  const [place, other] = [WORK, WORK + 1];
  joinLanes("minus", close, low, place, 0, end);
  joinLanes("minus", high, close, other, 0, end);
  joinLanes("minus", place, other, place, 0, end);
  joinLanes("minus", high, low, other, 0, end);
  joinLanes("share", place, other, place, 0, end);
  joinLanes("times", place, volume, close, 0, end);
}

/** Chaikin money flow, -1 to 1. @param period bars, 1 to 10,000. */
export const cmf = factory(chaikinDefinition, (period?: number) => ({ period }));

const forceDefinition = defineFeature({
  id: "technical.efi",
  version: 1,
  group: "volume",
  talib: "EFI",
  summary: "Elder's force index: EMA of the close's change times volume.",
  source: "Elder 1993; TA-Lib EFI.",
  inputs: [{ name: "value", from: "close" }, "volume"],
  params: { period: { kind: "int", min: 1, max: 10_000, default: 13 } },
  outputs: ["value"],
  unit: "value",
  warmup: (p) => p.period,
  init: () => ({ last: Number.NaN, average: createSmoothing() }),
  step(state, p, x, out) {
    const change = x[0]! - state.last;
    state.last = x[0]!;
    out[0] = Number.isNaN(change) ? change : smoothExponential(state.average, p.period, change * x[1]!);
  },
  batch(p, x, out) {
    const [value, volume] = x as [Float64Array, Float64Array];
    withScratch(1, value.length, (forces) => {
      for (let i = 1; i < value.length; i++) forces![i] = (value[i]! - value[i - 1]!) * volume[i]!;
      smoothColumn(forces!, out[0]!, p.period, 2 / (p.period + 1), 1);
    });
  },
});

/** Elder's force index, price times volume. @param period bars, 1 to 10,000. */
export const efi = factory(forceDefinition, (period?: number) => ({ period }));

const facilitationDefinition = defineFeature({
  id: "technical.marketfi",
  version: 1,
  group: "volume",
  talib: "MARKETFI",
  summary: "Market facilitation index: the bar's range for one unit of volume.",
  source: "Williams 1995; TA-Lib MARKETFI: 0 where nothing was traded.",
  inputs: ["high", "low", "volume"],
  params: {},
  outputs: ["value"],
  unit: "score",
  warmup: () => 0,
  init: () => ({}),
  step(_state, _p, x, out) {
    out[0] = facilitation(x[0]!, x[1]!, x[2]!);
  },
  tiled: true,
  batch: (_p, x, out) => eachTile(x, out, 0, ({ start, end }) => facilitationTile(start, end)),
});

function facilitationTile(start: number, end: number): void {
  // The third input is the volume here.
  for (let i = start; i < end; i++) flows[i] = facilitation(highs[i]!, lows[i]!, closes[i]!);
}

function facilitation(high: number, low: number, volume: number): number {
  return volume === 0 ? 0 : (high - low) / volume;
}

/** Market facilitation index: price range for one unit of volume. */
export const marketFi = factory(facilitationDefinition, () => ({}));

const relativeDefinition = defineFeature({
  id: "technical.rvol",
  version: 1,
  group: "volume",
  talib: "RVOL",
  summary: "Relative volume: the bar's volume over the mean volume of the n bars before it.",
  source: "TA-Lib RVOL: infinite, or NaN for 0 over 0, where nothing was traded before.",
  inputs: ["volume"],
  params: { period: { kind: "int", min: 1, max: 10_000, default: 20 } },
  outputs: ["value"],
  unit: "fraction",
  sparse: true,
  warmup: (p) => p.period,
  init: (p, barMs) => createMean(p.period, barMs),
  step(state, _p, x, out, time) {
    out[0] = isFullMean(state) ? x[0]! / meanOf(state) : Number.NaN;
    pushMean(state, x[0]!, time);
  },
  batch(p, x, out, time, barMs) {
    const volume = x[0]!;
    const to = out[0]!;
    meanColumn(volume, to, p.period, time, barMs);
    // Backwards, so that the mean before still stands.
    for (let i = to.length - 1; i >= p.period; i--) to[i] = volume[i]! / to[i - 1]!;
    to.fill(Number.NaN, 0, Math.min(p.period, to.length));
  },
});

/** Volume over the mean of the bars before, a fraction (1 is as usual). @param period bars, 1 to 10,000. */
export const rvol = factory(relativeDefinition, (period?: number) => ({ period }));
