/** Functions of the bar's own numbers, each made from one scalar function: what it gives depends on nothing else. */

import type { BarColumn } from "#model";
import { defineFeature, type Unit } from "../define.ts";
import { generate } from "../drive/generate.ts";
import { type FeatureFactory, factory } from "../feature.ts";
import { eachTile, INPUT_LANES, OUTPUT_LANES } from "../rolling/lanes.ts";

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
type Loop = (start: number, end: number) => void;

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
  let loop: Loop | undefined;
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
    tiled: true,
    batch(_p, x, out) {
      loop ??= loopOf(name, scalar, INPUT_LANES[last]!);
      const run = loop;
      eachTile(x, out, 0, ({ start, end }) => run(start, end));
    },
  });
  return factory(definition, () => ({}));
}

const [first] = INPUT_LANES;
const [result] = OUTPUT_LANES;

/** A loop of its own for each scalar, generated for the same reason as the drivers' loops, with lanes that are constants. */
function loopOf(name: string, scalar: Scalar, second: Float64Array): Loop {
  const make = generate<(scalar: Scalar, ...lanes: Float64Array[]) => Loop>(
    name,
    ["scalar", "first", "second", "result"],
    LOOP,
  );
  return make?.(scalar, first, second, result) ?? plainLoop(scalar, second);
}

const LOOP = `
  const f = scalar, a = first, b = second, out = result;
  return (start, end) => {
    for (let i = start; i < end; i++) out[i] = f(a[i], b[i]);
  };`;

function plainLoop(scalar: Scalar, second: Float64Array): Loop {
  return (start, end) => {
    for (let i = start; i < end; i++) result[i] = scalar(first[i]!, second[i]!);
  };
}
