import { defineFeature } from "../define.ts";
import { factory } from "../feature.ts";
import { sumColumn } from "../rolling/blocks.ts";
import { gaps } from "../rolling/lanes.ts";
import { createMean, isFullMean, pushMean, sumOf } from "../rolling/mean.ts";

const inputs = [{ name: "value", from: "close" }] as const;

const sumDefinition = defineFeature({
  id: "math.sum",
  version: 1,
  group: "math",
  talib: "SUM",
  summary: "The sum of the last n values.",
  source: "TA-Lib SUM; summed so that it does not drift.",
  inputs,
  params: { period: { kind: "int", min: 2, max: 10_000, default: 30 } },
  outputs: ["value"],
  unit: "input",
  warmup: (p) => p.period - 1,
  init: (p, barMs) => createMean(p.period, barMs),
  step(state, _p, x, out, time) {
    pushMean(state, x[0]!, time);
    out[0] = isFullMean(state) ? sumOf(state) : Number.NaN;
  },
  tiled: true,
  batch: (p, x, out, time, barMs) => sumColumn(x[0]!, out[0]!, p.period, time, barMs),
});

/** Sum of the last n values. @param period bars, 2 to 10,000. */
export const sum = factory(sumDefinition, (period?: number) => ({ period }));

const cumsumDefinition = defineFeature({
  id: "math.cumsum",
  version: 1,
  group: "math",
  talib: "CUMSUM",
  summary: "The sum of all values from the first bar on.",
  source: "TA-Lib CUMSUM; summed with Neumaier's correction. A function of where the series begins.",
  inputs,
  params: {},
  outputs: ["value"],
  unit: "input",
  warmup: () => 0,
  init: () => ({ sum: 0, lost: 0 }),
  step(state, _p, x, out) {
    const value = x[0]!;
    const sum = state.sum + value;
    // What the addition has cut off, of whichever is smaller.
    state.lost += Math.abs(state.sum) >= Math.abs(value) ? state.sum - sum + value : value - sum + state.sum;
    state.sum = sum;
    out[0] = sum + state.lost;
  },
  tiled: true,
  batch(_p, x, out) {
    const values = x[0]!;
    const to = out[0]!;
    let sum = 0;
    let lost = 0;
    for (let i = 0; i < to.length; i++) {
      const value = values[i]!;
      const next = sum + value;
      lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
      sum = next;
      to[i] = sum + lost;
    }
    // No sum recovers from a value that is not finite, so nobody need look through them.
    if (gaps.areLookedFor && !Number.isFinite(sum)) gaps.areFound = true;
  },
});

/** Sum of all values since the series began. */
export const cumsum = factory(cumsumDefinition, () => ({}));
