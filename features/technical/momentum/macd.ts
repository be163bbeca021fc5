import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { createSmoothing, smoothColumn, smoothExponential } from "../../rolling/smoothing.ts";

const macdDefinition = defineFeature({
  id: "technical.macd",
  version: 1,
  group: "momentum",
  talib: "MACD",
  summary: "Moving average convergence divergence: fast minus slow EMA, its own EMA, and their difference.",
  source:
    "TA-Lib MACD: the fast average starts late, so that both have their first value at bar slow - 1; all three outputs start together, with the signal.",
  inputs: [{ name: "value", from: "close" }],
  params: {
    fast: { kind: "int", min: 2, max: 500, default: 12 },
    slow: { kind: "int", min: 3, max: 500, default: 26 },
    signal: { kind: "int", min: 1, max: 500, default: 9 },
  },
  outputs: ["macd", "signal", "histogram"],
  unit: "price",
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
  batch(p, x, out) {
    const [line, signal, histogram] = out as [Float64Array, Float64Array, Float64Array];
    const values = x[0]!;
    const { fast, slow } = p;
    const k = [2 / (fast + 1), 2 / (slow + 1), 2 / (p.signal + 1)] as const;
    // Both averages begin at bar slow - 1, and the signal with the n-th difference.
    smoothColumn(values, histogram, fast, k[0], slow - fast);
    const first = smoothColumn(values, line, slow, k[1], 0);
    for (let i = first; i < values.length; i++) line[i] = histogram[i]! - line[i]!;
    const last = smoothColumn(line, signal, p.signal, k[2], first);
    line.fill(Number.NaN, first, last);
    histogram.fill(Number.NaN, 0, last);
    for (let i = last; i < values.length; i++) histogram[i] = line[i]! - signal[i]!;
  },
});

/**
 * Moving average convergence divergence of the close, in price units: `.macd`, `.signal`, `.histogram`.
 * @param fast bars, 2 to 500, below slow. @param slow bars, 3 to 500. @param signal bars, 1 to 500.
 */
export const macd = factory(macdDefinition, (fast?: number, slow?: number, signal?: number) => ({
  fast,
  slow,
  signal,
}));
