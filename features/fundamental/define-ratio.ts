import { defineFeature, type InputSpec, type Unit } from "../define.ts";

/** A number made of the price and of what statements said last, bar by bar. */
interface Ratio {
  readonly id: string;
  readonly summary: string;
  readonly source: string;
  readonly inputs: readonly [InputSpec, ...InputSpec[]];
  readonly unit: Unit;
  /** @param x one finite value an input. Where it is not finite, there is no value. */
  readonly value: (x: Float64Array) => number;
}

export const PRICE: InputSpec = { name: "price", from: "close" };

export function defineRatio({ value, ...words }: Ratio) {
  return defineFeature({
    ...words,
    version: 1,
    group: "fundamental",
    params: {},
    outputs: ["value"],
    sparse: true,
    warmup: () => 0,
    init: () => ({}),
    step(_state, _p, x, out) {
      const ratio = value(x);
      out[0] = Number.isFinite(ratio) ? ratio : Number.NaN;
    },
  });
}

export type Negative = "nan" | "keep";

/** A price over what it buys. A multiple of a loss orders nothing, so it has no value unless it is asked for. */
export function defineMultiple({ value, source, ...words }: Ratio) {
  return defineFeature({
    ...words,
    source: `${source} NaN at or below 0, or with negative "keep" at 0 only.`,
    version: 1,
    group: "fundamental",
    params: { negative: { kind: "choice", options: ["nan", "keep"], default: "nan" } },
    outputs: ["value"],
    sparse: true,
    warmup: () => 0,
    init: () => ({}),
    step(_state, p, x, out) {
      const ratio = value(x);
      const isGood = Number.isFinite(ratio) && (ratio > 0 || p.negative === "keep");
      out[0] = isGood ? ratio : Number.NaN;
    },
  });
}
