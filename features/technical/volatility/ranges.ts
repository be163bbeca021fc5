/** Ranges of bars, averaged. */
import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { blockTiles, createBlocks, sumLane } from "../../rolling/blocks.ts";
import { eachTile, INPUT_LANES, INPUTS, OUTPUT_LANES, OUTPUTS } from "../../rolling/lanes.ts";
import { createMean, isFullMean, meanOf, pushMean } from "../../rolling/mean.ts";
import { joinLanes, scaleLane } from "../../rolling/pair-lanes.ts";
import { createRing, oldestOf, pushRing } from "../../rolling/ring.ts";
import { withScratch } from "../../rolling/scratch.ts";
import { createSmoothing, smoothExponential, smoothWilder } from "../../rolling/smoothing.ts";
import { tailOf } from "../average/columns.ts";
import { averageRangeColumn, trueRange } from "./atr.ts";

// Of this module (see `FeatureDefinition.step`).
const rangeOf = trueRange;

const trueDefinition = defineFeature({
  id: "technical.trange",
  version: 1,
  group: "volatility",
  talib: "TRANGE",
  summary: "True range: the largest of the bar's range and the ways from the last close to its ends.",
  source: "Wilder 1978; TA-Lib TRANGE: the first bar has none.",
  inputs: ["high", "low", "close"],
  params: {},
  outputs: ["value"],
  unit: "price",
  warmup: () => 1,
  init: () => ({ last: Number.NaN }),
  step(state, _p, x, out) {
    out[0] = trueRange(x[0]!, x[1]!, state.last);
    state.last = x[2]!;
  },
  tiled: true,
  batch(_p, x, out) {
    eachTile(x, out, 1, ({ start, end }) => trueTile(start, end));
    out[0]!.fill(Number.NaN, 0, Math.min(1, out[0]!.length));
  },
});

const [highs, lows, closes] = INPUT_LANES;
const [result] = OUTPUT_LANES;

function trueTile(start: number, end: number): void {
  for (let i = Math.max(start, 1); i < end; i++) result[i] = rangeOf(highs[i]!, lows[i]!, closes[i - 1]!);
}

/** True range, in price units. Averaged otherwise than Wilder's ATR: `sma(14).of(tRange())`. */
export const tRange = factory(trueDefinition, () => ({}));

const normalisedDefinition = defineFeature({
  id: "technical.natr",
  version: 1,
  group: "volatility",
  talib: "NATR",
  summary: "Normalised average true range: the average true range in percent of the close.",
  source:
    "Forman 2006; TA-Lib NATR: 0 where the close is 0. Its period of 1, which does not divide, is left out.",
  inputs: ["high", "low", "close"],
  params: { period: { kind: "int", min: 2, max: 500, default: 14 } },
  outputs: ["value"],
  unit: "percent",
  warmup: (p) => p.period,
  init: () => ({ last: Number.NaN, average: createSmoothing() }),
  step(state, p, x, out) {
    const close = x[2]!;
    const { last } = state;
    state.last = close;
    if (Number.isNaN(last)) {
      out[0] = Number.NaN;
      return;
    }
    const range = smoothWilder(state.average, p.period, trueRange(x[0]!, x[1]!, last));
    out[0] = close === 0 && !Number.isNaN(range) ? 0 : (100 * range) / close;
  },
  tiled: true,
  batch: (p, x, out) => averageRangeColumn(p.period, x, out[0]!, true),
});

/** Average true range in percent of the close. @param period bars, 2 to 500. */
export const natr = factory(normalisedDefinition, (period?: number) => ({ period }));

const dayDefinition = defineFeature({
  id: "technical.adr",
  version: 1,
  group: "volatility",
  talib: "ADR",
  summary: "Average day range: mean of high minus low over n bars, without gaps.",
  source: "TA-Lib ADR.",
  inputs: ["high", "low"],
  params: { period: { kind: "int", min: 1, max: 10_000, default: 14 } },
  outputs: ["value"],
  unit: "price",
  warmup: (p) => p.period - 1,
  init: (p, barMs) => createMean(p.period, barMs),
  step(state, _p, x, out, time) {
    pushMean(state, x[0]! - x[1]!, time);
    out[0] = isFullMean(state) ? meanOf(state) : Number.NaN;
  },
  tiled: true,
  batch(p, x, out, time, barMs) {
    const blocks = createBlocks(p.period, time, barMs);
    blockTiles(x, out, [blocks], (tile) => {
      joinLanes("minus", INPUTS, INPUTS + 1, INPUTS, 0, tile.end);
      sumLane(blocks, tile, "mean", 0);
    });
  },
});

/** Mean range of a bar, in price units. @param period bars, 1 to 10,000. */
export const adr = factory(dayDefinition, (period?: number) => ({ period }));

const chaikinDefinition = defineFeature({
  id: "technical.cvi",
  version: 1,
  group: "volatility",
  talib: "CVI",
  summary: "Chaikin's volatility: change in percent of the EMA of high minus low.",
  source: "TA-Lib CVI: 0 where the old average is 0.",
  inputs: ["high", "low"],
  params: {
    period: { kind: "int", min: 2, max: 10_000, default: 10 },
    bars: { kind: "int", min: 1, max: 10_000, default: 10 },
  },
  outputs: ["value"],
  unit: "percent",
  warmup: (p) => p.period - 1 + p.bars,
  init: (p) => ({ average: createSmoothing(), past: createRing(p.bars) }),
  step({ average, past }, p, x, out) {
    const range = smoothExponential(average, p.period, x[0]! - x[1]!);
    out[0] = Number.NaN;
    if (Number.isNaN(range)) return;
    const old = oldestOf(past);
    out[0] = old === 0 ? 0 : 100 * ((range - old) / old);
    pushRing(past, range);
  },
  batch(p, x, out) {
    const [high, low] = x as [Float64Array, Float64Array];
    const to = out[0]!;
    const first = Math.min(p.period - 1, to.length);
    const k = 2 / (p.period + 1);
    let average = 0;
    for (let i = 0; i <= first && i < to.length; i++) average += high[i]! - low[i]!;
    average /= p.period;
    if (first < to.length) to[first] = average;
    for (let i = first + 1; i < to.length; i++) {
      average = (high[i]! - low[i]! - average) * k + average;
      to[i] = average;
    }
    // Backwards, so that the old averages still stand.
    for (let i = to.length - 1; i >= first + p.bars; i--) {
      const old = to[i - p.bars]!;
      to[i] = old === 0 ? 0 : 100 * ((to[i]! - old) / old);
    }
    to.fill(Number.NaN, 0, Math.min(first + p.bars, to.length));
  },
});

/** Chaikin's volatility, percent. @param period bars of the average, 2 to 10,000. @param bars of the change, 1 to 10,000. */
export const cvi = factory(chaikinDefinition, (period?: number, bars?: number) => ({ period, bars }));

function ratioOf(once: number, twice: number): number {
  return twice === 0 ? 1 : once / twice;
}

const massDefinition = defineFeature({
  id: "technical.massi",
  version: 1,
  group: "volatility",
  talib: "MASSI",
  summary:
    "Mass index: sum over n bars of an EMA of the range over the EMA of that EMA; rises as ranges widen.",
  source: "Dorsey 1992; TA-Lib MASSI: 1 for a bar whose averages are 0.",
  inputs: ["high", "low"],
  params: {
    fast: { kind: "int", min: 2, max: 10_000, default: 9 },
    slow: { kind: "int", min: 2, max: 10_000, default: 25 },
  },
  outputs: ["value"],
  unit: "score",
  warmup: (p) => 2 * (p.fast - 1) + p.slow - 1,
  init: (p, barMs) => ({
    first: createSmoothing(),
    second: createSmoothing(),
    ratios: createMean(p.slow, barMs),
  }),
  step({ first, second, ratios }, p, x, out, time) {
    out[0] = Number.NaN;
    const once = smoothExponential(first, p.fast, x[0]! - x[1]!);
    if (Number.isNaN(once)) return;
    const twice = smoothExponential(second, p.fast, once);
    if (Number.isNaN(twice)) return;
    pushMean(ratios, ratioOf(once, twice), time);
    if (isFullMean(ratios)) out[0] = meanOf(ratios) * p.slow;
  },
  batch(p, x, out, time, barMs) {
    const to = out[0]!;
    const first = Math.min(2 * (p.fast - 1), to.length);
    withScratch(1, to.length, (ratios) => {
      ratioColumn(x, p.fast, first, ratios!);
      const blocks = createBlocks(p.slow, tailOf(time, first), barMs);
      blockTiles([tailOf(ratios!, first)], [tailOf(to, first)], [blocks], (tile) => {
        sumLane(blocks, tile, "mean", 0);
        scaleLane("scaled", OUTPUTS, OUTPUTS, tile.start, tile.end, p.slow, 1);
      });
    });
    to.fill(Number.NaN, 0, first);
  },
});

/** The ratios from index `first` on. */
function ratioColumn(x: readonly Float64Array[], n: number, first: number, out: Float64Array): void {
  const [high, low] = x as [Float64Array, Float64Array];
  const once = createSmoothing();
  const twice = createSmoothing();
  for (let i = 0; i < first; i++) {
    const value = smoothExponential(once, n, high[i]! - low[i]!);
    if (!Number.isNaN(value)) smoothExponential(twice, n, value);
  }
  if (first === out.length) return;
  out[first] = ratioOf(
    smoothExponential(once, n, high[first]! - low[first]!),
    smoothExponential(twice, n, once[1]!),
  );
  const k = 2 / (n + 1);
  let a = once[1]!;
  let b = twice[1]!;
  for (let i = first + 1; i < out.length; i++) {
    a = (high[i]! - low[i]! - a) * k + a;
    b = (a - b) * k + b;
    out[i] = ratioOf(a, b);
  }
}

/** Mass index. @param fast bars of the averages, 2 to 10,000. @param slow bars of the sum, 2 to 10,000. */
export const massi = factory(massDefinition, (fast?: number, slow?: number) => ({ fast, slow }));
