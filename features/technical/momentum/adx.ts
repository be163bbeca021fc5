import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { agoOf, createRing, pushRing } from "../../rolling/ring.ts";
import { createSmoothing, smoothWilder } from "../../rolling/smoothing.ts";
import { trueRange } from "../volatility/atr.ts";
import { createDirectional, type Directional, dxOf, pushDirectional } from "./directional.ts";

// Of this module (see `FeatureDefinition.step`).
const push = pushDirectional;
const indexOf = dxOf;
const rangeOf = trueRange;
const smooth = smoothWilder;

const PERIOD = { kind: "int", min: 2, max: 500, default: 14 } as const;
const SOURCE = "Wilder 1978; TA-Lib";
const inputs = ["high", "low", "close"] as const;

const dxDefinition = defineFeature({
  id: "technical.dx",
  version: 1,
  group: "momentum",
  talib: "DX",
  summary: "Directional movement index: how one-sided the movement of highs and lows is, 0 to 100.",
  source: `${SOURCE} DX.`,
  inputs: [...inputs],
  params: { period: PERIOD },
  outputs: ["value"],
  unit: "percent",
  warmup: (p) => p.period,
  init: createDirectional,
  step(state, p, x, out) {
    out[0] = push(state, p.period, x[0]!, x[1]!, x[2]!) ? indexOf(state) : Number.NaN;
  },
});

/** Directional movement index, 0 to 100. @param period bars, 2 to 500. */
export const dx = factory(dxDefinition, (period?: number) => ({ period }));

const adxDefinition = defineFeature({
  id: "technical.adx",
  version: 1,
  group: "momentum",
  talib: "ADX",
  summary:
    "Average directional index: Wilder's average of the directional movement index; trend strength, 0 to 100.",
  source: `${SOURCE} ADX.`,
  inputs: [...inputs],
  params: { period: PERIOD },
  outputs: ["value"],
  unit: "percent",
  warmup: (p) => 2 * p.period - 1,
  init: () => ({ movement: createDirectional(), average: createSmoothing() }),
  step(state, p, x, out) {
    out[0] = adxStep(state.movement, state.average, p.period, x);
  },
  batch: (p, x, out) => adxColumn(p.period, x[0]!, x[1]!, x[2]!, out[0]!),
});

/** The same as the steps, with its state in local variables: first the sums, then the first mean of n, then the rest. */
function adxColumn(
  n: number,
  high: Float64Array,
  low: Float64Array,
  close: Float64Array,
  out: Float64Array,
): void {
  const { length } = high;
  const first = Math.min(2 * n - 1, length);
  out.fill(Number.NaN, 0, first);
  const state = createDirectional();
  let average = 0;
  for (let i = 0; i < length && i <= first; i++) {
    if (push(state, n, high[i]!, low[i]!, close[i]!)) average += indexOf(state);
  }
  if (first >= length) return;
  average /= n;
  out[first] = average;
  const keep = 1 - 1 / n;
  const k = 1 / n;
  let { plus, minus, range, dx, lastHigh, lastLow, lastClose } = state;
  for (let i = first + 1; i < length; i++) {
    const top = high[i]!;
    const bottom = low[i]!;
    const up = top - lastHigh;
    const down = lastLow - bottom;
    // Without branches: a flag is 0 or 1, and (u + |u|) / 2 is u or 0.
    plus = plus * keep + 0.5 * (up + Math.abs(up)) * +(up > down);
    minus = minus * keep + 0.5 * (down + Math.abs(down)) * +(down > up);
    range = range * keep + rangeOf(top, bottom, lastClose);
    lastHigh = top;
    lastLow = bottom;
    lastClose = close[i]!;
    const both = plus + minus;
    if (range !== 0 && both !== 0) dx = (100 * Math.abs(plus - minus)) / both;
    average = (dx - average) * k + average;
    out[i] = average;
  }
}

function adxStep(movement: Directional, average: Float64Array, n: number, x: Float64Array): number {
  return push(movement, n, x[0]!, x[1]!, x[2]!) ? smooth(average, n, indexOf(movement)) : Number.NaN;
}

/** Average directional index, 0 to 100. @param period bars, 2 to 500. */
export const adx = factory(adxDefinition, (period?: number) => ({ period }));

const adxrDefinition = defineFeature({
  id: "technical.adxr",
  version: 1,
  group: "momentum",
  talib: "ADXR",
  summary:
    "Average directional index rating: the mean of the ADX and the ADX of period - 1 bars ago, 0 to 100.",
  source: `${SOURCE} ADXR.`,
  inputs: [...inputs],
  params: { period: PERIOD },
  outputs: ["value"],
  unit: "percent",
  warmup: (p) => 3 * p.period - 2,
  init: (p) => ({ movement: createDirectional(), average: createSmoothing(), past: createRing(p.period) }),
  step(state, p, x, out) {
    const value = adxStep(state.movement, state.average, p.period, x);
    out[0] = Number.NaN;
    if (Number.isNaN(value)) return;
    pushRing(state.past, value);
    if (state.past.filled === p.period) out[0] = (value + agoOf(state.past, p.period - 1)) / 2;
  },
});

/** Average directional index rating, 0 to 100. @param period bars, 2 to 500. */
export const adxr = factory(adxrDefinition, (period?: number) => ({ period }));
