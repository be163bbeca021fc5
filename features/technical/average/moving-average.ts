import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { meanColumn } from "../../rolling/blocks.ts";
import { createMean, takeMean } from "../../rolling/mean.ts";
import { createSmoothing, smoothColumn, smoothExponential } from "../../rolling/smoothing.ts";

// Of this module (see `FeatureDefinition.step`).
const take = takeMean;
const smooth = smoothExponential;

const smaDefinition = defineFeature({
  id: "technical.sma",
  version: 2,
  group: "average",
  talib: "SMA",
  summary: "Simple moving average of the close over n bars.",
  source: "TA-Lib SMA; summed so that it does not drift.",
  inputs: [{ name: "value", from: "close" }],
  params: { period: { kind: "int", min: 1, max: 10_000, default: 20 } },
  outputs: ["value"],
  unit: "input",
  warmup: (p) => p.period - 1,
  init: (p, barMs) => createMean(p.period, barMs),
  step(state, _p, x, out, time) {
    out[0] = take(state, x[0]!, time);
  },
  tiled: true,
  batch: (p, x, out, time, barMs) => meanColumn(x[0]!, out[0]!, p.period, time, barMs),
});

/** Simple moving average of the close, in price units. @param period bars, 1 to 10,000. */
export const sma = factory(smaDefinition, (period?: number) => ({ period }));

const emaDefinition = defineFeature({
  id: "technical.ema",
  version: 1,
  group: "average",
  talib: "EMA",
  summary: "Exponential moving average of the close, weight 2 / (n + 1).",
  source: "TA-Lib EMA: starts from the simple average of the first n bars.",
  inputs: [{ name: "value", from: "close" }],
  params: { period: { kind: "int", min: 1, max: 10_000, default: 20 } },
  outputs: ["value"],
  unit: "input",
  warmup: (p) => p.period - 1,
  init: () => ({ average: createSmoothing() }),
  step(state, p, x, out) {
    out[0] = smooth(state.average, p.period, x[0]!);
  },
  batch(p, x, out) {
    smoothColumn(x[0]!, out[0]!, p.period, 2 / (p.period + 1), 0);
  },
});

/** Exponential moving average of the close, in price units. @param period bars, 1 to 10,000. */
export const ema = factory(emaDefinition, (period?: number) => ({ period }));
