import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { createExtreme, isFullExtreme, pushHighest, pushLowest } from "../../rolling/extremes.ts";
import { AVERAGE_KINDS, AVERAGE_PARAM, type AverageName } from "../average/kinds.ts";

const definition = defineFeature({
  id: "technical.stoch",
  version: 1,
  group: "momentum",
  talib: "STOCH",
  summary:
    "Stochastic oscillator: where the close stands between the lowest low and the highest high of n bars, 0 to 100, smoothed once (k) and twice (d).",
  source: "Lane; TA-Lib STOCH: 0 where highest and lowest are equal; k and d begin together.",
  inputs: ["high", "low", "close"],
  params: {
    fastK: { kind: "int", min: 1, max: 10_000, default: 5 },
    slowK: { kind: "int", min: 1, max: 1000, default: 3 },
    slowKAverage: AVERAGE_PARAM,
    slowD: { kind: "int", min: 1, max: 1000, default: 3 },
    slowDAverage: AVERAGE_PARAM,
  },
  outputs: ["k", "d"],
  unit: "percent",
  warmup: (p) =>
    p.fastK -
    1 +
    AVERAGE_KINDS[p.slowKAverage].warmup(p.slowK) +
    AVERAGE_KINDS[p.slowDAverage].warmup(p.slowD),
  init: (p, barMs) => ({
    highest: createExtreme(p.fastK),
    lowest: createExtreme(p.fastK),
    k: AVERAGE_KINDS[p.slowKAverage].create(p.slowK, barMs),
    d: AVERAGE_KINDS[p.slowDAverage].create(p.slowD, barMs),
  }),
  step(state, p, x, out, time) {
    const highest = pushHighest(state.highest, x[0]!);
    const lowest = pushLowest(state.lowest, x[1]!);
    let fast = Number.NaN;
    if (isFullExtreme(state.lowest))
      fast = highest === lowest ? 0 : (100 * (x[2]! - lowest)) / (highest - lowest);
    const k = AVERAGE_KINDS[p.slowKAverage].push(state.k, p.slowK, fast, time);
    const d = AVERAGE_KINDS[p.slowDAverage].push(state.d, p.slowD, k, time);
    out[0] = Number.isNaN(d) ? d : k;
    out[1] = d;
  },
});

/**
 * Stochastic oscillator: `.k` and `.d`, 0 to 100.
 * @param fastK bars of the range, 1 to 10,000. @param slowK bars of the first average. @param slowD of the second.
 * @param slowKAverage and slowDAverage: which averages; "sma" without them.
 */
export const stoch = factory(
  definition,
  (
    fastK?: number,
    slowK?: number,
    slowD?: number,
    slowKAverage?: AverageName,
    slowDAverage?: AverageName,
  ) => ({
    fastK,
    slowK,
    slowD,
    slowKAverage,
    slowDAverage,
  }),
);
