/** One price for a bar, in the ways that are common. */

import type { BarColumn } from "#model";
import { defineFeature, type FeatureDefinition } from "../../define.ts";
import { factory } from "../../feature.ts";

function define(
  name: string,
  text: { readonly talib: string; readonly summary: string },
  inputs: readonly [BarColumn, ...BarColumn[]],
  step: FeatureDefinition["step"],
  batch: NonNullable<FeatureDefinition["batch"]>,
) {
  return defineFeature({
    id: `technical.${name}`,
    version: 1,
    group: "price",
    talib: text.talib,
    summary: text.summary,
    source: `TA-Lib ${text.talib}.`,
    inputs,
    params: {},
    outputs: ["value"],
    unit: "price",
    warmup: () => 0,
    init: () => ({}),
    step,
    batch,
  });
}

function averageOf(open: number, high: number, low: number, close: number): number {
  return (open + high + low + close) / 4;
}

const averageDefinition = define(
  "avgprice",
  { talib: "AVGPRICE", summary: "Average price: mean of open, high, low and close." },
  ["open", "high", "low", "close"],
  (_state, _p, x, out) => {
    out[0] = averageOf(x[0]!, x[1]!, x[2]!, x[3]!);
  },
  (_p, x, out) => {
    const [open, high, low, close] = x as [Float64Array, Float64Array, Float64Array, Float64Array];
    const to = out[0]!;
    for (let i = 0; i < to.length; i++) to[i] = averageOf(open[i]!, high[i]!, low[i]!, close[i]!);
  },
);
/** Mean of open, high, low and close, in price units. */
export const avgPrice = factory(averageDefinition, () => ({}));

/** Mean of the bar's extremes. */
export function medianOf(high: number, low: number): number {
  return (high + low) / 2;
}

const medianDefinition = define(
  "medprice",
  { talib: "MEDPRICE", summary: "Median price: the middle between high and low." },
  ["high", "low"],
  (_state, _p, x, out) => {
    out[0] = medianOf(x[0]!, x[1]!);
  },
  (_p, x, out) => {
    const [high, low] = x as [Float64Array, Float64Array];
    const to = out[0]!;
    for (let i = 0; i < to.length; i++) to[i] = medianOf(high[i]!, low[i]!);
  },
);
/** Middle between high and low, in price units. */
export const medPrice = factory(medianDefinition, () => ({}));

/** Mean of high, low and close. */
export function typicalOf(high: number, low: number, close: number): number {
  return (high + low + close) / 3;
}

const typicalDefinition = define(
  "typprice",
  { talib: "TYPPRICE", summary: "Typical price: mean of high, low and close." },
  ["high", "low", "close"],
  (_state, _p, x, out) => {
    out[0] = typicalOf(x[0]!, x[1]!, x[2]!);
  },
  (_p, x, out) => {
    const [high, low, close] = x as [Float64Array, Float64Array, Float64Array];
    const to = out[0]!;
    for (let i = 0; i < to.length; i++) to[i] = typicalOf(high[i]!, low[i]!, close[i]!);
  },
);
/** Mean of high, low and close, in price units. */
export const typPrice = factory(typicalDefinition, () => ({}));

function weightedOf(high: number, low: number, close: number): number {
  return (high + low + 2 * close) / 4;
}

const weightedDefinition = define(
  "wclprice",
  { talib: "WCLPRICE", summary: "Weighted close: mean of high, low and twice the close." },
  ["high", "low", "close"],
  (_state, _p, x, out) => {
    out[0] = weightedOf(x[0]!, x[1]!, x[2]!);
  },
  (_p, x, out) => {
    const [high, low, close] = x as [Float64Array, Float64Array, Float64Array];
    const to = out[0]!;
    for (let i = 0; i < to.length; i++) to[i] = weightedOf(high[i]!, low[i]!, close[i]!);
  },
);
/** Mean of high, low and twice the close, in price units. */
export const wclPrice = factory(weightedDefinition, () => ({}));
