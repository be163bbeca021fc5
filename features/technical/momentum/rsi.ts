import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { createSmoothing, smoothWilder } from "../../rolling/smoothing.ts";

// Of this module (see `FeatureDefinition.step`).
const smooth = smoothWilder;

const rsiDefinition = defineFeature({
  id: "technical.rsi",
  version: 1,
  group: "momentum",
  talib: "RSI",
  summary: "Relative strength index, 0 to 100: the share of rises in Wilder's averages of rises and falls.",
  source: "Wilder 1978; TA-Lib RSI, which also says 0 for a price that has not moved at all.",
  inputs: [{ name: "value", from: "close" }],
  params: { period: { kind: "int", min: 2, max: 500, default: 14 } },
  outputs: ["value"],
  unit: "percent",
  warmup: (p) => p.period,
  init: () => ({ last: Number.NaN, rises: createSmoothing(), falls: createSmoothing() }),
  step(state, p, x, out) {
    const change = x[0]! - state.last;
    state.last = x[0]!;
    if (Number.isNaN(change)) {
      out[0] = Number.NaN;
      return;
    }
    // (c + |c|) / 2 is c or 0 exactly, without a branch that no predictor gets right.
    const size = Math.abs(change);
    const rise = smooth(state.rises, p.period, 0.5 * (size + change));
    const fall = smooth(state.falls, p.period, 0.5 * (size - change));
    out[0] = rise + fall === 0 ? 0 : (100 * rise) / (rise + fall);
  },
  batch(p, x, out) {
    const values = x[0]!;
    const to = out[0]!;
    const n = p.period;
    const first = Math.min(n, values.length);
    to.fill(Number.NaN, 0, first);
    if (first >= values.length) return;
    let rise = 0;
    let fall = 0;
    for (let i = 1; i <= n; i++) {
      const change = values[i]! - values[i - 1]!;
      rise += 0.5 * (Math.abs(change) + change);
      fall += 0.5 * (Math.abs(change) - change);
    }
    rise /= n;
    fall /= n;
    to[first] = rise + fall === 0 ? 0 : (100 * rise) / (rise + fall);
    const k = 1 / n;
    let last = values[first]!;
    for (let i = first + 1; i < values.length; i++) {
      const change = values[i]! - last;
      last = values[i]!;
      const size = Math.abs(change);
      rise = (0.5 * (size + change) - rise) * k + rise;
      fall = (0.5 * (size - change) - fall) * k + fall;
      const sum = rise + fall;
      to[i] = sum === 0 ? 0 : (100 * rise) / sum;
    }
  },
});

/** Relative strength index of the close, 0 to 100. @param period bars, 2 to 500. */
export const rsi = factory(rsiDefinition, (period?: number) => ({ period }));
