import { defineFeature, type FeatureDefinition } from "../../define.ts";
import { runLoop } from "../../drive/loop.ts";
import { factory } from "../../feature.ts";
import { meanColumn } from "../../rolling/blocks.ts";
import { createExtreme, isFullExtreme, pushHighest, pushLowest } from "../../rolling/extremes.ts";
import { rangeColumns } from "../../rolling/range-columns.ts";
import { AVERAGE_KINDS, AVERAGE_PARAM, type AverageName, pushAverage } from "../average/kinds.ts";

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
    highest: createExtreme(p.fastK),
    lowest: createExtreme(p.fastK),
    k: AVERAGE_KINDS[p.slowKAverage].create(p.slowK, barMs),
    d: AVERAGE_KINDS[p.slowDAverage].create(p.slowD, barMs),
  }),
  step(state, p, x, out, time) {
    const highest = pushHighest(state.highest, x[0]!);
    const lowest = pushLowest(state.lowest, x[1]!);
    let fast = Number.NaN;
    if (isFullExtreme(state.lowest))
      fast = highest === lowest ? 0 : (100 * (x[2]! - lowest)) / (highest - lowest);
    const k = pushAverage(p.slowKAverage, state.k, p.slowK, fast, time);
    const d = pushAverage(p.slowDAverage, state.d, p.slowD, k, time);
    out[0] = Number.isNaN(d) ? d : k;
    out[1] = d;
  },
  batch(p, x, out, time, barMs) {
    if (p.slowKAverage !== "sma" || p.slowDAverage !== "sma") {
      runLoop(definition as unknown as FeatureDefinition, p, x, out, time, barMs);
      return;
    }
    const [high, low, close] = x as [Float64Array, Float64Array, Float64Array];
    const [k, d] = out as [Float64Array, Float64Array];
    const { length } = close;
    if (p.slowK === 3 && p.slowD === 3) {
      smoothedThrice(high, low, close, p.fastK, k, d);
      return;
    }
    rangeColumns(high, low, p.fastK, k, d);
    for (let i = 0; i < length; i++) {
      const lowest = d[i]!;
      const range = k[i]! - lowest;
      // Scratch: the raw value, from its first bar on.
      d[i] = range === 0 ? 0 : (100 * (close[i]! - lowest)) / range;
    }
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

/** Both averages of three, the usual ones: tile by tile while the range is at hand, with the last values in variables. */
function smoothedThrice(
  high: Float64Array,
  low: Float64Array,
  close: Float64Array,
  n: number,
  k: Float64Array,
  d: Float64Array,
): void {
  const share = 1 / 3;
  let [rawA, rawB, kA, kB] = [0, 0, 0, 0];
  rangeColumns(high, low, n, k, d, (from, end) => {
    let [a, b, e, f] = [rawA, rawB, kA, kB];
    for (let i = Math.max(from, n - 1); i < end; i++) {
      const lowest = d[i]!;
      const range = k[i]! - lowest;
      const raw = range === 0 ? 0 : (100 * (close[i]! - lowest)) / range;
      const slow = a + (b - a + (raw - a)) * share;
      k[i] = slow;
      d[i] = e + (f - e + (slow - e)) * share;
      a = b;
      b = raw;
      e = f;
      f = slow;
    }
    [rawA, rawB, kA, kB] = [a, b, e, f];
  });
  const first = Math.min(n + 3, k.length);
  k.fill(Number.NaN, 0, first);
  d.fill(Number.NaN, 0, first);
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
