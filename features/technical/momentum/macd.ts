import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { createSmoothing, smoothExponential } from "../../rolling/smoothing.ts";

// Of this module (see `FeatureDefinition.step`).
const smooth = smoothExponential;

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
    const late = p.slow - p.fast;
    const slow = smooth(state.slow, p.slow, x[0]!);
    if (state.seen < late) {
      state.seen++;
      return;
    }
    const line = smooth(state.fast, p.fast, x[0]!) - slow;
    if (Number.isNaN(line)) return;
    const signal = smooth(state.signal, p.signal, line);
    if (Number.isNaN(signal)) return;
    out[0] = line;
    out[1] = signal;
    out[2] = line - signal;
  },
  batch(p, x, out) {
    const [line, signal, histogram] = out as [Float64Array, Float64Array, Float64Array];
    const values = x[0]!;
    const { length } = values;
    const { fast, slow } = p;
    const kFast = 2 / (fast + 1);
    const kSlow = 2 / (slow + 1);
    const kSignal = 2 / (p.signal + 1);
    const last = Math.min(slow + p.signal - 2, length);
    // Both averages begin at bar slow - 1, from plain means; so does the signal, with its n-th difference.
    let a = 0;
    let b = 0;
    let c = 0;
    for (let i = 0; i < Math.min(slow, length); i++) {
      b += values[i]!;
      if (i >= slow - fast) a += values[i]!;
    }
    a /= fast;
    b /= slow;
    for (let i = slow - 1; i <= last && i < length; i++) {
      if (i >= slow) {
        a = (values[i]! - a) * kFast + a;
        b = (values[i]! - b) * kSlow + b;
      }
      c += a - b;
      line[i] = a - b;
    }
    c /= p.signal;
    for (const column of out) column!.fill(Number.NaN, 0, last);
    if (last >= length) return;
    signal[last] = c;
    histogram[last] = line[last]! - c;
    for (let i = last + 1; i < length; i++) {
      const value = values[i]!;
      a = (value - a) * kFast + a;
      b = (value - b) * kSlow + b;
      const difference = a - b;
      c = (difference - c) * kSignal + c;
      line[i] = difference;
      signal[i] = c;
      histogram[i] = difference - c;
    }
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
