import { defineFeature, type FeatureDefinition } from "../../define.ts";
import { runLoop } from "../../drive/loop.ts";
import { factory } from "../../feature.ts";
import { meanColumn } from "../../rolling/blocks.ts";
import { INPUT_LANES, OUTPUT_LANES } from "../../rolling/lanes.ts";
import { createRange, pushRange } from "../../rolling/range.ts";
import { RANGE_LANES, rangeTiles } from "../../rolling/range-lanes.ts";
import { AVERAGE_KINDS, AVERAGE_PARAM, type AverageName, pushAverage } from "../average/kinds.ts";

// Of this module (see `FeatureDefinition.step`).
const push = pushRange;
const smooth = pushAverage;

const definition = defineFeature({
  id: "technical.stoch",
  version: 1,
  group: "momentum",
  talib: "STOCH",
  summary:
    "Stochastic oscillator: where the close stands between the lowest low and the highest high of n bars, 0 to 100, smoothed once (k) and twice (d).",
  source: "Lane; TA-Lib STOCH: 0 where highest and lowest are equal; k and d begin together.",
  inputs: ["high", "low", "close"],
  params: {
    fastK: { kind: "int", min: 1, max: 10_000, default: 5 },
    slowK: { kind: "int", min: 1, max: 1000, default: 3 },
    slowKAverage: AVERAGE_PARAM,
    slowD: { kind: "int", min: 1, max: 1000, default: 3 },
    slowDAverage: AVERAGE_PARAM,
  },
  outputs: ["k", "d"],
  unit: "percent",
  warmup: (p) =>
    p.fastK -
    1 +
    AVERAGE_KINDS[p.slowKAverage].warmup(p.slowK) +
    AVERAGE_KINDS[p.slowDAverage].warmup(p.slowD),
  init: (p, barMs) => ({
    range: createRange(p.fastK),
    k: AVERAGE_KINDS[p.slowKAverage].create(p.slowK, barMs),
    d: AVERAGE_KINDS[p.slowDAverage].create(p.slowD, barMs),
  }),
  step(state, p, x, out, time) {
    const { range } = state;
    if (!push(range, x[0]!, x[1]!)) return;
    const { best } = range;
    const lowest = best[5]!;
    const width = best[4]! - lowest;
    const fast = width === 0 ? 0 : (100 * (x[2]! - lowest)) / width;
    const k = smooth(p.slowKAverage, state.k, p.slowK, fast, time);
    if (Number.isNaN(k)) return;
    const d = smooth(p.slowDAverage, state.d, p.slowD, k, time);
    if (Number.isNaN(d)) return;
    out[0] = k;
    out[1] = d;
  },
  batch(p, x, out, time, barMs) {
    if (p.slowKAverage !== "sma" || p.slowDAverage !== "sma") {
      runLoop(definition as unknown as FeatureDefinition, p, x, out, time, barMs);
      return;
    }
    const [k, d] = out as [Float64Array, Float64Array];
    const { length } = k;
    if (p.slowK === 3 && p.slowD === 3) {
      lastValues.fill(0);
      rangeTiles(x, out, p.fastK, smoothThrice);
      for (const column of out) column.fill(Number.NaN, 0, Math.min(p.fastK + 3, length));
      return;
    }
    // Scratch: the raw value, from its first bar on.
    rangeTiles(x, [d], p.fastK, rawTile);
    const from = Math.min(p.fastK - 1, length);
    const tail = (column: Float64Array, start: number) => column.subarray(Math.min(start, length));
    meanColumn(tail(d, from), tail(k, from), p.slowK, tail(time, from), barMs);
    const first = Math.min(from + p.slowK - 1, length);
    meanColumn(tail(k, first), tail(d, first), p.slowD, tail(time, first), barMs);
    const last = Math.min(first + p.slowD - 1, length);
    k.fill(Number.NaN, 0, last);
    d.fill(Number.NaN, 0, last);
  },
});

const [highest, lowest] = RANGE_LANES;
const [, , closes] = INPUT_LANES;
const [first, second] = OUTPUT_LANES;

function rawOf(i: number): number {
  const range = highest[i]! - lowest[i]!;
  return range === 0 ? 0 : (100 * (closes[i]! - lowest[i]!)) / range;
}

function rawTile(start: number, end: number): void {
  for (let i = start; i < end; i++) first[i] = rawOf(i);
}

/** From tile to tile: the last two raw values, and the last two of the first average. */
const lastValues = new Float64Array(4);

/** Both averages of three, the usual ones, with the last values in variables. */
function smoothThrice(start: number, end: number): void {
  const share = 1 / 3;
  let a = lastValues[0]!;
  let b = lastValues[1]!;
  let e = lastValues[2]!;
  let f = lastValues[3]!;
  for (let i = start; i < end; i++) {
    const raw = rawOf(i);
    const slow = a + (b - a + (raw - a)) * share;
    first[i] = slow;
    second[i] = e + (f - e + (slow - e)) * share;
    a = b;
    b = raw;
    e = f;
    f = slow;
  }
  lastValues.set([a, b, e, f]);
}

/**
 * Stochastic oscillator: `.k` and `.d`, 0 to 100.
 * @param fastK bars of the range, 1 to 10,000. @param slowK bars of the first average. @param slowD of the second.
 * @param slowKAverage and slowDAverage: which averages; "sma" without them.
 */
export const stoch = factory(
  definition,
  (
    fastK?: number,
    slowK?: number,
    slowD?: number,
    slowKAverage?: AverageName,
    slowDAverage?: AverageName,
  ) => ({
    fastK,
    slowK,
    slowD,
    slowKAverage,
    slowDAverage,
  }),
);
