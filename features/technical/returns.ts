import { createFeature, defineFeature, type Feature } from "../define.ts";
import { createWindow, isFull, meanOf, oldestOf, pushWindow, squaresOf } from "./window.ts";

export const returnsDefinition = defineFeature({
  id: "technical.returns",
  version: 1,
  summary: "Simple return of the close over n bars: close / close n bars ago - 1.",
  source: "TA-Lib ROCP; NaN, not 0, where the old price is 0.",
  inputs: ["close"],
  params: { bars: { kind: "int", min: 1, max: 10_000, default: 1 } },
  outputs: ["value"],
  warmup: (p) => p.bars,
  init: (p) => createWindow(p.bars),
  step(state, _p, x, out) {
    const old = isFull(state) ? oldestOf(state) : Number.NaN;
    out[0] = old === 0 ? Number.NaN : x[0]! / old - 1;
    pushWindow(state, x[0]!);
  },
});

/** Simple return of the close, a fraction (0.01 is 1 %). @param bars over how many bars, 1 to 10,000. */
export function returns(bars?: number): Feature {
  return createFeature(returnsDefinition, { bars });
}

export const volatilityDefinition = defineFeature({
  id: "technical.volatility",
  version: 1,
  summary: "Standard deviation of the last n log returns of the close, per bar (not annualised).",
  source:
    "Sample deviation (n - 1), in two passes over the window. A price that is not above 0 is passed over.",
  inputs: ["close"],
  params: { period: { kind: "int", min: 2, max: 10_000, default: 20 } },
  outputs: ["value"],
  warmup: (p) => p.period,
  init: (p) => ({ ...createWindow(p.period), last: Number.NaN }),
  step(state, p, x, out) {
    const price = x[0]!;
    out[0] = Number.NaN;
    if (!(price > 0)) return;
    const change = Math.log(price / state.last);
    state.last = price;
    if (Number.isNaN(change)) return;
    pushWindow(state, change);
    if (isFull(state)) out[0] = Math.sqrt(squaresOf(state, meanOf(state)) / (p.period - 1));
  },
});

/** Deviation of log returns for one bar, a fraction. @param period bars, 2 to 10,000. */
export function volatility(period?: number): Feature {
  return createFeature(volatilityDefinition, { period });
}
