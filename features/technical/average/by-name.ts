/** Averages whose kind, or whose period, is a parameter. */
import { defineFeature, type FeatureDefinition, type FeatureState } from "../../define.ts";
import { runLoop } from "../../drive/loop.ts";
import { factory } from "../../feature.ts";
import { tailOf } from "./columns.ts";
import { AVERAGE_KINDS, AVERAGE_PARAM, type AverageKind, type AverageName } from "./kinds.ts";

const maDefinition = defineFeature({
  id: "technical.ma",
  version: 1,
  group: "average",
  talib: "MA",
  summary: "Moving average of any kind, by its name.",
  source: "TA-Lib MA: a period of 1 gives the value itself.",
  inputs: [{ name: "value", from: "close" }],
  params: { period: { kind: "int", min: 1, max: 10_000, default: 30 }, average: AVERAGE_PARAM },
  outputs: ["value"],
  unit: "input",
  warmup: (p) => (p.period === 1 ? 0 : AVERAGE_KINDS[p.average].warmup(p.period)),
  init: (p, barMs): FeatureState => (p.period === 1 ? {} : AVERAGE_KINDS[p.average].create(p.period, barMs)),
  step(state, p, x, out, time) {
    out[0] = p.period === 1 ? x[0]! : AVERAGE_KINDS[p.average].push(state, p.period, x[0]!, time);
  },
  batch(p, x, out, time, barMs) {
    const kind: AverageKind = AVERAGE_KINDS[p.average];
    if (p.period === 1) out[0]!.set(x[0]!);
    else if (kind.column) kind.column(x[0]!, out[0]!, p.period, time, barMs);
    else runLoop(maDefinition as unknown as FeatureDefinition, p, x, out, time, barMs);
  },
});

/** Moving average, in the input's unit. @param period bars, 1 to 10,000. @param average which; "sma" without it. */
export const ma = factory(maDefinition, (period?: number, average?: AverageName) => ({ period, average }));

/** Of a period of 1, as of the others: what the average is made of is its only value. */
function warmupOf(average: AverageName, n: number): number {
  return n === 1 ? 0 : AVERAGE_KINDS[average].warmup(n);
}

function wholePeriod(period: number, shortest: number, longest: number): number {
  return Math.min(longest, Math.max(shortest, Math.trunc(period)));
}

const variableDefinition = defineFeature({
  id: "technical.mavp",
  version: 1,
  group: "average",
  talib: "MAVP",
  summary: "Moving average with a period for each bar, which another value gives: of(close, periods).",
  source:
    "TA-Lib MAVP: the period is cut to a whole number between the shortest and the longest; each average starts so late that all have their first value together.",
  inputs: [
    { name: "value", from: "close" },
    { name: "periods", from: "volume" },
  ],
  params: {
    shortest: { kind: "int", min: 1, max: 500, default: 2 },
    longest: { kind: "int", min: 1, max: 500, default: 30 },
    average: AVERAGE_PARAM,
  },
  outputs: ["value"],
  unit: "input",
  check: (p) => (p.shortest <= p.longest ? undefined : "shortest must not be longer than longest"),
  warmup: (p) => warmupOf(p.average, p.longest),
  init(p, barMs) {
    const averages: Record<string, FeatureState> = {};
    for (let n = p.shortest; n <= p.longest; n++) averages[n] = AVERAGE_KINDS[p.average].create(n, barMs);
    return { seen: 0, averages };
  },
  step(state, p, x, out, time) {
    const kind = AVERAGE_KINDS[p.average];
    const first = warmupOf(p.average, p.longest);
    const { seen, averages } = state;
    const wanted = wholePeriod(x[1]!, p.shortest, p.longest);
    const value = x[0]!;
    // All run, because any may be asked for.
    for (let n = p.shortest; n <= p.longest; n++) {
      if (n === 1 || seen < first - kind.warmup(n)) continue;
      const y = kind.push(averages[n]!, n, value, time);
      if (n === wanted) out[0] = y;
    }
    if (wanted === 1) out[0] = value;
    if (seen < first) {
      out[0] = Number.NaN;
      state.seen++;
    }
  },
  batch(p, x, out, time, barMs) {
    const kind: AverageKind = AVERAGE_KINDS[p.average];
    const { column } = kind;
    if (!column) {
      runLoop(variableDefinition as unknown as FeatureDefinition, p, x, out, time, barMs);
      return;
    }
    const [value, periods] = x as [Float64Array, Float64Array];
    const to = out[0]!;
    const first = Math.min(warmupOf(p.average, p.longest), value.length);
    const wanted = new Int32Array(value.length);
    const used = new Uint8Array(p.longest + 1);
    for (let i = first; i < wanted.length; i++) {
      const n = wholePeriod(periods[i]!, p.shortest, p.longest);
      wanted[i] = n;
      used[n] = 1;
    }
    const one = new Float64Array(value.length);
    for (let n = p.shortest; n <= p.longest; n++) {
      if (used[n] === 0) continue;
      const from = n === 1 ? 0 : first - kind.warmup(n);
      if (n === 1) one.set(value);
      else column(tailOf(value, from), tailOf(one, from), n, tailOf(time, from), barMs);
      for (let i = first; i < wanted.length; i++) if (wanted[i] === n) to[i] = one[i]!;
    }
    to.fill(Number.NaN, 0, first);
  },
});

/**
 * Moving average over as many bars as a second value says: `mavp(5, 50).of("close", cycle)`.
 * @param shortest period, 1 to 500. @param longest period, from shortest to 500. @param average which; "sma" without it.
 */
export const mavp = factory(
  variableDefinition,
  (shortest?: number, longest?: number, average?: AverageName) => ({ shortest, longest, average }),
);
