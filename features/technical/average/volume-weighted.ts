import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { meanColumn } from "../../rolling/blocks.ts";
import { createMean, isFullMean, meanOf, pushMean } from "../../rolling/mean.ts";
import { withScratch } from "../../rolling/scratch.ts";

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
    const weight = meanOf(volume);
    out[0] = isFullMean(volume) && weight !== 0 ? meanOf(value) / weight : Number.NaN;
  },
  batch(p, x, out, time, barMs) {
    const [value, volume] = x as [Float64Array, Float64Array];
    const to = out[0]!;
    withScratch(1, to.length, (scratch) => {
      for (let i = 0; i < to.length; i++) scratch![i] = value[i]! * volume[i]!;
      meanColumn(scratch!, to, p.period, time, barMs);
      meanColumn(volume, scratch!, p.period, time, barMs);
      for (let i = 0; i < to.length; i++) to[i] = scratch![i] === 0 ? Number.NaN : to[i]! / scratch![i]!;
    });
  },
});

/** Volume-weighted moving average, in the input's unit. @param period bars, 1 to 10,000. */
export const vwma = factory(definition, (period?: number) => ({ period }));
