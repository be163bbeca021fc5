/** Oscillators of smoothed prices. */
import { defineFeature, type FeatureDefinition } from "../../define.ts";
import { runLoop } from "../../drive/loop.ts";
import { factory } from "../../feature.ts";
import { blockTiles, createBlocks, sumLane } from "../../rolling/blocks.ts";
import { createExtreme, isFullExtreme, pushHighest, pushLowest } from "../../rolling/extremes.ts";
import { INPUT_LANES, INPUTS, OUTPUT_LANES, OUTPUTS } from "../../rolling/lanes.ts";
import { createLine, isFullLine, lineMeanOf, pushLine, slopeOf, weightedMeanOf } from "../../rolling/line.ts";
import { lineColumn, weightedColumn } from "../../rolling/line-columns.ts";
import { createMean, isFullMean, meanOf, pushMean } from "../../rolling/mean.ts";
import { joinLanes } from "../../rolling/pair-lanes.ts";
import { RANGE_LANES, rangeTiles } from "../../rolling/range-lanes.ts";
import { createRing, oldestOf, pushRing } from "../../rolling/ring.ts";
import { withScratch } from "../../rolling/scratch.ts";
import { createSmoothing, smoothColumn, smoothExponential } from "../../rolling/smoothing.ts";
import { tailOf } from "../average/columns.ts";
import { AVERAGE_KINDS, AVERAGE_PARAM, type AverageKind, type AverageName } from "../average/kinds.ts";

const window = (count: number, min = 1) => ({ kind: "int", min, max: 10_000, default: count }) as const;
const recursive = (count: number) => ({ kind: "int", min: 1, max: 500, default: count }) as const;
const value = { name: "value", from: "close" } as const;

const coppockDefinition = defineFeature({
  id: "technical.coppock",
  version: 1,
  group: "momentum",
  talib: "COPPOCK",
  summary: "Coppock curve: weighted average of the sum of two rates of change, in percent.",
  source: "Coppock 1962; TA-Lib COPPOCK.",
  inputs: [value],
  params: { average: window(10), short: window(11), long: window(14) },
  outputs: ["value"],
  unit: "percent",
  warmup: (p) => Math.max(p.short, p.long) + p.average - 1,
  init: (p, barMs) => ({
    short: createRing(p.short),
    long: createRing(p.long),
    average: createLine(p.average, barMs),
  }),
  step(state, _p, x, out, time) {
    const [a, b] = [oldestOf(state.short), oldestOf(state.long)];
    pushRing(state.short, x[0]!);
    pushRing(state.long, x[0]!);
    out[0] = Number.NaN;
    if (Number.isNaN(a) || Number.isNaN(b)) return;
    const rates = (a === 0 ? 0 : x[0]! / a - 1) + (b === 0 ? 0 : x[0]! / b - 1);
    pushLine(state.average, 100 * rates, time);
    if (isFullLine(state.average)) out[0] = weightedMeanOf(state.average);
  },
  batch(p, x, out, time, barMs) {
    const values = x[0]!;
    const to = out[0]!;
    const from = Math.min(Math.max(p.short, p.long), to.length);
    withScratch(1, to.length, (rates) => {
      for (let i = from; i < to.length; i++) {
        const a = values[i - p.short]!;
        const b = values[i - p.long]!;
        rates![i] = 100 * ((a === 0 ? 0 : values[i]! / a - 1) + (b === 0 ? 0 : values[i]! / b - 1));
      }
      const tail = (column: Float64Array) => column.subarray(from);
      weightedColumn(tail(rates!), tail(to), p.average, tail(time), barMs);
    });
    to.fill(Number.NaN, 0, from);
  },
});
/** Coppock curve, percent. @param average bars of the weighted average. @param short, long: bars of the rates of change. */
export const coppock = factory(coppockDefinition, (average?: number, short?: number, long?: number) => ({
  average,
  short,
  long,
}));

const dpoDefinition = defineFeature({
  id: "technical.dpo",
  version: 1,
  group: "momentum",
  talib: "DPO",
  summary: "Detrended price oscillator: the price of n / 2 + 1 bars ago minus the mean of the last n.",
  source:
    "TA-Lib DPO: in this form it looks back only; the form that moves the mean back in time looks ahead.",
  inputs: [value],
  params: { period: window(20, 2) },
  outputs: ["value"],
  unit: "input",
  warmup: (p) => Math.max(p.period - 1, Math.floor(p.period / 2) + 1),
  init: (p, barMs) => ({ past: createRing(Math.floor(p.period / 2) + 1), mean: createMean(p.period, barMs) }),
  step(state, _p, x, out, time) {
    const old = oldestOf(state.past);
    pushRing(state.past, x[0]!);
    pushMean(state.mean, x[0]!, time);
    out[0] = isFullMean(state.mean) ? old - meanOf(state.mean) : Number.NaN;
  },
  tiled: true,
  batch(p, x, out, time, barMs) {
    const lag = Math.floor(p.period / 2) + 1;
    const blocks = createBlocks(p.period, time, barMs);
    blockTiles(x, out, [blocks], (tile) => {
      sumLane(blocks, tile, "mean", 0);
      const start = Math.max(tile.start, lag - tile.shift);
      joinLanes("minus", INPUTS, OUTPUTS, OUTPUTS, start, tile.end, 0, lag);
    });
    out[0]!.fill(Number.NaN, 0, Math.min(lag, time.length));
  },
});

/** Detrended price oscillator, in the input's unit. @param period bars, 2 to 10,000. */
export const dpo = factory(dpoDefinition, (period?: number) => ({ period }));

const eriDefinition = defineFeature({
  id: "technical.eri",
  version: 1,
  group: "momentum",
  talib: "ERI",
  summary: "Elder ray: high minus an EMA of the close (bull), low minus it (bear).",
  source: "Elder 1993; TA-Lib ERI.",
  inputs: ["high", "low", "close"],
  params: { period: recursive(13) },
  outputs: ["bull", "bear"],
  unit: "price",
  warmup: (p) => p.period - 1,
  init: () => ({ average: createSmoothing() }),
  step(state, p, x, out) {
    const average = smoothExponential(state.average, p.period, x[2]!);
    out[0] = x[0]! - average;
    out[1] = x[1]! - average;
  },
  batch(p, x, out) {
    const [high, low, close] = x as [Float64Array, Float64Array, Float64Array];
    const [bull, bear] = out as [Float64Array, Float64Array];
    smoothColumn(close, bear, p.period, 2 / (p.period + 1), 0);
    for (let i = 0; i < bull.length; i++) {
      const average = bear[i]!;
      bull[i] = high[i]! - average;
      bear[i] = low[i]! - average;
    }
  },
});
/** Elder ray: `.bull` and `.bear`, in price units. @param period bars, 1 to 500. */
export const eri = factory(eriDefinition, (period?: number) => ({ period }));

const foscDefinition = defineFeature({
  id: "technical.fosc",
  version: 1,
  group: "momentum",
  talib: "FOSC",
  summary:
    "Forecast oscillator: the value minus what the last bar's regression line said of it, in percent of the value.",
  source: "Chande 1992; TA-Lib FOSC: 0 where the value is 0.",
  inputs: [value],
  params: { period: window(5, 2) },
  outputs: ["value"],
  unit: "percent",
  warmup: (p) => p.period,
  init: (p, barMs) => ({ line: createLine(p.period, barMs), forecast: Number.NaN }),
  step(state, p, x, out, time) {
    const { forecast } = state;
    out[0] = Number.isNaN(forecast) ? forecast : x[0] === 0 ? 0 : (100 * (x[0]! - forecast)) / x[0]!;
    pushLine(state.line, x[0]!, time);
    if (isFullLine(state.line))
      state.forecast = lineMeanOf(state.line) + slopeOf(state.line) * ((p.period + 1) / 2);
  },
  batch(p, x, out, time, barMs) {
    const values = x[0]!;
    const to = out[0]!;
    const n = p.period;
    lineColumn(values, to, n, { base: 1, rise: (n + 1) / 2 }, time, barMs);
    // Backwards, so that the forecast of the bar before still stands.
    for (let i = to.length - 1; i >= n; i--)
      to[i] = values[i] === 0 ? 0 : (100 * (values[i]! - to[i - 1]!)) / values[i]!;
    to.fill(Number.NaN, 0, Math.min(n, to.length));
  },
});
/** Forecast oscillator, percent. @param period bars, 2 to 10,000. */
export const fosc = factory(foscDefinition, (period?: number) => ({ period }));

const smiDefinition = defineFeature({
  id: "technical.smi",
  version: 1,
  group: "momentum",
  talib: "SMI",
  summary:
    "Stochastic momentum index: the close's distance from the middle of n bars' range, smoothed twice, -100 to 100; and its EMA.",
  source: "Blau 1993; TA-Lib SMI: smoothed over `slow`, then `fast`; both outputs begin together.",
  inputs: ["high", "low", "close"],
  params: { period: window(13), fast: recursive(2), slow: recursive(25), signal: recursive(9) },
  outputs: ["smi", "signal"],
  unit: "percent",
  warmup: (p) => p.period + p.fast + p.slow + p.signal - 4,
  sparse: true,
  init: (p) => ({
    highest: createExtreme(p.period),
    lowest: createExtreme(p.period),
    distance: createSmoothing(),
    distance2: createSmoothing(),
    range: createSmoothing(),
    range2: createSmoothing(),
    signal: createSmoothing(),
  }),
  step(state, p, x, out) {
    const highest = pushHighest(state.highest, x[0]!);
    const lowest = pushLowest(state.lowest, x[1]!);
    out[0] = Number.NaN;
    out[1] = Number.NaN;
    if (!isFullExtreme(state.lowest)) return;
    const distance = smoothExponential(state.distance, p.slow, x[2]! - (highest + lowest) / 2);
    const range = smoothExponential(state.range, p.slow, highest - lowest);
    if (Number.isNaN(distance)) return;
    const smoothDistance = smoothExponential(state.distance2, p.fast, distance);
    const smoothRange = smoothExponential(state.range2, p.fast, range);
    if (Number.isNaN(smoothDistance)) return;
    const index = smoothRange === 0 ? 0 : (200 * smoothDistance) / smoothRange;
    const signal = smoothExponential(state.signal, p.signal, index);
    if (Number.isNaN(signal)) return;
    out[0] = index;
    out[1] = signal;
  },
  tiled: true,
  batch(p, x, out) {
    const [index, signal] = out as [Float64Array, Float64Array];
    const { length } = index;
    const from = Math.min(p.period - 1, length);
    const k = 2 / (p.slow + 1);
    const m = 2 / (p.fast + 1);
    rangeTiles(x, out, p.period, distanceTile);
    // Over themselves: an average reads a value before it writes its own.
    let first = from;
    for (const [n, step] of [
      [p.slow, k],
      [p.fast, m],
    ] as const) {
      smoothColumn(signal, signal, n, step, first);
      first = smoothColumn(index, index, n, step, first);
    }
    for (let i = first; i < length; i++) index[i] = signal[i] === 0 ? 0 : (200 * index[i]!) / signal[i]!;
    const last = smoothColumn(index, signal, p.signal, 2 / (p.signal + 1), first);
    index.fill(Number.NaN, 0, last);
  },
});
const [highest, lowest] = RANGE_LANES;
const [, , closes] = INPUT_LANES;
const [first, second] = OUTPUT_LANES;

/** The close's distance from the middle of the range, and the range. */
function distanceTile(start: number, end: number): void {
  for (let i = start; i < end; i++) {
    const top = highest[i]!;
    const bottom = lowest[i]!;
    first[i] = closes[i]! - (top + bottom) / 2;
    second[i] = top - bottom;
  }
}

/** The close's place in the range, 0 to 100. */
function placeTile(start: number, end: number): void {
  for (let i = start; i < end; i++) {
    const range = highest[i]! - lowest[i]!;
    first[i] = range === 0 ? 0 : (100 * (closes[i]! - lowest[i]!)) / range;
  }
}
/** Stochastic momentum index: `.smi` and `.signal`, -100 to 100. @param period bars of the range; the rest of the EMAs. */
export const smi = factory(
  smiDefinition,
  (period?: number, fast?: number, slow?: number, signal?: number) => ({
    period,
    fast,
    slow,
    signal,
  }),
);

type Four = [Float64Array, Float64Array, Float64Array, Float64Array];

const tsiDefinition = defineFeature({
  id: "technical.tsi",
  version: 1,
  group: "momentum",
  talib: "TSI",
  summary: "True strength index: changes smoothed twice over their sizes smoothed twice, -100 to 100.",
  source: "Blau 1991; TA-Lib TSI.",
  inputs: [value],
  params: { slow: recursive(25), fast: recursive(13) },
  outputs: ["value"],
  unit: "percent",
  warmup: (p) => p.slow + p.fast - 1,
  init: () => ({
    last: Number.NaN,
    change: createSmoothing(),
    change2: createSmoothing(),
    size: createSmoothing(),
    size2: createSmoothing(),
  }),
  step(state, p, x, out) {
    const change = x[0]! - state.last;
    state.last = x[0]!;
    out[0] = Number.NaN;
    if (Number.isNaN(change)) return;
    const once = smoothExponential(state.change, p.slow, change);
    const size = smoothExponential(state.size, p.slow, Math.abs(change));
    if (Number.isNaN(once)) return;
    const twice = smoothExponential(state.change2, p.fast, once);
    const size2 = smoothExponential(state.size2, p.fast, size);
    out[0] = size2 === 0 ? 0 : (100 * twice) / size2;
  },
  batch(p, x, out) {
    const values = x[0]!;
    const to = out[0]!;
    const { length } = to;
    const first = Math.min(p.slow + p.fast - 1, length);
    to.fill(Number.NaN, 0, first);
    const [change, change2, size, size2] = [0, 0, 0, 0].map(createSmoothing) as Four;
    for (let i = 1; i <= first && i < length; i++) {
      const step = values[i]! - values[i - 1]!;
      const once = smoothExponential(change, p.slow, step);
      const onceSize = smoothExponential(size, p.slow, Math.abs(step));
      if (Number.isNaN(once)) continue;
      smoothExponential(change2, p.fast, once);
      smoothExponential(size2, p.fast, onceSize);
    }
    const k = 2 / (p.slow + 1);
    const m = 2 / (p.fast + 1);
    let a = change[1]!;
    let b = change2[1]!;
    let c = size[1]!;
    let d = size2[1]!;
    if (first < length) to[first] = d === 0 ? 0 : (100 * b) / d;
    for (let i = first + 1; i < length; i++) {
      const step = values[i]! - values[i - 1]!;
      a = (step - a) * k + a;
      c = (Math.abs(step) - c) * k + c;
      b = (a - b) * m + b;
      d = (c - d) * m + d;
      to[i] = d === 0 ? 0 : (100 * b) / d;
    }
  },
});
/** True strength index, -100 to 100. @param slow bars of the first EMA. @param fast bars of the second. */
export const tsi = factory(tsiDefinition, (slow?: number, fast?: number) => ({ slow, fast }));

const rma = { ...AVERAGE_PARAM, default: "rma" } as const;

const kdjDefinition = defineFeature({
  id: "technical.kdj",
  version: 1,
  group: "momentum",
  talib: "KDJ",
  summary: "KDJ: the stochastic smoothed once (k) and twice (d), and 3 k - 2 d (j).",
  source: "TA-Lib KDJ, with Wilder's averages; 0 where highest and lowest are equal; all begin together.",
  inputs: ["high", "low", "close"],
  params: {
    period: window(9),
    slowK: window(3),
    slowKAverage: rma,
    slowD: window(3),
    slowDAverage: rma,
  },
  outputs: ["k", "d", "j"],
  unit: "percent",
  warmup: (p) =>
    p.period -
    1 +
    AVERAGE_KINDS[p.slowKAverage].warmup(p.slowK) +
    AVERAGE_KINDS[p.slowDAverage].warmup(p.slowD),
  init: (p, barMs) => ({
    highest: createExtreme(p.period),
    lowest: createExtreme(p.period),
    k: AVERAGE_KINDS[p.slowKAverage].create(p.slowK, barMs),
    d: AVERAGE_KINDS[p.slowDAverage].create(p.slowD, barMs),
  }),
  step(state, p, x, out, time) {
    const highest = pushHighest(state.highest, x[0]!);
    const lowest = pushLowest(state.lowest, x[1]!);
    let raw = Number.NaN;
    if (isFullExtreme(state.lowest))
      raw = highest === lowest ? 0 : (100 * (x[2]! - lowest)) / (highest - lowest);
    const k = AVERAGE_KINDS[p.slowKAverage].push(state.k, p.slowK, raw, time);
    const d = AVERAGE_KINDS[p.slowDAverage].push(state.d, p.slowD, k, time);
    out[0] = Number.isNaN(d) ? d : k;
    out[1] = d;
    out[2] = 3 * k - 2 * d;
  },
  batch(p, x, out, time, barMs) {
    const [first, second]: AverageKind[] = [AVERAGE_KINDS[p.slowKAverage], AVERAGE_KINDS[p.slowDAverage]];
    if (!first?.column || !second?.column) {
      runLoop(kdjDefinition as unknown as FeatureDefinition, p, x, out, time, barMs);
      return;
    }
    const [k, d, j] = out as [Float64Array, Float64Array, Float64Array];
    const { length } = k;
    rangeTiles(x, [j], p.period, placeTile);
    const from = p.period - 1;
    first.column(tailOf(j, from), tailOf(k, from), p.slowK, tailOf(time, from), barMs);
    const then = from + first.warmup(p.slowK);
    second.column(tailOf(k, then), tailOf(d, then), p.slowD, tailOf(time, then), barMs);
    for (let i = then; i < length; i++) j[i] = 3 * k[i]! - 2 * d[i]!;
    for (const column of out) column.fill(Number.NaN, 0, Math.min(then + second.warmup(p.slowD), length));
  },
});
/** KDJ: `.k`, `.d` (0 to 100) and `.j`. @param period bars of the range. @param slowK, slowD: bars of the averages. */
export const kdj = factory(
  kdjDefinition,
  (
    period?: number,
    slowK?: number,
    slowD?: number,
    slowKAverage?: AverageName,
    slowDAverage?: AverageName,
  ) => ({
    period,
    slowK,
    slowD,
    slowKAverage,
    slowDAverage,
  }),
);
