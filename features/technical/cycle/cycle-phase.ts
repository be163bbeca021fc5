import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { DEGREES, PHASE_WARMUP } from "./hilbert.ts";
import { createCycle, isWarmCycle, movePhase, moveTrendline, pushCycle, trendMode } from "./phase.ts";

const SHARED = {
  version: 1,
  group: "cycle",
  inputs: [{ name: "value", from: "close" }],
  params: {},
  warmup: () => PHASE_WARMUP,
  init: createCycle,
} as const;
const START = "the transform starts from zeros at bar 37, and the first 63 bars are not told.";

const phaseDefinition = defineFeature({
  ...SHARED,
  id: "technical.ht-dcphase",
  talib: "HT_DCPHASE",
  summary: "Where in the cycle that rules it the price stands, -45 to 315 degrees.",
  source: `Ehlers 2001; TA-Lib HT_DCPHASE: ${START}`,
  outputs: ["value"],
  unit: "degrees",
  step(state, _p, x, out) {
    if (pushCycle(state, x[0]!)) movePhase(state);
    out[0] = isWarmCycle(state) ? state.phase : Number.NaN;
  },
});

/** Phase of the dominant cycle, -45 to 315 degrees. */
export const htDcPhase = factory(phaseDefinition, () => ({}));

const sineDefinition = defineFeature({
  ...SHARED,
  id: "technical.ht-sine",
  talib: "HT_SINE",
  summary:
    "Sine of the cycle's phase, and the same an eighth of a cycle ahead: they cross where the cycle turns.",
  source: `Ehlers 2001; TA-Lib HT_SINE: ${START}`,
  outputs: ["sine", "leadSine"],
  unit: "score",
  step(state, _p, x, out) {
    if (pushCycle(state, x[0]!)) movePhase(state);
    const isReady = isWarmCycle(state);
    out[0] = isReady ? Math.sin(state.phase / DEGREES) : Number.NaN;
    out[1] = isReady ? Math.sin((state.phase + 45) / DEGREES) : Number.NaN;
  },
});

/** Sine of the dominant cycle's phase: `.sine` and `.leadSine`, -1 to 1. */
export const htSine = factory(sineDefinition, () => ({}));

const trendlineDefinition = defineFeature({
  ...SHARED,
  id: "technical.ht-trendline",
  talib: "HT_TRENDLINE",
  summary: "Instantaneous trendline: the mean over one whole cycle, which leaves the cycle out, smoothed.",
  source: `Ehlers 2001; TA-Lib HT_TRENDLINE: ${START}`,
  outputs: ["value"],
  unit: "input",
  step(state, _p, x, out) {
    const line = pushCycle(state, x[0]!) ? moveTrendline(state) : Number.NaN;
    out[0] = isWarmCycle(state) ? line : Number.NaN;
  },
});

/** Instantaneous trendline, in the input's unit. */
export const htTrendline = factory(trendlineDefinition, () => ({}));

const modeDefinition = defineFeature({
  ...SHARED,
  id: "technical.ht-trendmode",
  talib: "HT_TRENDMODE",
  summary: "1 where the price follows a trend, 0 where it goes in a cycle.",
  source: `Ehlers 2001; TA-Lib HT_TRENDMODE: ${START}`,
  outputs: ["value"],
  unit: "signal",
  step(state, _p, x, out) {
    const lastPhase = state.phase;
    out[0] = Number.NaN;
    if (!pushCycle(state, x[0]!)) return;
    movePhase(state);
    const mode = trendMode(state, lastPhase, moveTrendline(state));
    if (isWarmCycle(state)) out[0] = mode;
  },
});

/** 1 in a trend, 0 in a cycle. */
export const htTrendMode = factory(modeDefinition, () => ({}));
