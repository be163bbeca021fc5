/** Middle between the highest and the lowest of a window, and the lines of Ichimoku, which are made of it. */
import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import {
  createExtreme,
  type Extreme,
  isFullExtreme,
  pushHighest,
  pushLowest,
} from "../../rolling/extremes.ts";
import { OUTPUT_LANES } from "../../rolling/lanes.ts";
import { RANGE_LANES, rangeTiles } from "../../rolling/range-lanes.ts";
import { createRing, oldestOf, pushRing } from "../../rolling/ring.ts";

type Middle = { highest: Extreme; lowest: Extreme };

function createMiddle(n: number): Middle {
  return { highest: createExtreme(n), lowest: createExtreme(n) };
}

/** Takes a bar; NaN before the n-th. */
function pushMiddle({ highest, lowest }: Middle, high: number, low: number): number {
  const top = pushHighest(highest, high);
  const bottom = pushLowest(lowest, low);
  return isFullExtreme(lowest) ? (top + bottom) / 2 : Number.NaN;
}

/** The same over whole columns. */
function middleColumn(x: readonly Float64Array[], n: number, out: Float64Array): void {
  rangeTiles(x, [out], n, middleTile);
}

const [highest, lowest] = RANGE_LANES;
const [middle] = OUTPUT_LANES;

function middleTile(start: number, end: number): void {
  for (let i = start; i < end; i++) middle[i] = (highest[i]! + lowest[i]!) / 2;
}

const PERIOD = { kind: "int", min: 2, max: 10_000, default: 14 } as const;

const pointDefinition = defineFeature({
  id: "technical.midpoint",
  version: 1,
  group: "average",
  talib: "MIDPOINT",
  summary: "Middle between the highest and the lowest of n values.",
  source: "TA-Lib MIDPOINT.",
  inputs: [{ name: "value", from: "close" }],
  params: { period: PERIOD },
  outputs: ["value"],
  unit: "input",
  warmup: (p) => p.period - 1,
  init: (p) => createMiddle(p.period),
  step(state, _p, x, out) {
    out[0] = pushMiddle(state, x[0]!, x[0]!);
  },
  tiled: true,
  batch: (p, x, out) => middleColumn(x, p.period, out[0]!),
});

/** Middle of the range of n values, in the input's unit. @param period bars, 2 to 10,000. */
export const midPoint = factory(pointDefinition, (period?: number) => ({ period }));

const priceDefinition = defineFeature({
  id: "technical.midprice",
  version: 1,
  group: "average",
  talib: "MIDPRICE",
  summary: "Middle between the highest high and the lowest low of n bars.",
  source: "TA-Lib MIDPRICE.",
  inputs: ["high", "low"],
  params: { period: PERIOD },
  outputs: ["value"],
  unit: "price",
  warmup: (p) => p.period - 1,
  init: (p) => createMiddle(p.period),
  step(state, _p, x, out) {
    out[0] = pushMiddle(state, x[0]!, x[1]!);
  },
  tiled: true,
  batch: (p, x, out) => middleColumn(x, p.period, out[0]!),
});

/** Middle of the range of n bars, in price units. @param period bars, 2 to 10,000. */
export const midPrice = factory(priceDefinition, (period?: number) => ({ period }));

const ichimokuDefinition = defineFeature({
  id: "technical.ichimoku",
  version: 1,
  group: "average",
  summary:
    "Ichimoku: conversion line (tenkan) and base line (kijun); the cloud under this bar (spanA, spanB), which was known bars ago; and the one drawn ahead (leadA, leadB), known now.",
  source:
    "Hosoda 1969. The cloud is moved by whole bars: 26 here; charts that count the bar itself move it by 25. The lagging line (chikou) is not offered: drawn under a bar it is the close of 26 bars later, which nobody knows then; compare the close with that of 26 bars ago (technical.mom) instead. All lines begin together.",
  inputs: ["high", "low"],
  params: {
    tenkan: { kind: "int", min: 1, max: 10_000, default: 9 },
    kijun: { kind: "int", min: 1, max: 10_000, default: 26 },
    senkou: { kind: "int", min: 1, max: 10_000, default: 52 },
    displacement: { kind: "int", min: 1, max: 10_000, default: 26 },
  },
  outputs: ["tenkan", "kijun", "spanA", "spanB", "leadA", "leadB"],
  unit: "price",
  warmup: (p) => Math.max(p.tenkan, p.kijun, p.senkou) - 1 + p.displacement,
  init: (p) => ({
    tenkan: createMiddle(p.tenkan),
    kijun: createMiddle(p.kijun),
    senkou: createMiddle(p.senkou),
    spanA: createRing(p.displacement),
    spanB: createRing(p.displacement),
  }),
  step(state, _p, x, out) {
    const high = x[0]!;
    const low = x[1]!;
    const tenkan = pushMiddle(state.tenkan, high, low);
    const kijun = pushMiddle(state.kijun, high, low);
    const leadA = (tenkan + kijun) / 2;
    const leadB = pushMiddle(state.senkou, high, low);
    const spanA = oldestOf(state.spanA);
    const spanB = oldestOf(state.spanB);
    pushRing(state.spanA, leadA);
    pushRing(state.spanB, leadB);
    if (Number.isNaN(spanA) || Number.isNaN(spanB)) {
      out.fill(Number.NaN);
      return;
    }
    out[0] = tenkan;
    out[1] = kijun;
    out[2] = spanA;
    out[3] = spanB;
    out[4] = leadA;
    out[5] = leadB;
  },
  tiled: true,
  batch(p, x, out) {
    const { length } = x[0]!;
    const [tenkan, kijun, spanA, spanB, leadA, leadB] = out as Float64Array[] & { length: 6 };
    middleColumn(x, p.tenkan, tenkan!);
    middleColumn(x, p.kijun, kijun!);
    middleColumn(x, p.senkou, leadB!);
    for (let i = 0; i < length; i++) leadA![i] = (tenkan![i]! + kijun![i]!) / 2;
    spanA!.set(leadA!.subarray(0, Math.max(0, length - p.displacement)), Math.min(p.displacement, length));
    spanB!.set(leadB!.subarray(0, Math.max(0, length - p.displacement)), Math.min(p.displacement, length));
    const first = Math.min(Math.max(p.tenkan, p.kijun, p.senkou) - 1 + p.displacement, length);
    for (const column of out) column.fill(Number.NaN, 0, first);
  },
});

/**
 * Ichimoku, in price units: `.tenkan`, `.kijun`; `.spanA`, `.spanB` the cloud under this bar; `.leadA`, `.leadB` the
 * cloud drawn `displacement` bars ahead. Nothing reads ahead; there is no chikou.
 * @param tenkan, kijun, senkou bars of the three ranges, 1 to 10,000. @param displacement bars, 1 to 10,000.
 */
export const ichimoku = factory(
  ichimokuDefinition,
  (tenkan?: number, kijun?: number, senkou?: number, displacement?: number) => ({
    tenkan,
    kijun,
    senkou,
    displacement,
  }),
);
