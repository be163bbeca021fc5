import { defineFeature } from "../define.ts";
import { factory } from "../feature.ts";
import { blockTiles, createBlocks } from "../rolling/blocks.ts";
import { coMomentLane } from "../rolling/co-moment-columns.ts";
import {
  createCoMoments,
  isFullCoMoments,
  productsOf,
  pushCoMoments,
  xSquaresOf,
  ySquaresOf,
} from "../rolling/co-moments.ts";
import { INPUT_LANES, OUTPUT_LANES } from "../rolling/lanes.ts";
import { createRing, oldestOf, pushRing } from "../rolling/ring.ts";
import { divisorOf, ESTIMATE_PARAM, type Estimate } from "./estimate.ts";

const inputs = [
  { name: "first", from: "high" },
  { name: "second", from: "low" },
] as const;
const PERIOD = { kind: "int", min: 2, max: 10_000, default: 30 } as const;
const SHARED = { version: 1, group: "statistic", inputs, outputs: ["value"] } as const;
const JUDGE = "summed so that it does not drift, as TA-Lib's sums do.";

/** Whether a statistic is of the values as they are or of their simple returns from bar to bar. */
const OF = { kind: "choice", options: ["values", "returns"] } as const;
type Of = (typeof OF)["options"][number];

type Pairs = { readonly moments: ReturnType<typeof createCoMoments>; lastX: number; lastY: number };

function createPairs(n: number, barMs: number): Pairs {
  return { moments: createCoMoments(n, barMs), lastX: Number.NaN, lastY: Number.NaN };
}

/** Takes both values; true once n pairs were taken. A return on a value of 0 counts as 0, as TA-Lib has it. */
function pushPair(s: Pairs, of: Of, x: number, y: number, time: number): boolean {
  const { moments, lastX, lastY } = s;
  s.lastX = x;
  s.lastY = y;
  if (of === "values") pushCoMoments(moments, x, y, time);
  else {
    if (Number.isNaN(lastX)) return false;
    const rx = lastX === 0 ? 0 : (x - lastX) / lastX;
    const ry = lastY === 0 ? 0 : (y - lastY) / lastY;
    pushCoMoments(moments, rx, ry, time);
  }
  return isFullCoMoments(moments);
}

function correlationOf(s: Pairs["moments"]): number {
  return correlationFrom(xSquaresOf(s), ySquaresOf(s), productsOf(s));
}

function correlationFrom(xSquares: number, ySquares: number, products: number): number {
  const spread = xSquares * ySquares;
  if (spread <= 0) return 0;
  const value = products / Math.sqrt(spread);
  return value > 1 ? 1 : value < -1 ? -1 : value;
}

const [xs, ys] = INPUT_LANES;
const [xSquares, ySquares, products] = OUTPUT_LANES;

/** The same sums over tiles. @param use makes the result, in the first lane of the outputs, of the sums in the first three. */
function pairTiles(
  { period, of }: { readonly period: number; readonly of: Of },
  x: readonly Float64Array[],
  out: readonly Float64Array[],
  time: Float64Array,
  barMs: number,
  use: (start: number, end: number) => void,
): void {
  const blocks = createBlocks(period, time, barMs, of === "returns" ? 1 : 0);
  blockTiles(x, out, [blocks], (tile) => {
    if (of === "returns") returnsTile(tile.end);
    coMomentLane(blocks, tile);
    use(tile.start, tile.end);
  });
}

/** Both values become returns; that of the first bar in the lanes is none, and is not asked for. */
function returnsTile(end: number): void {
  let lastX = xs[0]!;
  let lastY = ys[0]!;
  for (let i = 1; i < end; i++) {
    const x = xs[i]!;
    const y = ys[i]!;
    xs[i] = lastX === 0 ? 0 : (x - lastX) / lastX;
    ys[i] = lastY === 0 ? 0 : (y - lastY) / lastY;
    lastX = x;
    lastY = y;
  }
}

function correlationTile(start: number, end: number): void {
  for (let i = start; i < end; i++) xSquares[i] = correlationFrom(xSquares[i]!, ySquares[i]!, products[i]!);
}

function slopeTile(start: number, end: number): void {
  for (let i = start; i < end; i++) xSquares[i] = xSquares[i]! > 0 ? products[i]! / xSquares[i]! : 0;
}

const pairWarmup = (p: { readonly period: number; readonly of: Of }) =>
  p.period - (p.of === "values" ? 1 : 0);

const correlationDefinition = defineFeature({
  ...SHARED,
  id: "statistic.correlation",
  talib: "CORREL",
  summary: "Pearson's correlation of two values over n bars, -1 to 1.",
  source: `TA-Lib CORREL: of the values as they are, 0 where one of them has not moved; ${JUDGE}`,
  params: { period: PERIOD, of: { ...OF, default: "values" } },
  unit: "score",
  warmup: pairWarmup,
  init: (p, barMs) => createPairs(p.period, barMs),
  step(state, p, x, out, time) {
    out[0] = pushPair(state, p.of, x[0]!, x[1]!, time) ? correlationOf(state.moments) : Number.NaN;
  },
  tiled: true,
  batch: (p, x, out, time, barMs) => pairTiles(p, x, out, time, barMs, correlationTile),
});

/**
 * Correlation of two values, of high and low without `of(...)`: `correlation(50, "returns").of("close", math.column("close").at("ETH/USDT"))`.
 * @param period bars, 2 to 10,000. @param of "values" without it, or their "returns".
 */
export const correlation = factory(correlationDefinition, (period?: number, of?: Of) => ({ period, of }));

const betaDefinition = defineFeature({
  ...SHARED,
  id: "statistic.beta",
  talib: "BETA",
  summary: "Beta: how much the second value moves with one unit of the first, by least squares over n bars.",
  source: `TA-Lib BETA: of simple returns, the second regressed on the first; 0 where the first has not moved; ${JUDGE}`,
  params: { period: { ...PERIOD, min: 1, default: 5 }, of: { ...OF, default: "returns" } },
  unit: "score",
  warmup: pairWarmup,
  init: (p, barMs) => createPairs(p.period, barMs),
  step(state, p, x, out, time) {
    if (!pushPair(state, p.of, x[0]!, x[1]!, time)) {
      out[0] = Number.NaN;
      return;
    }
    const squares = xSquaresOf(state.moments);
    out[0] = squares > 0 ? productsOf(state.moments) / squares : 0;
  },
  tiled: true,
  batch: (p, x, out, time, barMs) => pairTiles(p, x, out, time, barMs, slopeTile),
});

/**
 * Slope of the second value against the first, of high and low without `of(...)`: `beta(60).of(market, asset)`.
 * @param period bars, 1 to 10,000. @param of their "returns" without it, or "values".
 */
export const beta = factory(betaDefinition, (period?: number, of?: Of) => ({ period, of }));

const covarianceDefinition = defineFeature({
  ...SHARED,
  id: "statistic.covariance",
  summary: "Covariance of two values over n bars.",
  source: "sum (x - mean x)(y - mean y) / n; by n - 1 for a sample.",
  params: { period: PERIOD, of: { ...OF, default: "values" }, estimate: ESTIMATE_PARAM },
  unit: "price2",
  warmup: pairWarmup,
  init: (p, barMs) => createPairs(p.period, barMs),
  step(state, p, x, out, time) {
    out[0] = pushPair(state, p.of, x[0]!, x[1]!, time)
      ? productsOf(state.moments) / divisorOf(p.estimate, p.period)
      : Number.NaN;
  },
});

/**
 * Covariance of two values, of high and low without `of(...)`, in the product of their units.
 * @param period bars, 2 to 10,000. @param of "values" without it, or their "returns". @param estimate "population" without
 * it, or "sample".
 */
export const covariance = factory(covarianceDefinition, (period?: number, of?: Of, estimate?: Estimate) => ({
  period,
  of,
  estimate,
}));

const autocorrelationDefinition = defineFeature({
  id: "statistic.autocorrelation",
  version: 1,
  group: "statistic",
  summary: "Correlation of a value with itself some bars ago, over n pairs, -1 to 1.",
  source:
    "Pearson's correlation of the pairs, each side with its own mean, as pandas' autocorr; 0 where nothing has moved.",
  inputs: [{ name: "value", from: "close" }],
  params: {
    period: { ...PERIOD, min: 3 },
    lag: { kind: "int", min: 1, max: 1000, default: 1 },
    of: { ...OF, default: "returns" },
  },
  outputs: ["value"],
  unit: "score",
  warmup: (p) => p.period + p.lag - (p.of === "values" ? 1 : 0),
  init: (p, barMs) => ({
    moments: createCoMoments(p.period, barMs),
    past: createRing(p.lag),
    last: Number.NaN,
  }),
  step(state, p, x, out, time) {
    const { moments, past, last } = state;
    out[0] = Number.NaN;
    state.last = x[0]!;
    let value = x[0]!;
    if (p.of === "returns") {
      if (Number.isNaN(last)) return;
      value = last === 0 ? 0 : (value - last) / last;
    }
    const old = oldestOf(past);
    pushRing(past, value);
    if (Number.isNaN(old)) return;
    pushCoMoments(moments, old, value, time);
    if (isFullCoMoments(moments)) out[0] = correlationOf(moments);
  },
});

/**
 * Autocorrelation, of simple returns of the close.
 * @param period pairs, 3 to 10,000. @param lag bars between both of a pair, 1 to 1000. @param of "returns" without it, or
 * "values".
 */
export const autocorrelation = factory(
  autocorrelationDefinition,
  (period?: number, lag?: number, of?: Of) => ({ period, lag, of }),
);
