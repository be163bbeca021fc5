import { createFeature, defineFeature, type Feature } from "../define.ts";
import { createSmoothing, smoothWilder } from "./smoothing.ts";

export const atrDefinition = defineFeature({
  id: "technical.atr",
  version: 1,
  summary: "Average true range: Wilder's average of each bar's range, gaps from the last close included.",
  source: "Wilder 1978; TA-Lib ATR: the first bar has no true range, the average starts from the mean of n.",
  inputs: ["high", "low", "close"],
  params: { period: { kind: "int", min: 1, max: 500, default: 14 } },
  outputs: ["value"],
  warmup: (p) => p.period,
  init: () => ({ lastClose: Number.NaN, average: createSmoothing() }),
  step(state, p, x, out) {
    const high = x[0]!;
    const low = x[1]!;
    const last = state.lastClose;
    state.lastClose = x[2]!;
    out[0] = Number.isNaN(last)
      ? last
      : smoothWilder(
          state.average,
          p.period,
          Math.max(high - low, Math.abs(high - last), Math.abs(low - last)),
        );
  },
});

/** Average true range, in price units. @param period bars, 1 to 500. */
export function atr(period?: number): Feature {
  return createFeature(atrDefinition, { period });
}
