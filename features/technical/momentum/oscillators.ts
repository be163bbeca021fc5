/** Oscillators over one window of bars. */
import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { createExtreme, isFullExtreme, pushHighest, pushLowest } from "../../rolling/extremes.ts";
import { sumColumn } from "../../rolling/line-columns.ts";
import { createMean, isFullMean, meanOf, pushMean, sumOf } from "../../rolling/mean.ts";
import { rangeColumns } from "../../rolling/range-columns.ts";
import { withScratch } from "../../rolling/scratch.ts";
import { createSmoothing, smoothWilder } from "../../rolling/smoothing.ts";

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
  init: (p, barMs) => createMean(p.period, barMs),
  step(state, p, x, out, time) {
    const price = (x[0]! + x[1]! + x[2]!) / 3;
    pushMean(state, price, time);
    out[0] = Number.NaN;
    if (!isFullMean(state)) return;
    const mean = meanOf(state);
    const values = state.x;
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
  batch(p, x, out, time, barMs) {
    const [high, low, close, volume] = x as [Float64Array, Float64Array, Float64Array, Float64Array];
    const to = out[0]!;
    const { length } = to;
    withScratch(3, length, (risen, fallen, sums) => {
      let last = (high[0]! + low[0]! + close[0]!) / 3;
      for (let i = 1; i < length; i++) {
        const price = (high[i]! + low[i]! + close[i]!) / 3;
        const value = price * volume[i]!;
        // A flag is 0 or 1; a branch would be guessed wrong half of the time.
        risen![i] = value * +(price > last);
        fallen![i] = value * +(price < last);
        last = price;
      }
      sumColumn(risen!.subarray(1), to.subarray(1), p.period, time.subarray(1), barMs);
      sumColumn(fallen!.subarray(1), sums!.subarray(1), p.period, time.subarray(1), barMs);
      for (let i = p.period; i < length; i++) {
        const all = to[i]! + sums![i]!;
        to[i] = all < 1 ? 0 : (100 * to[i]!) / all;
      }
    });
    to.fill(Number.NaN, 0, Math.min(p.period, length));
  },
});
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
  batch(p, x, out) {
    const [high, low, close] = x as [Float64Array, Float64Array, Float64Array];
    const to = out[0]!;
    withScratch(1, to.length, (lows) => {
      rangeColumns(high, low, p.period, to, lows!, (from, end) => {
        for (let i = Math.max(from, p.period - 1); i < end; i++) {
          const highest = to[i]!;
          const range = highest - lows![i]!;
          to[i] = range === 0 ? 0 : (-100 * (highest - close[i]!)) / range;
        }
      });
    });
  },
});
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
  batch(p, x, out, time, barMs) {
    const [high, low, close] = x as [Float64Array, Float64Array, Float64Array];
    const to = out[0]!;
    const { length } = to;
    const windows = Float64Array.of(p.first, p.second, p.third).sort();
    const first = Math.min(windows[2]!, length);
    withScratch(4, length, (pressures, ranges, parts, wholes) => {
      for (let i = 1; i < length; i++) {
        const last = close[i - 1]!;
        const bottom = low[i]! < last ? low[i]! : last;
        pressures![i] = close[i]! - bottom;
        ranges![i] = (high[i]! > last ? high[i]! : last) - bottom;
      }
      windows.forEach((n, k) => {
        const weight = 4 >> k;
        sumColumn(pressures!.subarray(1), parts!.subarray(1), n, time.subarray(1), barMs);
        sumColumn(ranges!.subarray(1), wholes!.subarray(1), n, time.subarray(1), barMs);
        if (k === 0) to.fill(0);
        for (let i = first; i < length; i++)
          if (wholes![i]! > 0) to[i]! += (weight * parts![i]!) / wholes![i]!;
      });
    });
    for (let i = first; i < length; i++) to[i] = (100 * to[i]!) / 7;
    to.fill(Number.NaN, 0, first);
  },
});
/** Ultimate oscillator, 0 to 100. @param first, second, third: bars of the windows, 1 to 10,000. */
export const ultosc = factory(ultoscDefinition, (first?: number, second?: number, third?: number) => ({
  first,
  second,
  third,
}));
