/**
 * Volatility from the whole bar, not from its close alone. Symbols, in logs of one bar:
 *   o = open / last close,  u = high / open,  d = low / open,  c = close / open
 * Each averages its bars' variances over n bars and takes the root. Prices that are not above 0 are passed over.
 */
import { defineFeature, type FeatureState } from "../../define.ts";
import { factory } from "../../feature.ts";
import { createMean, isFullMean, type Mean, meanOf, pushMean } from "../../rolling/mean.ts";
import { createMoments, isFullMoments, pushMoments, squaresOf } from "../../rolling/moments.ts";
import { BARS_PER_YEAR, volatilityOf } from "./annual.ts";

const PERIOD = { kind: "int", min: 1, max: 10_000, default: 20 } as const;

function arePrices(x: Float64Array): boolean {
  return x[0]! > 0 && x[1]! > 0 && x[2]! > 0 && x[3]! > 0;
}

/** A volatility whose variance of a bar depends on that bar alone. @param variance of open, high, low, close. */
function define(
  name: string,
  text: { readonly summary: string; readonly source: string },
  variance: (x: Float64Array) => number,
) {
  return defineFeature({
    id: `technical.${name}`,
    version: 1,
    group: "volatility",
    summary: text.summary,
    source: text.source,
    inputs: ["open", "high", "low", "close"],
    params: { period: PERIOD, barsPerYear: BARS_PER_YEAR },
    outputs: ["value"],
    unit: "fraction",
    sparse: true,
    warmup: (p) => p.period - 1,
    init: (p, barMs): Mean & FeatureState => createMean(p.period, barMs),
    step(state, p, x, out, time) {
      out[0] = Number.NaN;
      if (!arePrices(x)) return;
      pushMean(state, variance(x), time);
      if (isFullMean(state)) out[0] = volatilityOf(meanOf(state), p.barsPerYear);
    },
  });
}

const RANGE_SCALE = 1 / (4 * Math.LN2);

const parkinsonDefinition = define(
  "parkinson",
  {
    summary:
      "Parkinson's volatility: from highs and lows; a fifth of the bars that closes need for the same accuracy.",
    source:
      "Parkinson 1980: (u - d)^2 / (4 ln 2). No drift, no gaps between bars; too small where trades are few.",
  },
  (x) => {
    const range = Math.log(x[1]! / x[2]!);
    return RANGE_SCALE * range * range;
  },
);
/**
 * Parkinson's volatility, a fraction, per bar unless bars of a year are given.
 * @param period bars, 1 to 10,000. @param barsPerYear to annualise, 1 (not) to 1e9.
 */
export const parkinson = factory(parkinsonDefinition, (period?: number, barsPerYear?: number) => ({
  period,
  barsPerYear,
}));

const BODY_SCALE = 2 * Math.LN2 - 1;

const garmanKlassDefinition = define(
  "garman-klass",
  {
    summary: "Garman and Klass's volatility: from open, high, low and close.",
    source:
      "Garman and Klass 1980, in the simpler form: (u - d)^2 / 2 - (2 ln 2 - 1) c^2. No drift, no gaps between bars.",
  },
  (x) => {
    const range = Math.log(x[1]! / x[2]!);
    const body = Math.log(x[3]! / x[0]!);
    return 0.5 * range * range - BODY_SCALE * body * body;
  },
);
/**
 * Garman and Klass's volatility, a fraction, per bar unless bars of a year are given.
 * @param period bars, 1 to 10,000. @param barsPerYear to annualise, 1 (not) to 1e9.
 */
export const garmanKlass = factory(garmanKlassDefinition, (period?: number, barsPerYear?: number) => ({
  period,
  barsPerYear,
}));

/** u (u - c) + d (d - c). */
function rogersSatchellOf(x: Float64Array): number {
  const up = Math.log(x[1]! / x[0]!);
  const down = Math.log(x[2]! / x[0]!);
  const body = Math.log(x[3]! / x[0]!);
  return up * (up - body) + down * (down - body);
}

const rogersSatchellDefinition = define(
  "rogers-satchell",
  {
    summary: "Rogers and Satchell's volatility: from open, high, low and close, whatever the drift.",
    source: "Rogers and Satchell 1991: u (u - c) + d (d - c). No gaps between bars.",
  },
  rogersSatchellOf,
);
/**
 * Rogers and Satchell's volatility, a fraction, per bar unless bars of a year are given.
 * @param period bars, 1 to 10,000. @param barsPerYear to annualise, 1 (not) to 1e9.
 */
export const rogersSatchell = factory(rogersSatchellDefinition, (period?: number, barsPerYear?: number) => ({
  period,
  barsPerYear,
}));

const yangZhangDefinition = defineFeature({
  id: "technical.yang-zhang",
  version: 1,
  group: "volatility",
  summary: "Yang and Zhang's volatility: from whole bars and the gaps between them, whatever the drift.",
  source:
    "Yang and Zhang 2000: V(o) + k V(c) + (1 - k) V(Rogers and Satchell), k = 0.34 / (1.34 + (n + 1) / (n - 1)); V(o) and V(c) are sample variances (n - 1).",
  inputs: ["open", "high", "low", "close"],
  params: { period: { ...PERIOD, min: 2 }, barsPerYear: BARS_PER_YEAR },
  outputs: ["value"],
  unit: "fraction",
  sparse: true,
  warmup: (p) => p.period,
  init: (p, barMs) => ({
    last: Number.NaN,
    gaps: createMoments(p.period, barMs),
    bodies: createMoments(p.period, barMs),
    bars: createMean(p.period, barMs),
  }),
  step(state, p, x, out, time) {
    out[0] = Number.NaN;
    if (!arePrices(x)) return;
    const gap = Math.log(x[0]! / state.last);
    state.last = x[3]!;
    if (Number.isNaN(gap)) return;
    pushMoments(state.gaps, gap, time);
    pushMoments(state.bodies, Math.log(x[3]! / x[0]!), time);
    pushMean(state.bars, rogersSatchellOf(x), time);
    if (!isFullMoments(state.gaps)) return;
    const n = p.period;
    const k = 0.34 / (1.34 + (n + 1) / (n - 1));
    const between = squaresOf(state.gaps) / (n - 1);
    const within = (k * squaresOf(state.bodies)) / (n - 1) + (1 - k) * meanOf(state.bars);
    out[0] = volatilityOf(between + within, p.barsPerYear);
  },
});

/**
 * Yang and Zhang's volatility, a fraction, per bar unless bars of a year are given.
 * @param period bars, 2 to 10,000. @param barsPerYear to annualise, 1 (not) to 1e9.
 */
export const yangZhang = factory(yangZhangDefinition, (period?: number, barsPerYear?: number) => ({
  period,
  barsPerYear,
}));
