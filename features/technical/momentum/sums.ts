/** Momentum as shares of sums over a window. */
import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { blockTiles, createBlocks, sumLane, sumTwoLanes } from "../../rolling/blocks.ts";
import { createExtreme, pushHighest, pushLowest } from "../../rolling/extremes.ts";
import { copyLane, eachTile, INPUT_LANES, INPUTS, OUTPUT_LANES, OUTPUTS, WORK } from "../../rolling/lanes.ts";
import { createMean, isFullMean, meanOf, pushMean, sumOf } from "../../rolling/mean.ts";
import { hasZero, joinLanes } from "../../rolling/pair-lanes.ts";
import { createRing, oldestOf, pushRing } from "../../rolling/ring.ts";
import { trueRange } from "../volatility/atr.ts";

const period = (count: number, min = 1) => ({ kind: "int", min, max: 10_000, default: count }) as const;

const cmouDefinition = defineFeature({
  id: "technical.cmou",
  version: 1,
  group: "momentum",
  talib: "CMOU",
  summary:
    "Chande momentum oscillator without smoothing: rises minus falls over their sum in n changes, -100 to 100.",
  source: "Chande 1994; TA-Lib CMOU: 0 where the price has not moved.",
  inputs: [{ name: "value", from: "close" }],
  params: { period: period(14) },
  outputs: ["value"],
  unit: "percent",
  warmup: (p) => p.period,
  init: (p, barMs) => ({
    last: Number.NaN,
    rises: createMean(p.period, barMs),
    falls: createMean(p.period, barMs),
  }),
  step(state, _p, x, out, time) {
    const change = x[0]! - state.last;
    state.last = x[0]!;
    out[0] = Number.NaN;
    if (Number.isNaN(change)) return;
    const size = Math.abs(change);
    pushMean(state.rises, 0.5 * (size + change), time);
    pushMean(state.falls, 0.5 * (size - change), time);
    if (!isFullMean(state.rises)) return;
    const rise = sumOf(state.rises);
    const all = rise + sumOf(state.falls);
    out[0] = all === 0 ? 0 : (100 * (2 * rise - all)) / all;
  },
  tiled: true,
  batch(p, x, out, time, barMs) {
    const blocks = createBlocks(p.period, time, barMs, 1);
    blockTiles(x, out, [blocks], (tile) => {
      riseTile(tile.end);
      sumTwoLanes(blocks, tile, "sum");
      balanceTile(tile.start, tile.end);
    });
  },
});

const [first, second, third] = INPUT_LANES;
const [result, other] = OUTPUT_LANES;

/** Values become rises, and falls. */
function riseTile(end: number): void {
  let last = first[0]!;
  for (let i = 0; i < end; i++) {
    const value = first[i]!;
    const change = value - last;
    const size = Math.abs(change);
    first[i] = 0.5 * (size + change);
    second[i] = 0.5 * (size - change);
    last = value;
  }
}

function balanceTile(start: number, end: number): void {
  for (let i = start; i < end; i++) {
    const rise = result[i]!;
    const all = rise + other[i]!;
    result[i] = all === 0 ? 0 : (100 * (2 * rise - all)) / all;
  }
}
/** Chande momentum oscillator as Chande has it, -100 to 100. @param period bars, 1 to 10,000. */
export const cmoU = factory(cmouDefinition, (period?: number) => ({ period }));

const imiDefinition = defineFeature({
  id: "technical.imi",
  version: 1,
  group: "momentum",
  talib: "IMI",
  summary: "Intraday momentum index: gains from open to close over gains and losses in n bars, 0 to 100.",
  source: "Chande and Kroll 1994; TA-Lib IMI.",
  inputs: ["open", "close"],
  params: { period: period(14) },
  outputs: ["value"],
  unit: "percent",
  warmup: (p) => p.period - 1,
  sparse: true,
  init: (p, barMs) => ({ gains: createMean(p.period, barMs), losses: createMean(p.period, barMs) }),
  step(state, _p, x, out, time) {
    const gain = x[1]! - x[0]!;
    pushMean(state.gains, gain > 0 ? gain : 0, time);
    pushMean(state.losses, gain < 0 ? -gain : 0, time);
    out[0] = Number.NaN;
    if (!isFullMean(state.gains)) return;
    const gains = sumOf(state.gains);
    out[0] = (100 * gains) / (gains + sumOf(state.losses));
  },
});
/** Intraday momentum index, 0 to 100; NaN where no bar has moved. @param period bars, 1 to 10,000. */
export const imi = factory(imiDefinition, (period?: number) => ({ period }));

const qstickDefinition = defineFeature({
  id: "technical.qstick",
  version: 1,
  group: "momentum",
  talib: "QSTICK",
  summary: "Qstick: the mean of close minus open over n bars.",
  source: "Chande and Kroll 1994; TA-Lib QSTICK (simple average).",
  inputs: ["open", "close"],
  params: { period: period(10) },
  outputs: ["value"],
  unit: "price",
  warmup: (p) => p.period - 1,
  init: (p, barMs) => createMean(p.period, barMs),
  step(state, _p, x, out, time) {
    pushMean(state, x[1]! - x[0]!, time);
    out[0] = isFullMean(state) ? meanOf(state) : Number.NaN;
  },
  tiled: true,
  batch(p, x, out, time, barMs) {
    const blocks = createBlocks(p.period, time, barMs);
    blockTiles(x, out, [blocks], (tile) => {
      joinLanes("minus", INPUTS + 1, INPUTS, INPUTS, 0, tile.end);
      sumLane(blocks, tile, "mean", 0);
    });
  },
});

/** Mean of close minus open, in price units. @param period bars, 1 to 10,000. */
export const qstick = factory(qstickDefinition, (period?: number) => ({ period }));

const erDefinition = defineFeature({
  id: "technical.er",
  version: 1,
  group: "momentum",
  talib: "ER",
  summary:
    "Efficiency ratio: the way gone in n bars over the sum of all steps, 0 (wandering) to 1 (straight).",
  source: "Kaufman 1995; TA-Lib ER: 1 where nothing has moved.",
  inputs: [{ name: "value", from: "close" }],
  params: { period: period(10, 2) },
  outputs: ["value"],
  unit: "fraction",
  warmup: (p) => p.period,
  sparse: true,
  init: (p, barMs) => ({ past: createRing(p.period), steps: createMean(p.period, barMs), last: Number.NaN }),
  step(state, _p, x, out, time) {
    const value = x[0]!;
    const old = oldestOf(state.past);
    if (!Number.isNaN(state.last)) pushMean(state.steps, Math.abs(value - state.last), time);
    state.last = value;
    pushRing(state.past, value);
    const path = sumOf(state.steps);
    out[0] = Number.isNaN(old) ? old : path === 0 ? 1 : Math.abs(value - old) / path;
  },
  tiled: true,
  batch(p, x, out, time, barMs) {
    const blocks = createBlocks(p.period, time, barMs, 1);
    const n = p.period;
    blockTiles(x, out, [blocks], (tile) => {
      joinLanes("distance", INPUTS, INPUTS, INPUTS + 1, 1, tile.end, 1);
      sumLane(blocks, tile, "sum", 1);
      efficiencyTile(Math.max(tile.start, n - tile.shift), tile.end, n);
    });
  },
});

function efficiencyTile(start: number, end: number, n: number): void {
  joinLanes("distance", INPUTS, INPUTS, WORK, start, end, n);
  joinLanes("ratio", WORK, OUTPUTS + 1, OUTPUTS, start, end);
  if (!hasZero(OUTPUTS + 1, start, end)) return;
  for (let i = start; i < end; i++) if (other[i] === 0) result[i] = 1;
}
/** Efficiency ratio, 0 to 1. @param period bars, 2 to 10,000. */
export const er = factory(erDefinition, (period?: number) => ({ period }));

const vhfDefinition = defineFeature({
  id: "technical.vhf",
  version: 1,
  group: "momentum",
  talib: "VHF",
  summary: "Vertical horizontal filter: highest minus lowest close of n bars over the sum of n steps.",
  source: "White 1991; TA-Lib VHF.",
  inputs: [{ name: "value", from: "close" }],
  params: { period: period(28, 2) },
  outputs: ["value"],
  unit: "fraction",
  warmup: (p) => p.period,
  sparse: true,
  init: (p, barMs) => ({
    highest: createExtreme(p.period),
    lowest: createExtreme(p.period),
    steps: createMean(p.period, barMs),
    last: Number.NaN,
  }),
  step(state, _p, x, out, time) {
    const value = x[0]!;
    const highest = pushHighest(state.highest, value);
    const lowest = pushLowest(state.lowest, value);
    if (!Number.isNaN(state.last)) pushMean(state.steps, Math.abs(value - state.last), time);
    state.last = value;
    out[0] = Number.NaN;
    if (!isFullMean(state.steps)) return;
    const path = sumOf(state.steps);
    out[0] = path === 0 ? 0 : (highest - lowest) / path;
  },
});
/** Vertical horizontal filter: high in trends. @param period bars, 2 to 10,000. */
export const vhf = factory(vhfDefinition, (period?: number) => ({ period }));

const vortexDefinition = defineFeature({
  id: "technical.vortex",
  version: 1,
  group: "momentum",
  talib: "VORTEX",
  summary:
    "Vortex indicator: upward (plus) and downward (minus) movement between bars over true range, in n bars.",
  source: "Botes and Siepman 2010; TA-Lib VORTEX.",
  inputs: ["high", "low", "close"],
  params: { period: period(14, 2) },
  outputs: ["plus", "minus"],
  unit: "fraction",
  warmup: (p) => p.period,
  sparse: true,
  init: (p, barMs) => ({
    plus: createMean(p.period, barMs),
    minus: createMean(p.period, barMs),
    range: createMean(p.period, barMs),
    lastHigh: Number.NaN,
    lastLow: Number.NaN,
    lastClose: Number.NaN,
  }),
  step(state, _p, x, out, time) {
    const [high, low] = [x[0]!, x[1]!];
    const { lastHigh, lastLow, lastClose } = state;
    state.lastHigh = high;
    state.lastLow = low;
    state.lastClose = x[2]!;
    out[0] = Number.NaN;
    out[1] = Number.NaN;
    if (Number.isNaN(lastHigh)) return;
    pushMean(state.plus, Math.abs(high - lastLow), time);
    pushMean(state.minus, Math.abs(low - lastHigh), time);
    pushMean(state.range, trueRange(high, low, lastClose), time);
    if (!isFullMean(state.range)) return;
    const range = sumOf(state.range);
    out[0] = range === 0 ? 0 : sumOf(state.plus) / range;
    out[1] = range === 0 ? 0 : sumOf(state.minus) / range;
  },
  tiled: true,
  batch(p, x, out, time, barMs) {
    const blocks = createBlocks(p.period, time, barMs, 1);
    blockTiles(x, out, [blocks], (tile) => {
      movementTile(tile.end);
      sumTwoLanes(blocks, tile, "sum");
      sumLane(blocks, tile, "sum", 2);
      shareTile(tile.start, tile.end);
    });
  },
});

/** High, low and close become upward and downward movement and true range. Of a tile's first bar there is none. */
function movementTile(end: number): void {
  const [high, low, close] = [INPUTS, INPUTS + 1, INPUTS + 2];
  const [up, down, top, bottom] = [WORK, WORK + 1, WORK + 2, WORK + 3];
  joinLanes("distance", high, low, up, 1, end, 1);
  joinLanes("distance", low, high, down, 1, end, 1);
  joinLanes("larger", high, close, top, 1, end, 1);
  joinLanes("smaller", low, close, bottom, 1, end, 1);
  copyLane(up, INPUTS, 1, end);
  copyLane(down, INPUTS + 1, 1, end);
  joinLanes("minus", top, bottom, INPUTS + 2, 1, end);
}

function shareTile(start: number, end: number): void {
  joinLanes("ratio", OUTPUTS, OUTPUTS + 2, OUTPUTS, start, end);
  joinLanes("ratio", OUTPUTS + 1, OUTPUTS + 2, OUTPUTS + 1, start, end);
}
/** Vortex indicator: `.plus` and `.minus`. @param period bars, 2 to 10,000. */
export const vortex = factory(vortexDefinition, (period?: number) => ({ period }));

const wadDefinition = defineFeature({
  id: "technical.wad",
  version: 1,
  group: "momentum",
  talib: "WAD",
  summary:
    "Williams accumulation/distribution: running sum of closes above the true low, or below the true high.",
  source: "Williams; TA-Lib WAD: 0 on the first bar, so its level depends on where the series begins.",
  inputs: ["high", "low", "close"],
  params: {},
  outputs: ["value"],
  unit: "price",
  warmup: () => 0,
  init: () => ({ last: Number.NaN, sum: 0 }),
  step(state, _p, x, out) {
    const close = x[2]!;
    if (close > state.last) state.sum += close - Math.min(x[1]!, state.last);
    else if (close < state.last) state.sum += close - Math.max(x[0]!, state.last);
    state.last = close;
    out[0] = state.sum;
  },
  tiled: true,
  batch(_p, x, out) {
    let sum = 0;
    eachTile(x, out, 1, ({ start, end }) => {
      sum = flowTile(start, end, sum);
    });
  },
});

/** @param sum before the tile. @returns that after it. */
function flowTile(start: number, end: number, sum: number): number {
  // Of the first bar of all there is none before it, and it moves nothing.
  let last = start > 0 ? third[start - 1]! : third[0]!;
  let all = sum;
  for (let i = start; i < end; i++) {
    const close = third[i]!;
    if (close > last) all += close - Math.min(second[i]!, last);
    else if (close < last) all += close - Math.max(first[i]!, last);
    last = close;
    result[i] = all;
  }
  return all;
}
/** Williams accumulation/distribution since the series began, in price units. */
export const wad = factory(wadDefinition, () => ({}));
