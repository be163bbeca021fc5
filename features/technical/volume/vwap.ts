/**
 * Volume-weighted average prices.
 *
 * Symbols: p typical price, v volume, W = sum v. Mean and spread are moved by each bar, not taken from sums of squares,
 * which would lose digits (West 1979):
 *   mean += (v / W) (p - mean),   S += v (p - old mean) (p - new mean),   deviation = sqrt(S / W)
 */
import { parseTime } from "#core";
import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { typicalOf } from "../price/bar-prices.ts";

const wholeDefinition = defineFeature({
  id: "technical.vwap",
  version: 1,
  group: "volume",
  talib: "VWAP",
  summary: "Volume-weighted average of the typical price since the first bar.",
  source:
    "TA-Lib VWAP, which never begins anew: 0 before anything was traded. For a day's see technical.session-vwap, from a moment on technical.anchored-vwap.",
  inputs: ["high", "low", "close", "volume"],
  params: {},
  outputs: ["value"],
  unit: "price",
  warmup: () => 0,
  init: () => ({ value: 0, volume: 0 }),
  step(state, _p, x, out) {
    state.value += typicalOf(x[0]!, x[1]!, x[2]!) * x[3]!;
    state.volume += x[3]!;
    out[0] = state.volume === 0 ? 0 : state.value / state.volume;
  },
  batch(_p, x, out) {
    const [high, low, close, volume] = x as [Float64Array, Float64Array, Float64Array, Float64Array];
    const to = out[0]!;
    let value = 0;
    let all = 0;
    for (let i = 0; i < to.length; i++) {
      value += typicalOf(high[i]!, low[i]!, close[i]!) * volume[i]!;
      all += volume[i]!;
      to[i] = all === 0 ? 0 : value / all;
    }
  },
});

/** Volume-weighted average price since the first bar, in price units. */
export const vwap = factory(wholeDefinition, () => ({}));

type Weighted = { volume: number; mean: number; spread: number };

function reset(w: Weighted): void {
  w.volume = 0;
  w.mean = 0;
  w.spread = 0;
}

/** Takes a bar and writes the mean and bands; NaN before anything was traded. */
function pushWeighted(w: Weighted, x: Float64Array, deviations: number, out: Float64Array): void {
  const volume = x[3]!;
  if (volume > 0) {
    w.volume += volume;
    const distance = typicalOf(x[0]!, x[1]!, x[2]!) - w.mean;
    // The ratio first: it is exactly 1 for the first bar, whose spread is 0.
    const step = distance * (volume / w.volume);
    w.mean += step;
    w.spread += volume * distance * (distance - step);
  }
  if (w.volume === 0) {
    out.fill(Number.NaN);
    return;
  }
  const width = deviations * Math.sqrt(w.spread / w.volume);
  out[0] = w.mean;
  out[1] = w.mean + width;
  out[2] = w.mean - width;
}

const DEVIATIONS = { kind: "float", min: 0, max: 100, default: 2 } as const;
const DAY_MS = 864e5;
/** 1970-01-01 was a Thursday: Mondays are multiples of a week less three days. */
const TO_MONDAY_MS = 3 * DAY_MS;

/** Start of the session of `time`, and of the next. */
function sessionStart(session: "day" | "week" | "month", time: number, ahead: 0 | 1): number {
  if (session === "day") return (Math.floor(time / DAY_MS) + ahead) * DAY_MS;
  if (session === "week")
    return (Math.floor((time + TO_MONDAY_MS) / (7 * DAY_MS)) + ahead) * 7 * DAY_MS - TO_MONDAY_MS;
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + ahead);
}

const sessionDefinition = defineFeature({
  id: "technical.session-vwap",
  version: 1,
  group: "volume",
  summary:
    "Volume-weighted average of the typical price since the start of the day, week or month, with bands of volume-weighted deviations.",
  source:
    "Berkowitz, Logue and Noser 1988. Days are UTC, weeks begin on Monday, both moved by the offset. NaN for the rest of a session whose start the bars do not show (none at or before it), so that a value never depends on where the history begins.",
  inputs: ["high", "low", "close", "volume"],
  params: {
    session: { kind: "choice", options: ["day", "week", "month"], default: "day" },
    deviations: DEVIATIONS,
    offsetMs: { kind: "int", min: -604_800_000, max: 604_800_000, default: 0, typical: [0, 0] },
  },
  outputs: ["value", "upper", "lower"],
  unit: "price",
  sparse: true,
  warmup: () => 0,
  init: () => ({ until: Number.NaN, isWhole: 0, sums: { volume: 0, mean: 0, spread: 0 } }),
  step(state, p, x, out, time) {
    if (!(time < state.until)) {
      const place = time - p.offsetMs;
      const isFirst = Number.isNaN(state.until);
      state.isWhole = isFirst && place !== sessionStart(p.session, place, 0) ? 0 : 1;
      state.until = sessionStart(p.session, place, 1) + p.offsetMs;
      reset(state.sums);
    }
    if (state.isWhole === 1) pushWeighted(state.sums, x, p.deviations, out);
    else out.fill(Number.NaN);
  },
});

/**
 * Volume-weighted average price of the session so far: `.value`, `.upper`, `.lower`, in price units.
 * @param session "day" (the default), "week" or "month", in UTC. @param deviations from the mean to a band, 0 to 100.
 * @param offsetMs by how much sessions start later than UTC's (ms; negative: earlier), at most a week.
 */
export const sessionVwap = factory(
  sessionDefinition,
  (session?: "day" | "week" | "month", deviations?: number, offsetMs?: number) => ({
    session,
    deviations,
    offsetMs,
  }),
);

const anchoredDefinition = defineFeature({
  id: "technical.anchored-vwap",
  version: 1,
  group: "volume",
  summary:
    "Volume-weighted average of the typical price from a moment on, with bands of volume-weighted deviations.",
  source:
    "Levine; Shannon 2023. The first bar that starts at the anchor or later is the first to count. NaN before it, and for good where the bars begin later than the anchor: a part of the sum would be missing.",
  inputs: ["high", "low", "close", "volume"],
  params: {
    anchorMs: { kind: "float", min: 0, max: 8.64e15, default: 0, typical: [0, 0] },
    deviations: DEVIATIONS,
  },
  outputs: ["value", "upper", "lower"],
  unit: "price",
  sparse: true,
  warmup: () => 0,
  init: () => ({ first: Number.NaN, sums: { volume: 0, mean: 0, spread: 0 } }),
  step(state, p, x, out, time) {
    if (Number.isNaN(state.first)) state.first = time;
    if (time >= p.anchorMs && state.first <= p.anchorMs) pushWeighted(state.sums, x, p.deviations, out);
    else out.fill(Number.NaN);
  },
});

/**
 * Volume-weighted average price from a moment on: `.value`, `.upper`, `.lower`, in price units.
 * @param anchor its start: UTC ms, or a text such as "2024-03-01" or "2024-03-01T14:30:00Z". Errors: `core.bad-time`.
 * @param deviations from the mean to a band, 0 to 100.
 */
export const anchoredVwap = factory(
  anchoredDefinition,
  (anchor: number | string | Date, deviations?: number) => ({ anchorMs: parseTime(anchor), deviations }),
);
