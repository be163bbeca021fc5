/** The averages that have nothing but a period. */
import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { AVERAGE_KINDS, type AverageKind, type AverageName } from "./kinds.ts";

const PERIOD = { kind: "int", max: 10_000 } as const;

function define(
  name: AverageName,
  text: { readonly min: number; readonly period: number; readonly summary: string; readonly source: string },
  version = 1,
) {
  const one: AverageKind = AVERAGE_KINDS[name];
  return defineFeature({
    id: `technical.${name}`,
    version,
    group: "average",
    talib: name.toUpperCase(),
    summary: text.summary,
    source: text.source,
    inputs: [{ name: "value", from: "close" }],
    params: { period: { ...PERIOD, min: text.min, default: text.period } },
    outputs: ["value"],
    unit: "input",
    warmup: (p) => one.warmup(p.period),
    init: (p, barMs) => one.create(p.period, barMs),
    step(state, p, x, out, time) {
      out[0] = one.push(state, p.period, x[0]!, time);
    },
    ...(one.tiled ? { tiled: true } : {}),
    batch: (p, x, out, time, barMs) => one.column!(x[0]!, out[0]!, p.period, time, barMs),
  });
}

const wmaDefinition = define("wma", {
  min: 1,
  period: 30,
  summary: "Weighted moving average: weights 1 for the oldest of n bars to n for the newest.",
  source: "TA-Lib WMA.",
});
const demaDefinition = define("dema", {
  min: 1,
  period: 30,
  summary: "Double exponential moving average: twice the EMA minus the EMA of the EMA.",
  source: "Mulloy 1994; TA-Lib DEMA.",
});
const temaDefinition = define("tema", {
  min: 1,
  period: 30,
  summary: "Triple exponential moving average: 3 EMA minus 3 EMA of EMA plus EMA of EMA of EMA.",
  source: "Mulloy 1994; TA-Lib TEMA.",
});
const trimaDefinition = define("trima", {
  min: 1,
  period: 30,
  summary: "Triangular moving average: the simple average of a simple average.",
  source: "TA-Lib TRIMA.",
});
const kamaDefinition = define("kama", {
  min: 2,
  period: 30,
  summary: "Kaufman's adaptive moving average: fast where the price goes straight, slow where it wanders.",
  source: "Kaufman 1998; TA-Lib KAMA, whose efficiency is 1 for a price that has not moved.",
});
const hmaDefinition = define("hma", {
  min: 2,
  period: 20,
  summary: "Hull moving average: a weighted average that gives up most of its lag.",
  source: "Hull 2005; TA-Lib HMA: half the period and its square root are rounded down.",
});
const zlemaDefinition = define("zlema", {
  min: 1,
  period: 30,
  summary: "Zero-lag exponential moving average: of the value plus its change over half the period.",
  source: "Ehlers and Way 2010; TA-Lib ZLEMA.",
});
const rmaDefinition = define("rma", {
  min: 1,
  period: 30,
  summary: "Wilder's moving average, weight 1 / n.",
  source: "Wilder 1978; TA-Lib RMA: starts from the simple average of the first n bars.",
});

/** Weighted moving average, in the input's unit. @param period bars, 1 to 10,000. */
export const wma = factory(wmaDefinition, (period?: number) => ({ period }));
/** Double exponential moving average, in the input's unit. @param period bars, 1 to 10,000. */
export const dema = factory(demaDefinition, (period?: number) => ({ period }));
/** Triple exponential moving average, in the input's unit. @param period bars, 1 to 10,000. */
export const tema = factory(temaDefinition, (period?: number) => ({ period }));
/** Triangular moving average, in the input's unit. @param period bars, 1 to 10,000. */
export const trima = factory(trimaDefinition, (period?: number) => ({ period }));
/** Kaufman's adaptive moving average, in the input's unit. @param period bars, 2 to 10,000. */
export const kama = factory(kamaDefinition, (period?: number) => ({ period }));
/** Hull moving average, in the input's unit. @param period bars, 2 to 10,000. */
export const hma = factory(hmaDefinition, (period?: number) => ({ period }));
/** Zero-lag exponential moving average, in the input's unit. @param period bars, 1 to 10,000. */
export const zlema = factory(zlemaDefinition, (period?: number) => ({ period }));
/** Wilder's moving average, in the input's unit. @param period bars, 1 to 10,000. */
export const rma = factory(rmaDefinition, (period?: number) => ({ period }));
