/** Changes over n bars, in the forms that TA-Lib has. Where the old value is 0, TA-Lib says 0. */
import { defineFeature, type Unit } from "../../define.ts";
import { generate } from "../../drive/generate.ts";
import { factory } from "../../feature.ts";
import { createRing, oldestOf, pushRing } from "../../rolling/ring.ts";

interface Form {
  readonly id: string;
  readonly talib: string;
  readonly summary: string;
  readonly unit: Unit;
  /** @param old value n bars ago. */
  of(value: number, old: number): number;
}

type Column = (of: Form["of"], x: Float64Array, n: number, out: Float64Array) => void;

/** A loop of its own for each form, generated for the same reason as the drivers' loops. */
const COLUMN = "for (let i = n; i < x.length; i++) out[i] = of(x[i], x[i - n]);";

const plainColumn: Column = (of, x, n, out) => {
  for (let i = n; i < x.length; i++) out[i] = of(x[i]!, x[i - n]!);
};

function define({ id, talib, summary, unit, of }: Form) {
  let column: Column | undefined;
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
    batch(p, x, out) {
      const values = x[0]!;
      const to = out[0]!;
      const n = p.period;
      to.fill(Number.NaN, 0, Math.min(n, values.length));
      column ??= generate<Column>(id, ["of", "x", "n", "out"], COLUMN) ?? plainColumn;
      column(of, values, n, to);
    },
  });
}

const momDefinition = define({
  id: "mom",
  talib: "MOM",
  summary: "Momentum: the value minus that of n bars ago.",
  unit: "input",
  of: (value, old) => value - old,
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
