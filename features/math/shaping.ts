import type { BarColumn } from "#model";
import { defineFeature, type FeatureDefinition } from "../define.ts";
import { createFeature, factory } from "../feature.ts";
import { agoOf, createRing, isFull, oldestOf, pushRing } from "../rolling/ring.ts";

const SHARED = {
  version: 1,
  group: "math",
  inputs: [{ name: "value", from: "close" }],
  outputs: ["value"],
} as const;
const BARS = { kind: "int", min: 1, max: 10_000, default: 1 } as const;

const logReturnsDefinition = defineFeature({
  ...SHARED,
  id: "math.log-returns",
  summary: "Logarithmic return over n bars: ln(x / x of n bars ago).",
  source: "NaN where either value is not above 0.",
  params: { bars: BARS },
  unit: "fraction",
  warmup: (p) => p.bars,
  init: (p) => createRing(p.bars),
  step(state, _p, x, out) {
    const old = oldestOf(state);
    out[0] = x[0]! > 0 && old > 0 ? Math.log(x[0]! / old) : Number.NaN;
    pushRing(state, x[0]!);
  },
});

/** Logarithmic return, a fraction. @param bars over how many bars, 1 to 10,000. */
export const logReturns = factory(logReturnsDefinition, (bars?: number) => ({ bars }));

const lagDefinition = defineFeature({
  ...SHARED,
  id: "math.lag",
  summary: "The value of n bars ago.",
  source: "n is never below 0: no feature sees a bar that is yet to come.",
  params: { bars: { ...BARS, min: 0, typical: [0, 10] } },
  unit: "input",
  warmup: (p) => p.bars,
  init: (p) => createRing(p.bars + 1),
  step(state, p, x, out) {
    pushRing(state, x[0]!);
    out[0] = isFull(state) ? agoOf(state, p.bars) : Number.NaN;
  },
});

/** Value of n bars ago. @param bars how many, 0 to 10,000. */
export const lag = factory(lagDefinition, (bars?: number) => ({ bars }));

const diffDefinition = defineFeature({
  ...SHARED,
  id: "math.diff",
  summary: "The value less the value of n bars ago.",
  source: "x - x of n bars ago.",
  params: { bars: BARS },
  unit: "input",
  warmup: (p) => p.bars,
  init: (p) => createRing(p.bars),
  step(state, _p, x, out) {
    out[0] = x[0]! - oldestOf(state);
    pushRing(state, x[0]!);
  },
});

/** Change over n bars, in the input's unit. @param bars over how many bars, 1 to 10,000. */
export const diff = factory(diffDefinition, (bars?: number) => ({ bars }));

const BOUND = { kind: "float", min: -1e15, max: 1e15 } as const;

const clipDefinition = defineFeature({
  ...SHARED,
  id: "math.clip",
  summary: "The value, cut off at a lowest and a highest.",
  source: "max(low, min(high, x)).",
  params: {
    low: { ...BOUND, default: -1, typical: [-5, 0] },
    high: { ...BOUND, default: 1, typical: [0, 5] },
  },
  unit: "input",
  check: (p) => (p.low <= p.high ? undefined : "low must not be above high"),
  warmup: () => 0,
  init: () => ({}),
  step(_state, p, x, out) {
    const value = x[0]!;
    out[0] = value < p.low ? p.low : value > p.high ? p.high : value;
  },
});

/** Value between two bounds. @param low and high: the bounds, low not above high. */
export const clip = factory(clipDefinition, (low?: number, high?: number) => ({ low, high }));

const columnDefinition = defineFeature({
  ...SHARED,
  id: "math.column",
  summary: "A column of the bar, or any value, as it is.",
  source: "x.",
  params: {},
  unit: "input",
  warmup: () => 0,
  init: () => ({}),
  step(_state, _p, x, out) {
    out[0] = x[0]!;
  },
  batch: (_p, x, out) => out[0]!.set(x[0]!),
});

/** A column of the bar as a feature: `math.column("volume")`; the close without a name. Errors: `features.bad-source`. */
export const column = Object.assign((name: BarColumn = "close") => createFeature(columnDefinition).of(name), {
  definition: columnDefinition as unknown as FeatureDefinition,
});
