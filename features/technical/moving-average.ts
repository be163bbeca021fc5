import { createFeature, defineFeature, type Feature } from "../define.ts";
import { createSmoothing, smoothExponential } from "./smoothing.ts";
import { createWindow, isFull, meanOf, pushWindow } from "./window.ts";

export const smaDefinition = defineFeature({
  id: "technical.sma",
  version: 1,
  summary: "Simple moving average of the close over n bars.",
  source: "TA-Lib SMA; summed anew for each bar, so it does not drift.",
  inputs: ["close"],
  params: { period: { kind: "int", min: 1, max: 10_000, default: 20 } },
  outputs: ["value"],
  warmup: (p) => p.period - 1,
  init: (p) => createWindow(p.period),
  step(state, _p, x, out) {
    pushWindow(state, x[0]!);
    out[0] = isFull(state) ? meanOf(state) : Number.NaN;
  },
});

/** Simple moving average of the close, in price units. @param period bars, 1 to 10,000. */
export function sma(period?: number): Feature {
  return createFeature(smaDefinition, { period });
}

export const emaDefinition = defineFeature({
  id: "technical.ema",
  version: 1,
  summary: "Exponential moving average of the close, weight 2 / (n + 1).",
  source: "TA-Lib EMA: starts from the simple average of the first n bars.",
  inputs: ["close"],
  params: { period: { kind: "int", min: 1, max: 10_000, default: 20 } },
  outputs: ["value"],
  warmup: (p) => p.period - 1,
  init: () => ({ average: createSmoothing() }),
  step(state, p, x, out) {
    out[0] = smoothExponential(state.average, p.period, x[0]!);
  },
});

/** Exponential moving average of the close, in price units. @param period bars, 1 to 10,000. */
export function ema(period?: number): Feature {
  return createFeature(emaDefinition, { period });
}
