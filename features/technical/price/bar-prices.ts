/** One price for a bar, in the ways that are common. */

import type { BarColumn } from "#model";
import { defineFeature, type FeatureDefinition } from "../../define.ts";
import { factory } from "../../feature.ts";
import { eachTile, INPUT_LANES, OUTPUT_LANES } from "../../rolling/lanes.ts";

function define(
  name: string,
  text: { readonly talib: string; readonly summary: string },
  inputs: readonly [BarColumn, ...BarColumn[]],
  step: FeatureDefinition["step"],
  tile: (start: number, end: number) => void,
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
    tiled: true,
    batch: (_p, x, out) => eachTile(x, out, 0, ({ start, end }) => tile(start, end)),
  });
}

// The inputs of a price in their order.
const [first, second, third, fourth] = INPUT_LANES;
const [price] = OUTPUT_LANES;

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
  (start, end) => {
    for (let i = start; i < end; i++) price[i] = averageOf(first[i]!, second[i]!, third[i]!, fourth[i]!);
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
  (start, end) => {
    for (let i = start; i < end; i++) price[i] = medianOf(first[i]!, second[i]!);
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
  (start, end) => {
    for (let i = start; i < end; i++) price[i] = typicalOf(first[i]!, second[i]!, third[i]!);
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
  (start, end) => {
    for (let i = start; i < end; i++) price[i] = weightedOf(first[i]!, second[i]!, third[i]!);
  },
);
/** Mean of high, low and twice the close, in price units. */
export const wclPrice = factory(weightedDefinition, () => ({}));
