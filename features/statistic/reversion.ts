/** Whether a price wanders, trends or comes back. Values that are not above 0 have no logarithm and are passed over. */
import { defineFeature } from "../define.ts";
import { factory } from "../feature.ts";
import {
  createCoMoments,
  isFullCoMoments,
  productsOf,
  pushCoMoments,
  xSquaresOf,
} from "../rolling/co-moments.ts";
import {
  createMoments,
  isFullMoments,
  type Moments,
  meanOf,
  pushMoments,
  squaresOf,
} from "../rolling/moments.ts";
import { agoOf, createRing, oldestOf, pushRing, type Ring } from "../rolling/ring.ts";

const SHARED = {
  version: 1,
  group: "statistic",
  inputs: [{ name: "value", from: "close" }],
  sparse: true,
} as const;

const halfLifeDefinition = defineFeature({
  ...SHARED,
  id: "statistic.half-life",
  summary:
    "Bars in which half of a distance from the mean is made good, of a first-order autoregression over n bars.",
  source:
    "-ln 2 / ln b, b the slope of x on x of the bar before, by least squares; NaN unless 0 < b < 1: such a value does not come back.",
  params: { period: { kind: "int", min: 3, max: 10_000, default: 100 } },
  outputs: ["value"],
  unit: "bars",
  warmup: (p) => p.period,
  init: (p, barMs) => ({ pairs: createCoMoments(p.period, barMs), last: Number.NaN }),
  step(state, _p, x, out, time) {
    const { pairs, last } = state;
    out[0] = Number.NaN;
    state.last = x[0]!;
    if (Number.isNaN(last)) return;
    pushCoMoments(pairs, last, x[0]!, time);
    const squares = xSquaresOf(pairs);
    if (!isFullCoMoments(pairs) || squares <= 0) return;
    const slope = productsOf(pairs) / squares;
    if (slope > 0 && slope < 1) out[0] = -Math.LN2 / Math.log(slope);
  },
});

/** Half-life of mean reversion, in bars. @param period pairs of bars, 3 to 10,000. */
export const halfLife = factory(halfLifeDefinition, (period?: number) => ({ period }));

const varianceRatioDefinition = defineFeature({
  ...SHARED,
  id: "statistic.variance-ratio",
  summary:
    "Variance of q-bar log returns over q times that of one-bar returns: 1 for a random walk, above it in trends, below in reversals; and its z-score.",
  source:
    "Lo and MacKinlay 1988: overlapping returns, both variances unbiased; z under the random walk with equal variances. NaN where nothing has moved.",
  params: {
    period: { kind: "int", min: 4, max: 10_000, default: 100 },
    q: { kind: "int", min: 2, max: 1000, default: 2 },
  },
  outputs: ["ratio", "z"],
  unit: "score",
  check: (p) => (p.q < p.period ? undefined : "q must be below the period"),
  warmup: (p) => p.period,
  init: (p, barMs) => ({
    past: createRing(p.q),
    short: createMoments(p.period, barMs),
    long: createMoments(p.period - p.q + 1, barMs),
  }),
  step({ past, short, long }, p, x, out, time) {
    out[0] = Number.NaN;
    out[1] = Number.NaN;
    if (x[0]! <= 0) return;
    const value = Math.log(x[0]!);
    if (past.filled > 0) pushMoments(short, value - agoOf(past, 0), time);
    const old = oldestOf(past);
    if (!Number.isNaN(old)) pushMoments(long, value - old, time);
    pushRing(past, value);
    const squares = squaresOf(short);
    if (!isFullMoments(short) || squares <= 0) return;
    const { period: n, q } = p;
    const count = n - q + 1;
    const off = meanOf(long) - q * meanOf(short);
    const ratio = (squaresOf(long) + count * off * off) / (q * count * (1 - q / n)) / (squares / (n - 1));
    out[0] = ratio;
    out[1] = (ratio - 1) / Math.sqrt((2 * (2 * q - 1) * (q - 1)) / (3 * q * n));
  },
});

/** Variance ratio: `.ratio` and its `.z`. @param period one-bar returns, 4 to 10,000. @param q bars of the long return, 2 to 1000. */
export const varianceRatio = factory(varianceRatioDefinition, (period?: number, q?: number) => ({
  period,
  q,
}));

/** Deviation of the changes over one lag; the next lag is twice as long. The last has lag 0 and stands for nothing. */
type Scale = { readonly lag: number; readonly changes: Moments; readonly next: Scale };

function createScales(period: number, lag: number, longest: number, barMs: number): Scale {
  if (lag > longest) return { lag: 0 } as Scale;
  return {
    lag,
    changes: createMoments(period - lag, barMs),
    next: createScales(period, 2 * lag, longest, barMs),
  };
}

/** Slope of the logarithm of the deviation on that of the lag; NaN where a lag has not moved. */
function slopeOf(first: Scale): number {
  let count = 0;
  let sx = 0;
  let sy = 0;
  let sxx = 0;
  let sxy = 0;
  for (let scale = first; scale.lag > 0; scale = scale.next) {
    // Lags are powers of 2: counted in doublings, and so is the deviation.
    const y = 0.5 * Math.log2(squaresOf(scale.changes) / scale.changes.n);
    sx += count;
    sy += y;
    sxx += count * count;
    sxy += count * y;
    count++;
  }
  const slope = (count * sxy - sx * sy) / (count * sxx - sx * sx);
  return Number.isFinite(slope) ? slope : Number.NaN;
}

function pushScales(first: Scale, past: Ring, value: number, time: number): void {
  for (let scale = first; scale.lag > 0; scale = scale.next) {
    if (past.filled >= scale.lag) pushMoments(scale.changes, value - agoOf(past, scale.lag - 1), time);
  }
}

const hurstDefinition = defineFeature({
  ...SHARED,
  id: "statistic.hurst",
  summary:
    "Hurst exponent of the log price over n bars: 0.5 for a random walk, above it in trends, below in reversals.",
  source:
    "Slope of ln(standard deviation of the change over a lag) on ln(lag), lags 1, 2, 4 to the longest (the generalised exponent of order 2, centred); not the rescaled range. NaN where nothing has moved.",
  params: {
    period: { kind: "int", min: 8, max: 10_000, default: 100 },
    longest: { kind: "int", min: 2, max: 512, default: 16 },
  },
  outputs: ["value"],
  unit: "score",
  check: (p) => (2 * p.longest <= p.period ? undefined : "the longest lag must be at most half the period"),
  warmup: (p) => p.period - 1,
  init: (p, barMs) => ({ past: createRing(p.longest), first: createScales(p.period, 1, p.longest, barMs) }),
  step({ past, first }, _p, x, out, time) {
    out[0] = Number.NaN;
    if (x[0]! <= 0) return;
    const value = Math.log(x[0]!);
    pushScales(first, past, value, time);
    pushRing(past, value);
    if (isFullMoments(first.changes)) out[0] = slopeOf(first);
  },
});

/** Hurst exponent. @param period bars, 8 to 10,000. @param longest lag, 2 to 512, at most half the period. */
export const hurst = factory(hurstDefinition, (period?: number, longest?: number) => ({ period, longest }));
