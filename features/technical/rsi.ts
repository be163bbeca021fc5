import { createFeature, defineFeature, type Feature } from "../define.ts";
import { createSmoothing, smoothWilder } from "./smoothing.ts";

export const rsiDefinition = defineFeature({
  id: "technical.rsi",
  version: 1,
  summary: "Relative strength index, 0 to 100: the share of rises in Wilder's averages of rises and falls.",
  source: "Wilder 1978; TA-Lib RSI, which also says 0 for a price that has not moved at all.",
  inputs: ["close"],
  params: { period: { kind: "int", min: 2, max: 500, default: 14 } },
  outputs: ["value"],
  warmup: (p) => p.period,
  init: () => ({ last: Number.NaN, rises: createSmoothing(), falls: createSmoothing() }),
  step(state, p, x, out) {
    const change = x[0]! - state.last;
    state.last = x[0]!;
    if (Number.isNaN(change)) {
      out[0] = Number.NaN;
      return;
    }
    const rise = smoothWilder(state.rises, p.period, change > 0 ? change : 0);
    const fall = smoothWilder(state.falls, p.period, change < 0 ? -change : 0);
    out[0] = rise + fall === 0 ? 0 : (100 * rise) / (rise + fall);
  },
});

/** Relative strength index of the close, 0 to 100. @param period bars, 2 to 500. */
export function rsi(period?: number): Feature {
  return createFeature(rsiDefinition, { period });
}
