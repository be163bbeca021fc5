import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { createMean, isFullMean, pushMean, sumOf } from "../../rolling/mean.ts";

const definition = defineFeature({
  id: "technical.vwma",
  version: 1,
  group: "average",
  talib: "VWMA",
  summary: "Volume-weighted moving average: n closes, each with the weight of its bar's volume.",
  source: "TA-Lib VWMA: NaN where nothing was traded.",
  inputs: [{ name: "value", from: "close" }, "volume"],
  params: { period: { kind: "int", min: 1, max: 10_000, default: 30 } },
  outputs: ["value"],
  unit: "input",
  sparse: true,
  warmup: (p) => p.period - 1,
  init: (p, barMs) => ({ value: createMean(p.period, barMs), volume: createMean(p.period, barMs) }),
  step({ value, volume }, _p, x, out, time) {
    pushMean(value, x[0]! * x[1]!, time);
    pushMean(volume, x[1]!, time);
    const weight = sumOf(volume);
    out[0] = isFullMean(volume) && weight !== 0 ? sumOf(value) / weight : Number.NaN;
  },
});

/** Volume-weighted moving average, in the input's unit. @param period bars, 1 to 10,000. */
export const vwma = factory(definition, (period?: number) => ({ period }));
