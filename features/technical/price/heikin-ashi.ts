import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";

const definition = defineFeature({
  id: "technical.heikin-ashi",
  version: 1,
  group: "price",
  talib: "HA",
  summary: "Heikin-Ashi candles: bars averaged so that a trend keeps one colour.",
  source:
    "Valcu 2004; TA-Lib HA: the first open is the middle between the first bar's open and close. These are not prices that were traded.",
  inputs: ["open", "high", "low", "close"],
  params: {},
  outputs: ["haOpen", "haHigh", "haLow", "haClose"],
  unit: "price",
  warmup: () => 0,
  init: () => ({ open: Number.NaN, close: Number.NaN }),
  step(state, _p, x, out) {
    const open = Number.isNaN(state.open) ? (x[0]! + x[3]!) / 2 : (state.open + state.close) / 2;
    const close = (x[0]! + x[1]! + x[2]! + x[3]!) / 4;
    state.open = open;
    state.close = close;
    out[0] = open;
    out[1] = Math.max(x[1]!, open, close);
    out[2] = Math.min(x[2]!, open, close);
    out[3] = close;
  },
});

/** Heikin-Ashi candles: `.haOpen`, `.haHigh`, `.haLow`, `.haClose`, in price units. */
export const heikinAshi = factory(definition, () => ({}));
