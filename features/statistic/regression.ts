/**
 * The least-squares line through the last n values, against 0 (oldest) to n - 1 (newest).
 *   slope b = sum (i - mean i)(x_i - mean x) / sum (i - mean i)^2;   line(i) = mean x + b (i - (n - 1) / 2)
 */
import { defineFeature, type Unit } from "../define.ts";
import { type FeatureFactory, factory } from "../feature.ts";
import { createLine, isFullLine, lineMeanOf, pushLine, slopeOf } from "../rolling/line.ts";
import { lineColumn } from "../rolling/line-columns.ts";
import { createMoments, pushMoments, squaresOf } from "../rolling/moments.ts";

const PERIOD = { kind: "int", min: 2, max: 10_000, default: 14 } as const;
const JUDGE = "summed so that it does not drift, as TA-Lib's sums do.";

interface LineText {
  readonly name: string;
  readonly talib: string;
  readonly summary: string;
  readonly unit: Unit;
}

/** What a line gives: `base` times its mean and `rise` times its slope, added. */
interface Mix {
  readonly base: number;
  readonly rise: number;
}

/** @param mixOf of n values. @param finish of the sum, for an angle. */
function lineFeature(
  { name, talib, summary, unit }: LineText,
  mixOf: (n: number) => Mix,
  finish?: (value: number) => number,
): FeatureFactory<[period?: number], "value"> {
  const definition = defineFeature({
    id: `statistic.${name}`,
    version: 1,
    group: "statistic",
    talib,
    summary,
    source: `TA-Lib ${talib}; ${JUDGE}`,
    inputs: [{ name: "value", from: "close" }],
    params: { period: PERIOD },
    outputs: ["value"],
    unit,
    warmup: (p) => p.period - 1,
    init: (p, barMs) => ({ line: createLine(p.period, barMs), ...mixOf(p.period) }),
    step({ line, base, rise }, _p, x, out, time) {
      pushLine(line, x[0]!, time);
      const value = isFullLine(line) ? base * lineMeanOf(line) + rise * slopeOf(line) : Number.NaN;
      out[0] = finish === undefined ? value : finish(value);
    },
    batch(p, x, out, time, barMs) {
      const to = out[0]!;
      lineColumn(x[0]!, to, p.period, mixOf(p.period), time, barMs);
      if (finish !== undefined) for (let i = 0; i < to.length; i++) to[i] = finish(to[i]!);
    },
  });
  return factory(definition, (period?: number) => ({ period }));
}

/** Where the line stands at the newest bar, in the input's unit. @param period bars, 2 to 10,000. */
export const linearReg = lineFeature(
  {
    name: "linearreg",
    talib: "LINEARREG",
    summary: "The least-squares line through the last n values, at the newest.",
    unit: "input",
  },
  (n) => ({ base: 1, rise: (n - 1) / 2 }),
);

/** Where the line stands at the oldest bar, in the input's unit. @param period bars, 2 to 10,000. */
export const linearRegIntercept = lineFeature(
  {
    name: "linearreg-intercept",
    talib: "LINEARREG_INTERCEPT",
    summary: "The least-squares line through the last n values, at the oldest.",
    unit: "input",
  },
  (n) => ({ base: 1, rise: -(n - 1) / 2 }),
);

/** Rise of the line for each bar, in the input's unit. @param period bars, 2 to 10,000. */
export const linearRegSlope = lineFeature(
  {
    name: "linearreg-slope",
    talib: "LINEARREG_SLOPE",
    summary: "Slope per bar of the least-squares line through the last n values.",
    unit: "input",
  },
  () => ({ base: 0, rise: 1 }),
);

/** Angle of the line, -90 to 90 degrees. @param period bars, 2 to 10,000. */
export const linearRegAngle = lineFeature(
  {
    name: "linearreg-angle",
    talib: "LINEARREG_ANGLE",
    summary: "Angle of the least-squares line through the last n values, of one unit a bar.",
    unit: "degrees",
  },
  () => ({ base: 0, rise: 1 }),
  (slope) => Math.atan(slope) * (180 / Math.PI),
);

/** Where the line will stand at the next bar, in the input's unit. @param period bars, 2 to 10,000. */
export const tsf = lineFeature(
  {
    name: "tsf",
    talib: "TSF",
    summary: "Time series forecast: the least-squares line through the last n values, drawn on by one bar.",
    unit: "input",
  },
  (n) => ({ base: 1, rise: (n + 1) / 2 }),
);

const rSquaredDefinition = defineFeature({
  id: "statistic.r-squared",
  version: 1,
  group: "statistic",
  summary: "How much of the movement of the last n values their least-squares line explains, 0 to 1.",
  source: "b^2 sum (i - mean i)^2 / sum (x - mean x)^2; NaN where nothing has moved.",
  inputs: [{ name: "value", from: "close" }],
  params: { period: { ...PERIOD, min: 3 } },
  outputs: ["value"],
  unit: "fraction",
  sparse: true,
  warmup: (p) => p.period - 1,
  init: (p, barMs) => ({ line: createLine(p.period, barMs), spread: createMoments(p.period, barMs) }),
  step(state, p, x, out, time) {
    pushLine(state.line, x[0]!, time);
    pushMoments(state.spread, x[0]!, time);
    out[0] = Number.NaN;
    if (!isFullLine(state.line)) return;
    const n = p.period;
    const slope = slopeOf(state.line);
    const all = squaresOf(state.spread);
    if (all > 0) out[0] = Math.min(1, (slope * slope * n * (n * n - 1)) / (12 * all));
  },
});

/** Share of the movement explained by the line, 0 to 1. @param period bars, 3 to 10,000. */
export const rSquared = factory(rSquaredDefinition, (period?: number) => ({ period }));
