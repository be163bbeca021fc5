import { createFeature, defineFeature, type MultiFeature } from "../define.ts";
import { createSmoothing, smoothExponential } from "./smoothing.ts";

export const macdDefinition = defineFeature({
  id: "technical.macd",
  version: 1,
  summary: "Moving average convergence divergence: fast minus slow EMA, its own EMA, and their difference.",
  source:
    "TA-Lib MACD: the fast average starts late, so that both have their first value at bar slow - 1; all three outputs start together, with the signal.",
  inputs: ["close"],
  params: {
    fast: { kind: "int", min: 2, max: 500, default: 12 },
    slow: { kind: "int", min: 3, max: 500, default: 26 },
    signal: { kind: "int", min: 1, max: 500, default: 9 },
  },
  outputs: ["macd", "signal", "histogram"],
  check: (p) => (p.fast < p.slow ? undefined : "fast must be shorter than slow"),
  warmup: (p) => p.slow + p.signal - 2,
  init: () => ({ seen: 0, fast: createSmoothing(), slow: createSmoothing(), signal: createSmoothing() }),
  step(state, p, x, out) {
    const price = x[0]!;
    const late = p.slow - p.fast;
    const fast = state.seen < late ? Number.NaN : smoothExponential(state.fast, p.fast, price);
    if (state.seen < late) state.seen++;
    const line = fast - smoothExponential(state.slow, p.slow, price);
    const signal = Number.isNaN(line) ? line : smoothExponential(state.signal, p.signal, line);
    out[0] = Number.isNaN(signal) ? signal : line;
    out[1] = signal;
    out[2] = line - signal;
  },
});

/**
 * Moving average convergence divergence of the close, in price units: `.macd`, `.signal`, `.histogram`.
 * @param fast bars, 2 to 500, below slow. @param slow bars, 3 to 500. @param signal bars, 1 to 500.
 */
export function macd(
  fast?: number,
  slow?: number,
  signal?: number,
): MultiFeature<"macd" | "signal" | "histogram"> {
  return createFeature(macdDefinition, { fast, slow, signal });
}
