import { defineFeature } from "../define.ts";
import { factory } from "../feature.ts";
import { createExtreme, isFullExtreme, pushHighest } from "../rolling/extremes.ts";

const definition = defineFeature({
  id: "statistic.drawdown",
  version: 1,
  group: "statistic",
  summary:
    "How far the value lies below the highest of the last n bars, itself among them, as a fraction: 0 at the highest, -0.1 a tenth below.",
  source: "x / highest - 1; NaN where the highest is not above 0.",
  inputs: [{ name: "value", from: "close" }],
  params: { period: { kind: "int", min: 2, max: 10_000, default: 100 } },
  outputs: ["value"],
  unit: "fraction",
  warmup: (p) => p.period - 1,
  init: (p) => createExtreme(p.period),
  step(state, _p, x, out) {
    const highest = pushHighest(state, x[0]!);
    out[0] = isFullExtreme(state) && highest > 0 ? x[0]! / highest - 1 : Number.NaN;
  },
});

/** Drawdown from the rolling high, a fraction, 0 or below. @param period bars, 2 to 10,000. */
export const drawdown = factory(definition, (period?: number) => ({ period }));
