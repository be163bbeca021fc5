import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { createSmoothing, smoothExponential } from "../../rolling/smoothing.ts";
import { startChain } from "./columns.ts";

/** Six exponential averages, each of the one before. */
export type Tillson = Record<"a" | "b" | "c" | "d" | "e" | "f", Float64Array>;

export function createTillson(): Tillson {
  return {
    a: createSmoothing(),
    b: createSmoothing(),
    c: createSmoothing(),
    d: createSmoothing(),
    e: createSmoothing(),
    f: createSmoothing(),
  };
}

/** Takes a value; NaN before 6 (n - 1) others. @param n period. @param v volume factor. */
export function pushTillson(s: Tillson, n: number, v: number, x: number): number {
  const a = smoothExponential(s.a, n, x);
  if (Number.isNaN(a)) return a;
  const b = smoothExponential(s.b, n, a);
  if (Number.isNaN(b)) return b;
  const c = smoothExponential(s.c, n, b);
  if (Number.isNaN(c)) return c;
  const d = smoothExponential(s.d, n, c);
  if (Number.isNaN(d)) return d;
  const e = smoothExponential(s.e, n, d);
  if (Number.isNaN(e)) return e;
  const f = smoothExponential(s.f, n, e);
  return weigh(v, c, d, e, f);
}

function weigh(v: number, c: number, d: number, e: number, f: number): number {
  const v2 = v * v;
  const v3 = v2 * v;
  return -v3 * f + 3 * (v2 + v3) * e - (6 * v2 + 3 * (v + v3)) * d + (1 + 3 * v + v3 + 3 * v2) * c;
}

/** The same over a whole column. */
export function tillsonColumn(x: Float64Array, out: Float64Array, n: number, v: number): void {
  const { first, values } = startChain(x, n, 6);
  let a = values[0]!;
  let b = values[1]!;
  let c = values[2]!;
  let d = values[3]!;
  let e = values[4]!;
  let f = values[5]!;
  const k = 2 / (n + 1);
  out.fill(Number.NaN, 0, first);
  if (first < x.length) out[first] = weigh(v, c, d, e, f);
  for (let i = first + 1; i < x.length; i++) {
    a = (x[i]! - a) * k + a;
    b = (a - b) * k + b;
    c = (b - c) * k + c;
    d = (c - d) * k + d;
    e = (d - e) * k + e;
    f = (e - f) * k + f;
    out[i] = weigh(v, c, d, e, f);
  }
}

const definition = defineFeature({
  id: "technical.t3",
  version: 1,
  group: "average",
  talib: "T3",
  summary:
    "Tillson's T3: a generalised double exponential average, three times over; smooth, with little lag.",
  source: "Tillson 1998; TA-Lib T3: every average starts from the mean of its first n values.",
  inputs: [{ name: "value", from: "close" }],
  params: {
    period: { kind: "int", min: 1, max: 10_000, default: 5 },
    volumeFactor: { kind: "float", min: 0, max: 1, default: 0.7 },
  },
  outputs: ["value"],
  unit: "input",
  warmup: (p) => 6 * (p.period - 1),
  init: createTillson,
  step(state, p, x, out) {
    out[0] = pushTillson(state, p.period, p.volumeFactor, x[0]!);
  },
  batch: (p, x, out) => tillsonColumn(x[0]!, out[0]!, p.period, p.volumeFactor),
});

/**
 * Tillson's T3, in the input's unit.
 * @param period bars, 1 to 10,000. @param volumeFactor 0 (a plain triple EMA) to 1 (DEMA thrice), 0.7 without it.
 */
export const t3 = factory(definition, (period?: number, volumeFactor?: number) => ({ period, volumeFactor }));
