import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { PERIOD_WARMUP } from "./hilbert.ts";
import { createMama, pushMama } from "./mama-average.ts";

const LIMIT = { kind: "float", min: 0.01, max: 0.99 } as const;

const definition = defineFeature({
  id: "technical.mama",
  version: 1,
  group: "average",
  talib: "MAMA",
  summary:
    "MESA adaptive moving average: fast where the cycle's phase turns quickly; and the average that follows it.",
  source:
    "Ehlers 2001; TA-Lib MAMA: both start from 0 at bar 12, and the first 32 bars are not told. A function of where the series begins, for some hundred bars.",
  inputs: [{ name: "value", from: "close" }],
  params: { fastLimit: { ...LIMIT, default: 0.5 }, slowLimit: { ...LIMIT, default: 0.05 } },
  outputs: ["mama", "fama"],
  unit: "input",
  warmup: () => PERIOD_WARMUP,
  init: createMama,
  step(state, p, x, out) {
    const isWarm = pushMama(state, p.fastLimit, p.slowLimit, x[0]!);
    out[0] = isWarm ? state.mama : Number.NaN;
    out[1] = isWarm ? state.fama : Number.NaN;
  },
});

/**
 * MESA adaptive moving average: `.mama` and its follower `.fama`, in the input's unit.
 * @param fastLimit the largest weight of a value, 0.01 to 0.99. @param slowLimit the smallest.
 */
export const mama = factory(definition, (fastLimit?: number, slowLimit?: number) => ({
  fastLimit,
  slowLimit,
}));
