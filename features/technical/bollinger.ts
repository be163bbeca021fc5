import { createFeature, defineFeature, type MultiFeature } from "../define.ts";
import { createWindow, isFull, meanOf, pushWindow, squaresOf } from "./window.ts";

export const bollingerDefinition = defineFeature({
  id: "technical.bollinger",
  version: 1,
  summary:
    "Bollinger bands: average of n closes, k deviations above and below, and where the close stands (0 at the lower band, 1 at the upper).",
  source:
    "Bollinger 2001; TA-Lib BBANDS (population deviation), in two passes. percentB is NaN where the band has no width.",
  inputs: ["close"],
  params: {
    period: { kind: "int", min: 2, max: 10_000, default: 20 },
    deviations: { kind: "float", min: 0.01, max: 100, default: 2 },
  },
  outputs: ["middle", "upper", "lower", "percentB"],
  warmup: (p) => p.period - 1,
  init: (p) => createWindow(p.period),
  step(state, p, x, out) {
    pushWindow(state, x[0]!);
    if (!isFull(state)) {
      out.fill(Number.NaN);
      return;
    }
    const middle = meanOf(state);
    const width = p.deviations * Math.sqrt(squaresOf(state, middle) / p.period);
    out[0] = middle;
    out[1] = middle + width;
    out[2] = middle - width;
    out[3] = (x[0]! - (middle - width)) / (2 * width);
  },
});

/**
 * Bollinger bands of the close: `.middle`, `.upper`, `.lower` in price units, `.percentB` a fraction.
 * @param period bars, 2 to 10,000. @param deviations half the width of the band, 0.01 to 100.
 */
export function bollinger(
  period?: number,
  deviations?: number,
): MultiFeature<"middle" | "upper" | "lower" | "percentB"> {
  return createFeature(bollingerDefinition, { period, deviations });
}
