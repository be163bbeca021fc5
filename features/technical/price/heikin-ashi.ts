import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";

function highestOf(high: number, open: number, close: number): number {
  const body = open > close ? open : close;
  return high > body ? high : body;
}

function lowestOf(low: number, open: number, close: number): number {
  const body = open < close ? open : close;
  return low < body ? low : body;
}

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
    out[1] = highestOf(x[1]!, open, close);
    out[2] = lowestOf(x[2]!, open, close);
    out[3] = close;
  },
  batch(_p, x, out) {
    const [opens, highs, lows, closes] = x as [Float64Array, Float64Array, Float64Array, Float64Array];
    const [haOpen, haHigh, haLow, haClose] = out as [Float64Array, Float64Array, Float64Array, Float64Array];
    let open = Number.NaN;
    let close = Number.NaN;
    for (let i = 0; i < haOpen.length; i++) {
      open = i === 0 ? (opens[0]! + closes[0]!) / 2 : (open + close) / 2;
      close = (opens[i]! + highs[i]! + lows[i]! + closes[i]!) / 4;
      haOpen[i] = open;
      haHigh[i] = highestOf(highs[i]!, open, close);
      haLow[i] = lowestOf(lows[i]!, open, close);
      haClose[i] = close;
    }
  },
});

/** Heikin-Ashi candles: `.haOpen`, `.haHigh`, `.haLow`, `.haClose`, in price units. */
export const heikinAshi = factory(definition, () => ({}));
