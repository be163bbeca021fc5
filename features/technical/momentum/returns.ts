import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { createRing, oldestOf, pushRing } from "../../rolling/ring.ts";

const returnsDefinition = defineFeature({
  id: "technical.returns",
  version: 1,
  group: "momentum",
  summary: "Simple return of the close over n bars: close / close n bars ago - 1.",
  source: "TA-Lib ROCP; NaN, not 0, where the old price is 0.",
  inputs: [{ name: "value", from: "close" }],
  params: { bars: { kind: "int", min: 1, max: 10_000, default: 1 } },
  outputs: ["value"],
  unit: "fraction",
  warmup: (p) => p.bars,
  init: (p) => createRing(p.bars),
  step(state, _p, x, out) {
    const old = oldestOf(state);
    out[0] = old === 0 ? Number.NaN : x[0]! / old - 1;
    pushRing(state, x[0]!);
  },
});

/** Simple return of the close, a fraction (0.01 is 1 %). @param bars over how many bars, 1 to 10,000. */
export const returns = factory(returnsDefinition, (bars?: number) => ({ bars }));
