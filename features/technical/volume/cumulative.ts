/** Lines that add up from the first bar on: what counts is how they move, not where they stand. */
import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { flowOf } from "./money-flow.ts";

const adDefinition = defineFeature({
  id: "technical.ad",
  version: 1,
  group: "volume",
  talib: "AD",
  summary: "Accumulation/distribution line: volume, signed by where in its range the bar closed, added up.",
  source: "Chaikin; TA-Lib AD: a bar without range adds nothing.",
  inputs: ["high", "low", "close", "volume"],
  params: {},
  outputs: ["value"],
  unit: "volume",
  warmup: () => 0,
  init: () => ({ sum: 0 }),
  step(state, _p, x, out) {
    state.sum += flowOf(x[0]!, x[1]!, x[2]!, x[3]!);
    out[0] = state.sum;
  },
  batch(_p, x, out) {
    const [high, low, close, volume] = x as [Float64Array, Float64Array, Float64Array, Float64Array];
    const to = out[0]!;
    let sum = 0;
    for (let i = 0; i < to.length; i++) {
      sum += flowOf(high[i]!, low[i]!, close[i]!, volume[i]!);
      to[i] = sum;
    }
  },
});

/** Accumulation/distribution line, in units of volume since the first bar. */
export const ad = factory(adDefinition, () => ({}));

const OSCILLATOR_PERIOD = { kind: "int", min: 2, max: 10_000 } as const;

const adOscDefinition = defineFeature({
  id: "technical.adosc",
  version: 1,
  group: "volume",
  talib: "ADOSC",
  summary: "Chaikin oscillator: fast minus slow EMA of the accumulation/distribution line.",
  source: "Chaikin; TA-Lib ADOSC: both averages start from the line's first value.",
  inputs: ["high", "low", "close", "volume"],
  params: {
    fast: { ...OSCILLATOR_PERIOD, default: 3 },
    slow: { ...OSCILLATOR_PERIOD, default: 10 },
  },
  outputs: ["value"],
  unit: "volume",
  warmup: (p) => Math.max(p.fast, p.slow) - 1,
  init: () => ({ seen: 0, line: 0, fast: 0, slow: 0 }),
  step(state, p, x, out) {
    const line = state.line + flowOf(x[0]!, x[1]!, x[2]!, x[3]!);
    state.line = line;
    if (state.seen === 0) {
      state.fast = line;
      state.slow = line;
    } else {
      state.fast += (line - state.fast) * (2 / (p.fast + 1));
      state.slow += (line - state.slow) * (2 / (p.slow + 1));
    }
    const isReady = state.seen >= Math.max(p.fast, p.slow) - 1;
    if (!isReady) state.seen++;
    out[0] = isReady ? state.fast - state.slow : Number.NaN;
  },
  batch(p, x, out) {
    const [high, low, close, volume] = x as [Float64Array, Float64Array, Float64Array, Float64Array];
    const to = out[0]!;
    if (to.length === 0) return;
    const a = 2 / (p.fast + 1);
    const b = 2 / (p.slow + 1);
    let line = 0 + flowOf(high[0]!, low[0]!, close[0]!, volume[0]!);
    let fast = line;
    let slow = line;
    for (let i = 1; i < to.length; i++) {
      line += flowOf(high[i]!, low[i]!, close[i]!, volume[i]!);
      fast += (line - fast) * a;
      slow += (line - slow) * b;
      to[i] = fast - slow;
    }
    to.fill(Number.NaN, 0, Math.min(Math.max(p.fast, p.slow) - 1, to.length));
  },
});

/** Chaikin oscillator, in units of volume. @param fast bars, 2 to 10,000. @param slow bars, 2 to 10,000. */
export const adOsc = factory(adOscDefinition, (fast?: number, slow?: number) => ({ fast, slow }));

const obvDefinition = defineFeature({
  id: "technical.obv",
  version: 1,
  group: "volume",
  talib: "OBV",
  summary: "On-balance volume: volume added where the close rose, taken off where it fell.",
  source: "Granville 1963; TA-Lib OBV: starts from the first bar's volume.",
  inputs: [{ name: "value", from: "close" }, "volume"],
  params: {},
  outputs: ["value"],
  unit: "volume",
  warmup: () => 0,
  init: () => ({ last: Number.NEGATIVE_INFINITY, sum: 0 }),
  step(state, _p, x, out) {
    const value = x[0]!;
    if (value > state.last) state.sum += x[1]!;
    else if (value < state.last) state.sum -= x[1]!;
    state.last = value;
    out[0] = state.sum;
  },
  batch(_p, x, out) {
    const [value, volume] = x as [Float64Array, Float64Array];
    const to = out[0]!;
    let last = Number.NEGATIVE_INFINITY;
    let sum = 0;
    for (let i = 0; i < to.length; i++) {
      const now = value[i]!;
      // Without branches: the sign is 1, 0 or -1.
      sum += (+(now > last) - +(now < last)) * volume[i]!;
      last = now;
      to[i] = sum;
    }
  },
});

/** On-balance volume, in units of volume since the first bar. */
export const obv = factory(obvDefinition, () => ({}));

const pvtDefinition = defineFeature({
  id: "technical.pvt",
  version: 1,
  group: "volume",
  talib: "PVT",
  summary: "Price volume trend: each bar's volume times the close's relative change, added up.",
  source: "TA-Lib PVT: starts at 0; a last close of 0 adds nothing.",
  inputs: [{ name: "value", from: "close" }, "volume"],
  params: {},
  outputs: ["value"],
  unit: "volume",
  warmup: () => 0,
  init: () => ({ last: 0, sum: 0 }),
  step(state, _p, x, out) {
    const { last } = state;
    if (last !== 0) state.sum += ((x[0]! - last) / last) * x[1]!;
    state.last = x[0]!;
    out[0] = state.sum;
  },
  batch(_p, x, out) {
    const [value, volume] = x as [Float64Array, Float64Array];
    const to = out[0]!;
    let sum = 0;
    if (to.length > 0) to[0] = sum;
    for (let i = 1; i < to.length; i++) {
      const last = value[i - 1]!;
      if (last !== 0) sum += ((value[i]! - last) / last) * volume[i]!;
      to[i] = sum;
    }
  },
});

/** Price volume trend, in units of volume since the first bar. */
export const pvt = factory(pvtDefinition, () => ({}));

/** @param sign -1: counts bars with less volume than the last; 1: with more. */
function defineIndex(
  sign: 1 | -1,
  text: { readonly talib: string; readonly summary: string; readonly source: string },
) {
  return defineFeature({
    id: `technical.${text.talib.toLowerCase()}`,
    version: 1,
    group: "volume",
    talib: text.talib,
    summary: text.summary,
    source: text.source,
    inputs: [{ name: "value", from: "close" }, "volume"],
    params: {},
    outputs: ["value"],
    unit: "score",
    warmup: () => 0,
    init: () => ({ last: 0, volume: Number.NaN, index: 1000 }),
    step(state, _p, x, out) {
      const { last } = state;
      if (sign * (x[1]! - state.volume) > 0 && last !== 0) state.index *= 1 + (x[0]! - last) / last;
      state.last = x[0]!;
      state.volume = x[1]!;
      out[0] = state.index;
    },
    batch(_p, x, out) {
      const [value, volume] = x as [Float64Array, Float64Array];
      const to = out[0]!;
      let index = 1000;
      if (to.length > 0) to[0] = index;
      for (let i = 1; i < to.length; i++) {
        const last = value[i - 1]!;
        const factor = 1 + (value[i]! - last) / last;
        if (sign * (volume[i]! - volume[i - 1]!) > 0 && last !== 0) index *= factor;
        to[i] = index;
      }
    },
  });
}

const nviDefinition = defineIndex(-1, {
  talib: "NVI",
  summary:
    "Negative volume index: follows the close's relative changes on bars with less volume than the last.",
  source: "Dysart; Fosback 1976; TA-Lib NVI: starts at 1000.",
});

const pviDefinition = defineIndex(1, {
  talib: "PVI",
  summary:
    "Positive volume index: follows the close's relative changes on bars with more volume than the last.",
  source: "Dysart; Fosback 1976; TA-Lib PVI: starts at 1000.",
});

/** Negative volume index, 1000 at the first bar. */
export const nvi = factory(nviDefinition, () => ({}));
/** Positive volume index, 1000 at the first bar. */
export const pvi = factory(pviDefinition, () => ({}));
