import { defineFeature, type FeatureDefinition } from "../../define.ts";
import { runLoop } from "../../drive/loop.ts";
import { factory } from "../../feature.ts";
import { meanColumn } from "../../rolling/blocks.ts";
import { createExtreme, isFullExtreme, pushHighest, pushLowest } from "../../rolling/extremes.ts";
import { INPUT_LANES, OUTPUT_LANES } from "../../rolling/lanes.ts";
import { RANGE_LANES, rangeTiles } from "../../rolling/range-lanes.ts";
import { withScratch } from "../../rolling/scratch.ts";
import { createSmoothing, smoothWilder } from "../../rolling/smoothing.ts";
import { tailOf } from "../average/columns.ts";
import { AVERAGE_KINDS, AVERAGE_PARAM, type AverageName, pushAverage } from "../average/kinds.ts";

const fastParams = {
  fastK: { kind: "int", min: 1, max: 10_000, default: 5 },
  fastD: { kind: "int", min: 1, max: 10_000, default: 3 },
  fastDAverage: AVERAGE_PARAM,
} as const;

const stochfDefinition = defineFeature({
  id: "technical.stochf",
  version: 1,
  group: "momentum",
  talib: "STOCHF",
  summary:
    "Fast stochastic: where the close stands between the lowest low and the highest high of n bars (k), and its average (d), 0 to 100.",
  source: "Lane; TA-Lib STOCHF: 0 where highest and lowest are equal; k and d begin together.",
  inputs: ["high", "low", "close"],
  params: fastParams,
  outputs: ["k", "d"],
  unit: "percent",
  warmup: (p) => p.fastK - 1 + AVERAGE_KINDS[p.fastDAverage].warmup(p.fastD),
  init: (p, barMs) => ({
    highest: createExtreme(p.fastK),
    lowest: createExtreme(p.fastK),
    d: AVERAGE_KINDS[p.fastDAverage].create(p.fastD, barMs),
  }),
  step(state, p, x, out, time) {
    const highest = pushHighest(state.highest, x[0]!);
    const lowest = pushLowest(state.lowest, x[1]!);
    if (!isFullExtreme(state.lowest)) return;
    const k = highest === lowest ? 0 : (100 * (x[2]! - lowest)) / (highest - lowest);
    const d = pushAverage(p.fastDAverage, state.d, p.fastD, k, time);
    if (Number.isNaN(d)) return;
    out[0] = k;
    out[1] = d;
  },
  batch(p, x, out, time, barMs) {
    if (p.fastDAverage !== "sma") {
      runLoop(stochfDefinition as unknown as FeatureDefinition, p, x, out, time, barMs);
      return;
    }
    const [k, d] = out as [Float64Array, Float64Array];
    const from = Math.min(p.fastK - 1, k.length);
    rangeTiles(x, [k], p.fastK, placeOfClose);
    meanColumn(k.subarray(from), d.subarray(from), p.fastD, time.subarray(from), barMs);
    for (const column of out) column.fill(Number.NaN, 0, Math.min(from + p.fastD - 1, k.length));
  },
});

/** Fast stochastic: `.k` and `.d`, 0 to 100. @param fastK bars of the range. @param fastD bars of the average. */
export const stochF = factory(
  stochfDefinition,
  (fastK?: number, fastD?: number, fastDAverage?: AverageName) => ({
    fastK,
    fastD,
    fastDAverage,
  }),
);

const stochrsiDefinition = defineFeature({
  id: "technical.stochrsi",
  version: 1,
  group: "momentum",
  talib: "STOCHRSI",
  summary: "Fast stochastic of the RSI: where it stands between its lowest and highest of n bars, 0 to 100.",
  source: "Chande and Kroll 1994; TA-Lib STOCHRSI.",
  inputs: [{ name: "value", from: "close" }],
  params: { period: { kind: "int", min: 2, max: 500, default: 14 }, ...fastParams },
  outputs: ["k", "d"],
  unit: "percent",
  warmup: (p) => p.period + p.fastK - 1 + AVERAGE_KINDS[p.fastDAverage].warmup(p.fastD),
  init: (p, barMs) => ({
    last: Number.NaN,
    rises: createSmoothing(),
    falls: createSmoothing(),
    highest: createExtreme(p.fastK),
    lowest: createExtreme(p.fastK),
    d: AVERAGE_KINDS[p.fastDAverage].create(p.fastD, barMs),
  }),
  step(state, p, x, out, time) {
    const change = x[0]! - state.last;
    state.last = x[0]!;
    out.fill(Number.NaN);
    if (Number.isNaN(change)) return;
    const rise = smoothWilder(state.rises, p.period, change > 0 ? change : 0);
    const fall = smoothWilder(state.falls, p.period, change < 0 ? -change : 0);
    if (Number.isNaN(rise)) return;
    const strength = rise + fall === 0 ? 0 : (100 * rise) / (rise + fall);
    const highest = pushHighest(state.highest, strength);
    const lowest = pushLowest(state.lowest, strength);
    if (!isFullExtreme(state.lowest)) return;
    const k = highest === lowest ? 0 : (100 * (strength - lowest)) / (highest - lowest);
    const d = pushAverage(p.fastDAverage, state.d, p.fastD, k, time);
    if (Number.isNaN(d)) return;
    out[0] = k;
    out[1] = d;
  },
  batch(p, x, out, time, barMs) {
    if (p.fastDAverage !== "sma") {
      runLoop(stochrsiDefinition as unknown as FeatureDefinition, p, x, out, time, barMs);
      return;
    }
    const [k, d] = out as [Float64Array, Float64Array];
    const { length } = k;
    withScratch(1, length, (strength) => {
      strengthColumn(x[0]!, p.period, strength!);
      rangeTiles([tailOf(strength!, p.period)], [tailOf(k, p.period)], p.fastK, placeOfValue);
    });
    const from = p.period + p.fastK - 1;
    meanColumn(tailOf(k, from), tailOf(d, from), p.fastD, tailOf(time, from), barMs);
    for (const column of out) column.fill(Number.NaN, 0, Math.min(from + p.fastD - 1, length));
  },
});

const [highest, lowest] = RANGE_LANES;
const [value, , closes] = INPUT_LANES;
const [place] = OUTPUT_LANES;

function placeOfClose(start: number, end: number): void {
  for (let i = start; i < end; i++) {
    const range = highest[i]! - lowest[i]!;
    place[i] = range === 0 ? 0 : (100 * (closes[i]! - lowest[i]!)) / range;
  }
}

function placeOfValue(start: number, end: number): void {
  for (let i = start; i < end; i++) {
    const range = highest[i]! - lowest[i]!;
    place[i] = range === 0 ? 0 : (100 * (value[i]! - lowest[i]!)) / range;
  }
}

/** The RSI as above, from the n-th change on. */
function strengthColumn(x: Float64Array, n: number, out: Float64Array): void {
  const k = 1 / n;
  let rise = 0;
  let fall = 0;
  for (let i = 1; i < x.length; i++) {
    const change = x[i]! - x[i - 1]!;
    // Half of what is twice the rise, or 0.
    const up = 0.5 * (Math.abs(change) + change);
    const down = 0.5 * (Math.abs(change) - change);
    if (i <= n) {
      rise += up;
      fall += down;
      if (i < n) continue;
      rise /= n;
      fall /= n;
    } else {
      rise = (up - rise) * k + rise;
      fall = (down - fall) * k + fall;
    }
    out[i] = rise + fall === 0 ? 0 : (100 * rise) / (rise + fall);
  }
}

/**
 * Fast stochastic of the RSI: `.k` and `.d`, 0 to 100.
 * @param period bars of the RSI. @param fastK bars of the range. @param fastD bars of the average.
 */
export const stochRsi = factory(
  stochrsiDefinition,
  (period?: number, fastK?: number, fastD?: number, fastDAverage?: AverageName) => ({
    period,
    fastK,
    fastD,
    fastDAverage,
  }),
);
