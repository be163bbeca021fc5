/** Oscillators over one window of bars. */
import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { blockTiles, createBlocks, sumLane, sumTwoLanes } from "../../rolling/blocks.ts";
import { createExtreme, isFullExtreme, pushHighest, pushLowest } from "../../rolling/extremes.ts";
import { INPUT_LANES, INPUTS, OUTPUT_LANES, OUTPUTS, WORK } from "../../rolling/lanes.ts";
import { createMean, isFullMean, meanOf, pushMean, sumOf } from "../../rolling/mean.ts";
import { joinLanes, scaleLane } from "../../rolling/pair-lanes.ts";
import { RANGE_LANES, rangeTiles } from "../../rolling/range-lanes.ts";
import { createRing, pushRing } from "../../rolling/ring.ts";
import { createSmoothing, smoothWilder } from "../../rolling/smoothing.ts";

const [highs, lows, closes, volumes] = INPUT_LANES;
const [result, other] = OUTPUT_LANES;

const bopDefinition = defineFeature({
  id: "technical.bop",
  version: 1,
  group: "momentum",
  talib: "BOP",
  summary: "Balance of power: how much of its range a bar went from open to close, -1 to 1.",
  source: "Livshin 2001; TA-Lib BOP: 0 for a bar without range.",
  inputs: ["open", "high", "low", "close"],
  params: {},
  outputs: ["value"],
  unit: "fraction",
  warmup: () => 0,
  init: () => ({}),
  step(_state, _p, x, out) {
    const range = x[1]! - x[2]!;
    // TA-Lib takes anything under 1e-14 for 0.
    out[0] = range < 1e-14 ? 0 : (x[3]! - x[0]!) / range;
  },
  batch(_p, x, out) {
    const [open, high, low, close] = x as [Float64Array, Float64Array, Float64Array, Float64Array];
    const to = out[0]!;
    for (let i = 0; i < to.length; i++) {
      const range = high[i]! - low[i]!;
      to[i] = range < 1e-14 ? 0 : (close[i]! - open[i]!) / range;
    }
  },
});
/** Balance of power, -1 to 1. */
export const bop = factory(bopDefinition, () => ({}));

const cciDefinition = defineFeature({
  id: "technical.cci",
  version: 1,
  group: "momentum",
  talib: "CCI",
  summary:
    "Commodity channel index: the typical price's distance from its mean, in units of 0.015 mean absolute deviations.",
  source:
    "Lambert 1980; TA-Lib CCI: 0 where the price does not move. The deviation is summed anew for each bar.",
  inputs: ["high", "low", "close"],
  params: { period: { kind: "int", min: 2, max: 10_000, default: 14 } },
  outputs: ["value"],
  unit: "score",
  warmup: (p) => p.period - 1,
  init: (p, barMs) => ({ average: createMean(p.period, barMs), prices: createRing(p.period) }),
  step({ average, prices }, p, x, out, time) {
    const price = (x[0]! + x[1]! + x[2]!) / 3;
    pushMean(average, price, time);
    pushRing(prices, price);
    out[0] = Number.NaN;
    if (!isFullMean(average)) return;
    const mean = meanOf(average);
    const { values } = prices;
    let deviation = 0;
    for (let i = 0; i < values.length; i++) deviation += Math.abs(values[i]! - mean);
    const distance = price - mean;
    out[0] = distance === 0 || deviation === 0 ? 0 : distance / (0.015 * (deviation / p.period));
  },
});
/** Commodity channel index. @param period bars, 2 to 10,000. */
export const cci = factory(cciDefinition, (period?: number) => ({ period }));

const cmoDefinition = defineFeature({
  id: "technical.cmo",
  version: 1,
  group: "momentum",
  talib: "CMO",
  summary: "Chande momentum oscillator: rises minus falls over their sum, in Wilder's averages, -100 to 100.",
  source: "TA-Lib CMO, which smooths as the RSI does; Chande's own (1994) sums n changes: technical.cmou.",
  inputs: [{ name: "value", from: "close" }],
  params: { period: { kind: "int", min: 2, max: 500, default: 14 } },
  outputs: ["value"],
  unit: "percent",
  warmup: (p) => p.period,
  init: () => ({ last: Number.NaN, rises: createSmoothing(), falls: createSmoothing() }),
  step(state, p, x, out) {
    const change = x[0]! - state.last;
    state.last = x[0]!;
    out[0] = Number.NaN;
    if (Number.isNaN(change)) return;
    const rise = smoothWilder(state.rises, p.period, change > 0 ? change : 0);
    const fall = smoothWilder(state.falls, p.period, change < 0 ? -change : 0);
    out[0] = rise + fall === 0 ? 0 : (100 * (rise - fall)) / (rise + fall);
  },
});
/** Chande momentum oscillator, -100 to 100. @param period bars, 2 to 500. */
export const cmo = factory(cmoDefinition, (period?: number) => ({ period }));

const mfiDefinition = defineFeature({
  id: "technical.mfi",
  version: 1,
  group: "momentum",
  talib: "MFI",
  summary:
    "Money flow index: the share of n bars' value (typical price times volume) that was traded while it rose, 0 to 100.",
  source: "Quong and Soudack 1989; TA-Lib MFI: 0 where less than 1 was traded.",
  inputs: ["high", "low", "close", "volume"],
  params: { period: { kind: "int", min: 2, max: 10_000, default: 14 } },
  outputs: ["value"],
  unit: "percent",
  warmup: (p) => p.period,
  init: (p, barMs) => ({
    last: Number.NaN,
    risen: createMean(p.period, barMs),
    fallen: createMean(p.period, barMs),
  }),
  step(state, _p, x, out, time) {
    const price = (x[0]! + x[1]! + x[2]!) / 3;
    const change = price - state.last;
    const value = price * x[3]!;
    state.last = price;
    out[0] = Number.NaN;
    if (Number.isNaN(change)) return;
    pushMean(state.risen, change > 0 ? value : 0, time);
    pushMean(state.fallen, change < 0 ? value : 0, time);
    if (!isFullMean(state.risen)) return;
    const risen = sumOf(state.risen);
    const all = risen + sumOf(state.fallen);
    out[0] = all < 1 ? 0 : (100 * risen) / all;
  },
  tiled: true,
  batch(p, x, out, time, barMs) {
    const blocks = createBlocks(p.period, time, barMs, 1);
    blockTiles(x, out, [blocks], (tile) => {
      tradedTile(tile.end);
      sumLane(blocks, tile, "sum", 0);
      sumLane(blocks, tile, "sum", 1);
      risenTile(tile.start, tile.end);
    });
  },
});

/** High and low become the value traded while the price rose, and while it fell. */
function tradedTile(end: number): void {
  let last = (highs[0]! + lows[0]! + closes[0]!) / 3;
  for (let i = 0; i < end; i++) {
    const price = (highs[i]! + lows[i]! + closes[i]!) / 3;
    const value = price * volumes[i]!;
    // A flag is 0 or 1; a branch would be guessed wrong half of the time.
    highs[i] = value * +(price > last);
    lows[i] = value * +(price < last);
    last = price;
  }
}

function risenTile(start: number, end: number): void {
  for (let i = start; i < end; i++) {
    const risen = result[i]!;
    const all = risen + other[i]!;
    result[i] = all < 1 ? 0 : (100 * risen) / all;
  }
}
/** Money flow index, 0 to 100. @param period bars, 2 to 10,000. */
export const mfi = factory(mfiDefinition, (period?: number) => ({ period }));

const willrDefinition = defineFeature({
  id: "technical.willr",
  version: 1,
  group: "momentum",
  talib: "WILLR",
  summary:
    "Williams %R: how far the close lies below the highest high of n bars, in percent of their range, -100 to 0.",
  source: "Williams; TA-Lib WILLR: 0 where highest and lowest are equal.",
  inputs: ["high", "low", "close"],
  params: { period: { kind: "int", min: 2, max: 10_000, default: 14 } },
  outputs: ["value"],
  unit: "percent",
  warmup: (p) => p.period - 1,
  init: (p) => ({ highest: createExtreme(p.period), lowest: createExtreme(p.period) }),
  step(state, _p, x, out) {
    const highest = pushHighest(state.highest, x[0]!);
    const lowest = pushLowest(state.lowest, x[1]!);
    if (!isFullExtreme(state.lowest)) out[0] = Number.NaN;
    else out[0] = highest === lowest ? 0 : (-100 * (highest - x[2]!)) / (highest - lowest);
  },
  tiled: true,
  batch(p, x, out) {
    rangeTiles(x, out, p.period, belowHighest);
  },
});

const [highest, lowest] = RANGE_LANES;

function belowHighest(start: number, end: number): void {
  for (let i = start; i < end; i++) {
    const range = highest[i]! - lowest[i]!;
    result[i] = range === 0 ? 0 : (-100 * (highest[i]! - closes[i]!)) / range;
  }
}

/** Williams %R, -100 to 0. @param period bars, 2 to 10,000. */
export const willr = factory(willrDefinition, (period?: number) => ({ period }));

const ultoscDefinition = defineFeature({
  id: "technical.ultosc",
  version: 1,
  group: "momentum",
  talib: "ULTOSC",
  summary:
    "Ultimate oscillator: buying pressure over true range in three windows, weighted 4, 2, 1, 0 to 100.",
  source:
    "Williams 1976; TA-Lib ULTOSC: the shortest window has the largest weight, in whichever order they are given.",
  inputs: ["high", "low", "close"],
  params: {
    first: { kind: "int", min: 1, max: 10_000, default: 7 },
    second: { kind: "int", min: 1, max: 10_000, default: 14 },
    third: { kind: "int", min: 1, max: 10_000, default: 28 },
  },
  outputs: ["value"],
  unit: "percent",
  warmup: (p) => Math.max(p.first, p.second, p.third),
  init(p, barMs) {
    const [a, b, c] = Float64Array.of(p.first, p.second, p.third).sort() as unknown as [
      number,
      number,
      number,
    ];
    const window = (n: number) => ({ pressure: createMean(n, barMs), range: createMean(n, barMs) });
    return { last: Number.NaN, short: window(a), middle: window(b), long: window(c) };
  },
  step(state, _p, x, out, time) {
    const last = state.last;
    state.last = x[2]!;
    out[0] = Number.NaN;
    if (Number.isNaN(last)) return;
    const low = Math.min(x[1]!, last);
    const pressure = x[2]! - low;
    const range = Math.max(x[0]!, last) - low;
    const { short, middle, long } = state;
    pushMean(short.pressure, pressure, time);
    pushMean(short.range, range, time);
    pushMean(middle.pressure, pressure, time);
    pushMean(middle.range, range, time);
    pushMean(long.pressure, pressure, time);
    pushMean(long.range, range, time);
    if (!isFullMean(long.range)) return;
    const [a, b, c] = [sumOf(short.range), sumOf(middle.range), sumOf(long.range)];
    let sum = 0;
    if (a > 0) sum += (4 * sumOf(short.pressure)) / a;
    if (b > 0) sum += (2 * sumOf(middle.pressure)) / b;
    if (c > 0) sum += sumOf(long.pressure) / c;
    out[0] = (100 * sum) / 7;
  },
  tiled: true,
  batch(p, x, out, time, barMs) {
    const windows = Float64Array.of(p.first, p.second, p.third).sort();
    const blocks = Array.from(windows, (n) => createBlocks(n, time, barMs, 1));
    blockTiles(x, out, blocks, (tile) => {
      pressureTile(tile.end);
      blocks.forEach((one, k) => {
        sumTwoLanes(one, tile, "sum");
        weighTile(tile.start, tile.end, 4 >> k, k === 0);
      });
      scaleLane("scaled", WORK + 2, OUTPUTS, tile.start, tile.end, 100, 7);
    });
  },
});

/** High and low become true range and buying pressure. Of a tile's first bar there is none. */
function pressureTile(end: number): void {
  const [high, low, close] = [INPUTS, INPUTS + 1, INPUTS + 2];
  const [top, bottom] = [WORK, WORK + 1];
  joinLanes("larger", high, close, top, 1, end, 1);
  joinLanes("smaller", low, close, bottom, 1, end, 1);
  joinLanes("minus", top, bottom, high, 1, end);
  joinLanes("minus", close, bottom, low, 1, end);
}

/** @param weight a power of 2. */
function weighTile(start: number, end: number, weight: number, isFirst: boolean): void {
  const [range, pressure, share, total] = [OUTPUTS, OUTPUTS + 1, WORK, WORK + 2];
  for (let times = 1; times < weight; times *= 2) joinLanes("plus", pressure, pressure, pressure, start, end);
  joinLanes("share", pressure, range, isFirst ? total : share, start, end);
  if (!isFirst) joinLanes("plus", total, share, total, start, end);
}
/** Ultimate oscillator, 0 to 100. @param first, second, third: bars of the windows, 1 to 10,000. */
export const ultosc = factory(ultoscDefinition, (first?: number, second?: number, third?: number) => ({
  first,
  second,
  third,
}));
