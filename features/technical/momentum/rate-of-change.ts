/** Changes over n bars, in the forms that TA-Lib has. Where the old value is 0, TA-Lib says 0. */
import { defineFeature, type Unit } from "../../define.ts";
import { generate } from "../../drive/generate.ts";
import { factory } from "../../feature.ts";
import { eachTile, INPUT_LANES, INPUTS, OUTPUT_LANES, OUTPUTS } from "../../rolling/lanes.ts";
import { joinLanes } from "../../rolling/pair-lanes.ts";
import { createRing, oldestOf, pushRing } from "../../rolling/ring.ts";

interface Form {
  readonly id: string;
  readonly talib: string;
  readonly summary: string;
  readonly unit: Unit;
  /** @param old value n bars ago. */
  of(value: number, old: number): number;
  /** The same of a tile, where there is a quicker way. */
  readonly tile?: Loop;
}

type Loop = (start: number, end: number, n: number) => void;

const [values] = INPUT_LANES;
const [result] = OUTPUT_LANES;

/** A loop of its own for each form, generated for the same reason as the drivers' loops, with lanes that are constants. */
function loopOf(id: string, of: Form["of"]): Loop {
  const make = generate<(of: Form["of"], values: Float64Array, result: Float64Array) => Loop>(
    id,
    ["of", "values", "result"],
    LOOP,
  );
  return make?.(of, values, result) ?? plainLoop(of);
}

const LOOP = `
  const f = of, x = values, out = result;
  return (start, end, n) => {
    for (let i = start; i < end; i++) out[i] = f(x[i], x[i - n]);
  };`;

function plainLoop(of: Form["of"]): Loop {
  return (start, end, n) => {
    for (let i = start; i < end; i++) result[i] = of(values[i]!, values[i - n]!);
  };
}

function define({ id, talib, summary, unit, of, tile }: Form) {
  let loop = tile;
  return defineFeature({
    id: `technical.${id}`,
    version: 1,
    group: "momentum",
    talib,
    summary,
    source: `TA-Lib ${talib}${id === "mom" ? "." : ": 0 where the old value is 0."}`,
    inputs: [{ name: "value", from: "close" }],
    params: { period: { kind: "int", min: 1, max: 10_000, default: 10 } },
    outputs: ["value"],
    unit,
    warmup: (p) => p.period,
    init: (p) => createRing(p.period),
    step(state, _p, x, out) {
      const old = oldestOf(state);
      out[0] = Number.isNaN(old) ? old : of(x[0]!, old);
      pushRing(state, x[0]!);
    },
    tiled: true,
    batch(p, x, out) {
      const n = p.period;
      loop ??= loopOf(id, of);
      const run = loop;
      eachTile(x, out, n, ({ shift, start, end }) => run(Math.max(start, n - shift), end, n));
      out[0]!.fill(Number.NaN, 0, Math.min(n, out[0]!.length));
    },
  });
}

const momDefinition = define({
  id: "mom",
  talib: "MOM",
  summary: "Momentum: the value minus that of n bars ago.",
  unit: "input",
  of: (value, old) => value - old,
  tile: (start, end, n) => joinLanes("minus", INPUTS, INPUTS, OUTPUTS, start, end, n),
});
/** Momentum, in the input's unit. @param period bars, 1 to 10,000. */
export const mom = factory(momDefinition, (period?: number) => ({ period }));

const rocDefinition = define({
  id: "roc",
  talib: "ROC",
  summary: "Rate of change over n bars, in percent.",
  unit: "percent",
  of: (value, old) => (old === 0 ? 0 : (value / old - 1) * 100),
});
/** Rate of change, percent. @param period bars, 1 to 10,000. */
export const roc = factory(rocDefinition, (period?: number) => ({ period }));

const rocpDefinition = define({
  id: "rocp",
  talib: "ROCP",
  summary: "Rate of change over n bars, a fraction.",
  unit: "fraction",
  of: (value, old) => (old === 0 ? 0 : (value - old) / old),
});
/** Rate of change, a fraction. `returns` is the same with NaN after a price of 0. @param period bars, 1 to 10,000. */
export const rocp = factory(rocpDefinition, (period?: number) => ({ period }));

const rocrDefinition = define({
  id: "rocr",
  talib: "ROCR",
  summary: "The value over that of n bars ago.",
  unit: "fraction",
  of: (value, old) => (old === 0 ? 0 : value / old),
});
/** Ratio to the value n bars ago. @param period bars, 1 to 10,000. */
export const rocr = factory(rocrDefinition, (period?: number) => ({ period }));

const rocr100Definition = define({
  id: "rocr100",
  talib: "ROCR100",
  summary: "100 times the value over that of n bars ago.",
  unit: "percent",
  of: (value, old) => (old === 0 ? 0 : (value / old) * 100),
});
/** 100 times the ratio to the value n bars ago. @param period bars, 1 to 10,000. */
export const rocr100 = factory(rocr100Definition, (period?: number) => ({ period }));
