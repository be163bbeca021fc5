import { defineFeature, type FeatureDefinition } from "../../define.ts";
import { runLoop } from "../../drive/loop.ts";
import { factory } from "../../feature.ts";
import { createSmoothing, smoothColumn, smoothExponential } from "../../rolling/smoothing.ts";
import { startChain, tailOf } from "../average/columns.ts";
import { AVERAGE_KINDS, AVERAGE_PARAM, type AverageKind, type AverageName } from "../average/kinds.ts";

const outputs = ["macd", "signal", "histogram"] as const;

const extDefinition = defineFeature({
  id: "technical.macdext",
  version: 1,
  group: "momentum",
  talib: "MACDEXT",
  summary: "MACD with an average of choice for each of its three lines.",
  source:
    "TA-Lib MACDEXT: the shorter period is the fast one; both averages have their first value together.",
  inputs: [{ name: "value", from: "close" }],
  params: {
    fast: { kind: "int", min: 2, max: 10_000, default: 12 },
    fastAverage: AVERAGE_PARAM,
    slow: { kind: "int", min: 2, max: 10_000, default: 26 },
    slowAverage: AVERAGE_PARAM,
    signal: { kind: "int", min: 1, max: 10_000, default: 9 },
    signalAverage: AVERAGE_PARAM,
  },
  outputs: [...outputs],
  unit: "input",
  check: (p) => (p.fast < p.slow ? undefined : "fast must be shorter than slow"),
  warmup: (p) =>
    Math.max(AVERAGE_KINDS[p.fastAverage].warmup(p.fast), AVERAGE_KINDS[p.slowAverage].warmup(p.slow)) +
    AVERAGE_KINDS[p.signalAverage].warmup(p.signal),
  init(p, barMs) {
    const [fast, slow] = [AVERAGE_KINDS[p.fastAverage], AVERAGE_KINDS[p.slowAverage]];
    const late = slow.warmup(p.slow) - fast.warmup(p.fast);
    return {
      fast: fast.create(p.fast, barMs),
      slow: slow.create(p.slow, barMs),
      signal: AVERAGE_KINDS[p.signalAverage].create(p.signal, barMs),
      fastLate: Math.max(0, late),
      slowLate: Math.max(0, -late),
    };
  },
  step(state, p, x, out, time) {
    const value = x[0]!;
    let fast = Number.NaN;
    let slow = Number.NaN;
    if (state.fastLate > 0) state.fastLate--;
    else fast = AVERAGE_KINDS[p.fastAverage].push(state.fast, p.fast, value, time);
    if (state.slowLate > 0) state.slowLate--;
    else slow = AVERAGE_KINDS[p.slowAverage].push(state.slow, p.slow, value, time);
    const line = fast - slow;
    const signal = AVERAGE_KINDS[p.signalAverage].push(state.signal, p.signal, line, time);
    out[0] = Number.isNaN(signal) ? signal : line;
    out[1] = signal;
    out[2] = line - signal;
  },
  batch(p, x, out, time, barMs) {
    const kinds: AverageKind[] = [p.fastAverage, p.slowAverage, p.signalAverage].map(
      (name) => AVERAGE_KINDS[name],
    );
    const [fast, slow, smooth] = kinds as [AverageKind, AverageKind, AverageKind];
    if (!fast.column || !slow.column || !smooth.column) {
      runLoop(extDefinition as unknown as FeatureDefinition, p, x, out, time, barMs);
      return;
    }
    const values = x[0]!;
    const [line, signal, histogram] = out as [Float64Array, Float64Array, Float64Array];
    const from = Math.max(fast.warmup(p.fast), slow.warmup(p.slow));
    const a = from - fast.warmup(p.fast);
    const b = from - slow.warmup(p.slow);
    fast.column(tailOf(values, a), tailOf(line, a), p.fast, tailOf(time, a), barMs);
    slow.column(tailOf(values, b), tailOf(signal, b), p.slow, tailOf(time, b), barMs);
    for (let i = from; i < line.length; i++) line[i]! -= signal[i]!;
    smooth.column(tailOf(line, from), tailOf(signal, from), p.signal, tailOf(time, from), barMs);
    const first = Math.min(from + smooth.warmup(p.signal), line.length);
    for (let i = first; i < line.length; i++) histogram[i] = line[i]! - signal[i]!;
    for (const column of out) column.fill(Number.NaN, 0, first);
  },
});

/** MACD with averages of choice: `.macd`, `.signal`, `.histogram`, in the input's unit. Periods in bars. */
export const macdExt = factory(
  extDefinition,
  (
    fast?: number,
    slow?: number,
    signal?: number,
    averages: {
      readonly fast?: AverageName;
      readonly slow?: AverageName;
      readonly signal?: AverageName;
    } = {},
  ) => ({
    fast,
    fastAverage: averages.fast,
    slow,
    slowAverage: averages.slow,
    signal,
    signalAverage: averages.signal,
  }),
);

/** Weights of the fast and slow averages, and the bars whose mean they start from. */
const FIXED = { fast: 12, fastWeight: 0.15, slow: 26, slowWeight: 0.075 } as const;

const fixDefinition = defineFeature({
  id: "technical.macdfix",
  version: 1,
  group: "momentum",
  talib: "MACDFIX",
  summary: "MACD with Appel's own weights, 0.15 and 0.075, in place of periods 12 and 26.",
  source: "Appel; TA-Lib MACDFIX: the averages start from the mean of 12 and of 26 bars.",
  inputs: [{ name: "value", from: "close" }],
  params: { signal: { kind: "int", min: 1, max: 500, default: 9 } },
  outputs: [...outputs],
  unit: "input",
  warmup: (p) => FIXED.slow + p.signal - 2,
  init: () => ({ seen: 0, fast: 0, slow: 0, signal: createSmoothing() }),
  step(state, p, x, out) {
    const value = x[0]!;
    const { fast, slow, fastWeight, slowWeight } = FIXED;
    out.fill(Number.NaN);
    if (state.seen < slow) {
      state.seen++;
      state.slow += value / slow;
      if (state.seen > slow - fast) state.fast += value / fast;
      if (state.seen < slow) return;
    } else {
      state.slow = (value - state.slow) * slowWeight + state.slow;
      state.fast = (value - state.fast) * fastWeight + state.fast;
    }
    const line = state.fast - state.slow;
    const signal = smoothExponential(state.signal, p.signal, line);
    if (Number.isNaN(signal)) return;
    out[0] = line;
    out[1] = signal;
    out[2] = line - signal;
  },
  batch(p, x, out) {
    const [line, signal, histogram] = out as [Float64Array, Float64Array, Float64Array];
    const values = x[0]!;
    const { length } = values;
    const { fast, slow, fastWeight, slowWeight } = FIXED;
    let a = 0;
    let b = 0;
    for (let i = 0; i < slow && i < length; i++) {
      b += values[i]! / slow;
      if (i >= slow - fast) a += values[i]! / fast;
    }
    if (length >= slow) line[slow - 1] = a - b;
    for (let i = slow; i < length; i++) {
      const value = values[i]!;
      b = (value - b) * slowWeight + b;
      a = (value - a) * fastWeight + a;
      line[i] = a - b;
    }
    const first = smoothColumn(line, signal, p.signal, 2 / (p.signal + 1), slow - 1);
    line.fill(Number.NaN, 0, first);
    histogram.fill(Number.NaN, 0, first);
    for (let i = first; i < length; i++) histogram[i] = line[i]! - signal[i]!;
  },
});

/** MACD with fixed weights: `.macd`, `.signal`, `.histogram`, in the input's unit. @param signal bars, 1 to 500. */
export const macdFix = factory(fixDefinition, (signal?: number) => ({ signal }));

const trixDefinition = defineFeature({
  id: "technical.trix",
  version: 1,
  group: "momentum",
  talib: "TRIX",
  summary: "Change over one bar, in percent, of an EMA of an EMA of an EMA.",
  source: "Hutson 1983; TA-Lib TRIX.",
  inputs: [{ name: "value", from: "close" }],
  params: { period: { kind: "int", min: 1, max: 500, default: 30 } },
  outputs: ["value"],
  unit: "percent",
  warmup: (p) => 3 * (p.period - 1) + 1,
  init: () => ({ a: createSmoothing(), b: createSmoothing(), c: createSmoothing(), last: Number.NaN }),
  step(state, p, x, out) {
    const n = p.period;
    const a = smoothExponential(state.a, n, x[0]!);
    const b = Number.isNaN(a) ? a : smoothExponential(state.b, n, a);
    const c = Number.isNaN(b) ? b : smoothExponential(state.c, n, b);
    out[0] = state.last === 0 ? 0 : (c / state.last - 1) * 100;
    state.last = c;
  },
  batch(p, x, out) {
    const values = x[0]!;
    const to = out[0]!;
    const { first, values: start } = startChain(values, p.period, 3);
    const k = 2 / (p.period + 1);
    let a = start[0]!;
    let b = start[1]!;
    let c = start[2]!;
    to.fill(Number.NaN, 0, Math.min(first + 1, to.length));
    for (let i = first + 1; i < to.length; i++) {
      const last = c;
      a = (values[i]! - a) * k + a;
      b = (a - b) * k + b;
      c = (b - c) * k + c;
      to[i] = last === 0 ? 0 : (c / last - 1) * 100;
    }
  },
});

/** Percent change of a triple EMA. @param period bars, 1 to 500. */
export const trix = factory(trixDefinition, (period?: number) => ({ period }));
