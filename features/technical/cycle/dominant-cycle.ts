import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { createHilbert, isWarm, PERIOD_START, PERIOD_WARMUP, pushHilbert } from "./hilbert.ts";

const SHARED = {
  version: 1,
  group: "cycle",
  inputs: [{ name: "value", from: "close" }],
  params: {},
  warmup: () => PERIOD_WARMUP,
} as const;
const START = "the transform starts from zeros at bar 12, and the first 32 bars are not told.";

const periodDefinition = defineFeature({
  ...SHARED,
  id: "technical.ht-dcperiod",
  talib: "HT_DCPERIOD",
  summary: "Length of the cycle that rules the price, by the Hilbert transform.",
  source: `Ehlers 2001; TA-Lib HT_DCPERIOD: ${START}`,
  outputs: ["value"],
  unit: "bars",
  init: createHilbert,
  step(state, _p, x, out) {
    pushHilbert(state, x[0]!, PERIOD_START);
    out[0] = isWarm(state, PERIOD_WARMUP) ? state.smoothPeriod : Number.NaN;
  },
});

/** Length of the dominant cycle, in bars, 6 to 50. */
export const htDcPeriod = factory(periodDefinition, () => ({}));

const phasorDefinition = defineFeature({
  ...SHARED,
  id: "technical.ht-phasor",
  talib: "HT_PHASOR",
  summary: "The detrended price as a vector that turns with the cycle: in phase, and a quarter cycle apart.",
  source: `Ehlers 2001; TA-Lib HT_PHASOR: ${START}`,
  outputs: ["inPhase", "quadrature"],
  unit: "input",
  init: createHilbert,
  step(state, _p, x, out) {
    pushHilbert(state, x[0]!, PERIOD_START);
    const isReady = isWarm(state, PERIOD_WARMUP);
    out[0] = isReady ? state.inPhase[state.at]! : Number.NaN;
    out[1] = isReady ? state.quadrature[state.at]! : Number.NaN;
  },
});

/** The dominant cycle as a phasor: `.inPhase` and `.quadrature`, in the input's unit. */
export const htPhasor = factory(phasorDefinition, () => ({}));
