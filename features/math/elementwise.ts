/** Functions of the bar's own numbers, each made from one scalar function: what it gives depends on nothing else. */

import type { BarColumn } from "#model";
import { defineFeature, type Unit } from "../define.ts";
import { generate } from "../drive/generate.ts";
import { type FeatureFactory, factory } from "../feature.ts";

interface ElementwiseText {
  /** "sin"; the id is "math.sin". */
  readonly name: string;
  readonly talib?: string;
  readonly summary: string;
  readonly source: string;
  readonly unit: Unit;
  /** True where there are numbers of which it has no value. */
  readonly sparse?: boolean;
}

type Scalar = (a: number, b: number) => number;
type Column = (scalar: Scalar, a: Float64Array, b: Float64Array, out: Float64Array) => void;

/** Of one value, the close without `of`. */
export function unary(text: ElementwiseText, scalar: (a: number) => number): FeatureFactory<[], "value"> {
  return elementwise(text, [{ name: "value", from: "close" }], scalar);
}

/** Of two values, high and low without `of`. */
export function binary(text: ElementwiseText, scalar: Scalar): FeatureFactory<[], "value"> {
  return elementwise(
    text,
    [
      { name: "left", from: "high" },
      { name: "right", from: "low" },
    ],
    scalar,
  );
}

type ValueInput = { readonly name: string; readonly from: BarColumn };

function elementwise(
  { name, talib, summary, source, unit, sparse = false }: ElementwiseText,
  inputs: readonly [ValueInput, ...ValueInput[]],
  scalar: Scalar,
): FeatureFactory<[], "value"> {
  const last = inputs.length - 1;
  let column: Column | undefined;
  const definition = defineFeature({
    id: `math.${name}`,
    version: 1,
    group: "math",
    ...(talib === undefined ? {} : { talib }),
    summary,
    source,
    inputs,
    params: {},
    outputs: ["value"],
    unit,
    sparse,
    warmup: () => 0,
    init: () => ({}),
    step(_state, _p, x, out) {
      out[0] = scalar(x[0]!, x[last]!);
    },
    batch(_p, x, out) {
      column ??= generate<Column>(name, ["scalar", "a", "b", "out"], COLUMN) ?? plainColumn;
      column(scalar, x[0]!, x[last]!, out[0]!);
    },
  });
  return factory(definition, () => ({}));
}

/** A loop of its own for each scalar, generated for the same reason as the drivers' loops. */
const COLUMN = "for (let i = 0; i < out.length; i++) out[i] = scalar(a[i], b[i]);";

const plainColumn: Column = (scalar, a, b, out) => {
  for (let i = 0; i < out.length; i++) out[i] = scalar(a[i]!, b[i]!);
};
