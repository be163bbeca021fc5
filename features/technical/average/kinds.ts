/**
 * The moving averages by name, each as a state and what a value does to it: the features of this folder, and the
 * parameter "average" of others, are made of them.
 */
import type { FeatureDefinition, FeatureState } from "../../define.ts";
import { meanColumn } from "../../rolling/blocks.ts";
import { createLine, isFullLine, type Line, pushLine, weightedMeanOf } from "../../rolling/line.ts";
import { weightedColumn } from "../../rolling/line-columns.ts";
import {
  createMean,
  isFullMean,
  type Mean,
  meanOf,
  pushMean,
  takeMean,
  takeThree,
} from "../../rolling/mean.ts";
import { agoOf, createRing, oldestOf, pushRing, type Ring } from "../../rolling/ring.ts";
import { createSmoothing, smoothExponential, smoothWilder } from "../../rolling/smoothing.ts";
import { PERIOD_WARMUP } from "../cycle/hilbert.ts";
import { createMama, type Mama, pushMama } from "../cycle/mama-average.ts";
import {
  type AverageColumn,
  adaptiveColumn,
  doubleColumn,
  exponentialColumn,
  hullColumn,
  triangularColumn,
  tripleColumn,
  wilderColumn,
  zeroLagColumn,
} from "./columns.ts";
import { createTillson, pushTillson, type Tillson, tillsonColumn } from "./tillson.ts";

// Of this module (see `FeatureDefinition.step`).
const takeFew = takeThree;

/** How an average is kept. */
export interface AverageKind<S extends FeatureState = FeatureState> {
  /** Bars before its first value. @param n its period. */
  warmup(n: number): number;
  create(n: number, barMs: number): S;
  /** Takes a finite value, or NaN, which changes nothing; the average, NaN while there is none. */
  push(state: S, n: number, x: number, time: number): number;
  /** The same over a whole column, where it can be said faster. */
  readonly column?: AverageColumn;
  /** As {@link FeatureDefinition.tiled}, of the column. */
  readonly tiled?: true;
}

function kind<S extends FeatureState>(one: AverageKind<S>): AverageKind {
  return one as unknown as AverageKind;
}

const simple = kind<Mean>({
  warmup: (n) => n - 1,
  create: createMean,
  push: (mean, _n, x, time) => (Number.isNaN(x) ? x : takeMean(mean, x, time)),
  column: meanColumn,
  tiled: true,
});

const weighted = kind<Line>({
  warmup: (n) => n - 1,
  create: createLine,
  push(line, _n, x, time) {
    if (Number.isNaN(x)) return x;
    pushLine(line, x, time);
    return isFullLine(line) ? weightedMeanOf(line) : Number.NaN;
  },
  column: weightedColumn,
  tiled: true,
});

const exponential = kind<{ s: Float64Array }>({
  warmup: (n) => n - 1,
  create: () => ({ s: createSmoothing() }),
  push: ({ s }, n, x) => (Number.isNaN(x) ? x : smoothExponential(s, n, x)),
  column: exponentialColumn,
});

const wilder = kind<{ s: Float64Array }>({
  warmup: (n) => n - 1,
  create: () => ({ s: createSmoothing() }),
  push: ({ s }, n, x) => (Number.isNaN(x) ? x : smoothWilder(s, n, x)),
  column: wilderColumn,
});

/** Averages of averages, each beginning with the first value of the one before. */
function chain(s: Float64Array[], n: number, x: number): void {
  let value = x;
  for (const one of s) {
    if (Number.isNaN(value)) return;
    value = smoothExponential(one, n, value);
  }
}

/** What an exponential average stands at: NaN before its n-th value. */
function standsAt(s: Float64Array, n: number): number {
  return s[0]! < n ? Number.NaN : s[1]!;
}

/** Mulloy 1994: 2 e1 - e2. */
const double = kind<{ a: Float64Array; b: Float64Array }>({
  warmup: (n) => 2 * (n - 1),
  create: () => ({ a: createSmoothing(), b: createSmoothing() }),
  push({ a, b }, n, x) {
    if (Number.isNaN(x)) return x;
    chain([a, b], n, x);
    return 2 * standsAt(a, n) - standsAt(b, n);
  },
  column: doubleColumn,
});

/** Mulloy 1994: 3 e1 - 3 e2 + e3. */
const triple = kind<{ a: Float64Array; b: Float64Array; c: Float64Array }>({
  warmup: (n) => 3 * (n - 1),
  create: () => ({ a: createSmoothing(), b: createSmoothing(), c: createSmoothing() }),
  push({ a, b, c }, n, x) {
    if (Number.isNaN(x)) return x;
    chain([a, b, c], n, x);
    return 3 * standsAt(a, n) - 3 * standsAt(b, n) + standsAt(c, n);
  },
  column: tripleColumn,
});

/** A simple average of a simple average: weights that rise and fall again. */
const triangular = kind<{ first: Mean; second: Mean }>({
  warmup: (n) => n - 1,
  create(n, barMs) {
    const half = Math.floor((n + 1) / 2);
    return { first: createMean(half, barMs), second: createMean(n + 1 - half, barMs) };
  },
  push({ first, second }, _n, x, time) {
    if (Number.isNaN(x)) return x;
    pushMean(first, x, time);
    if (!isFullMean(first)) return Number.NaN;
    pushMean(second, meanOf(first), time);
    return isFullMean(second) ? meanOf(second) : Number.NaN;
  },
  column: triangularColumn,
  tiled: true,
});

type Kama = { past: Ring; steps: Mean; last: number; value: number };

/** Kaufman 1998: the smoothing follows the efficiency of the last n bars, between 2 / 31 and 2 / 3. */
const adaptive = kind<Kama>({
  warmup: (n) => n,
  create: (n, barMs) => ({
    past: createRing(n),
    steps: createMean(n, barMs),
    last: Number.NaN,
    value: Number.NaN,
  }),
  push(k, n, x, time) {
    if (Number.isNaN(x)) return x;
    const step = Math.abs(x - k.last);
    const old = oldestOf(k.past);
    if (!Number.isNaN(step)) pushMean(k.steps, step, time);
    if (!Number.isNaN(old)) {
      const change = x - old;
      const path = meanOf(k.steps) * n;
      // As TA-Lib has it: any rise without a fall between is fully efficient, and so is no movement.
      const efficiency = path <= change || path === 0 ? 1 : Math.abs(change / path);
      const root = efficiency * (2 / 3 - 2 / 31) + 2 / 31;
      if (Number.isNaN(k.value)) k.value = k.last;
      k.value += (x - k.value) * root * root;
    }
    pushRing(k.past, x);
    k.last = x;
    return k.value;
  },
  column: adaptiveColumn,
  tiled: true,
});

/** Tillson 1998, with his volume factor. */
const tillson = kind<Tillson>({
  warmup: (n) => 6 * (n - 1),
  create: createTillson,
  push: (t, n, x) => (Number.isNaN(x) ? x : pushTillson(t, n, 0.7, x)),
  column: (x, out, n) => tillsonColumn(x, out, n, 0.7),
});

/** Hull 2005: a weighted average over sqrt(n) of twice the one over n / 2 minus the one over n. */
const hull = kind<{ half: Line; full: Line; last: Line }>({
  warmup: (n) => n + Math.floor(Math.sqrt(n)) - 2,
  create: (n, barMs) => ({
    half: createLine(Math.max(1, Math.floor(n / 2)), barMs),
    full: createLine(n, barMs),
    last: createLine(Math.floor(Math.sqrt(n)), barMs),
  }),
  push({ half, full, last }, _n, x, time) {
    if (Number.isNaN(x)) return x;
    pushLine(half, x, time);
    pushLine(full, x, time);
    if (!isFullLine(full)) return Number.NaN;
    pushLine(last, 2 * weightedMeanOf(half) - weightedMeanOf(full), time);
    return isFullLine(last) ? weightedMeanOf(last) : Number.NaN;
  },
  column: hullColumn,
  tiled: true,
});

/** Ehlers and Way 2010: an exponential average of the value plus its change over half the period. */
const zeroLag = kind<{ past: Ring; s: Float64Array }>({
  warmup: (n) => n - 1 + Math.floor((n - 1) / 2),
  create: (n) => ({ past: createRing(Math.max(1, Math.floor((n - 1) / 2))), s: createSmoothing() }),
  push({ past, s }, n, x) {
    if (Number.isNaN(x)) return x;
    const lag = Math.floor((n - 1) / 2);
    const isReady = lag === 0 || past.filled === lag;
    const old = lag === 0 ? x : isReady ? agoOf(past, lag - 1) : Number.NaN;
    pushRing(past, x);
    return isReady ? smoothExponential(s, n, 2 * x - old) : Number.NaN;
  },
  column: zeroLagColumn,
});

/** Ehlers 2001, with limits 0.5 and 0.05, whatever the period; of a period of 1 the value itself. */
const mesa = kind<Mama>({
  warmup: (n) => (n === 1 ? 0 : PERIOD_WARMUP),
  create: createMama,
  push(state, n, x) {
    if (n === 1 || Number.isNaN(x)) return x;
    return pushMama(state, 0.5, 0.05, x) ? state.mama : Number.NaN;
  },
});

/** In TA-Lib's order. */
export const AVERAGE_KINDS = {
  sma: simple,
  ema: exponential,
  wma: weighted,
  dema: double,
  tema: triple,
  trima: triangular,
  kama: adaptive,
  mama: mesa,
  t3: tillson,
  hma: hull,
  zlema: zeroLag,
  rma: wilder,
} as const;

/**
 * Takes a finite value into the average of a name, as {@link AverageKind.push}; into the usual one, the simple average
 * of three, by the shortest way.
 */
export function pushAverage(
  name: AverageName,
  state: FeatureState,
  n: number,
  x: number,
  time: number,
): number {
  if (n === 3 && name === "sma") return takeFew(state as unknown as Mean, x);
  return AVERAGE_KINDS[name].push(state, n, x, time);
}

export type AverageName = keyof typeof AVERAGE_KINDS;

/** A parameter that names an average; the simple one is TA-Lib's default. */
export const AVERAGE_PARAM = {
  kind: "choice",
  options: Object.keys(AVERAGE_KINDS) as AverageName[],
  default: "sma",
} as const;
