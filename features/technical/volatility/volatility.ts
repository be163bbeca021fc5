import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { createMoments, isFullMoments, pushMoments, squaresOf } from "../../rolling/moments.ts";

const volatilityDefinition = defineFeature({
  id: "technical.volatility",
  version: 2,
  group: "volatility",
  summary: "Standard deviation of the last n log returns of the close, per bar (not annualised).",
  source: "Sample deviation (n - 1). A price that is not above 0 is passed over.",
  inputs: [{ name: "value", from: "close" }],
  params: { period: { kind: "int", min: 2, max: 10_000, default: 20 } },
  outputs: ["value"],
  unit: "fraction",
  warmup: (p) => p.period,
  init: (p, barMs) => ({ returns: createMoments(p.period, barMs), last: Number.NaN }),
  step(state, p, x, out, time) {
    const price = x[0]!;
    out[0] = Number.NaN;
    if (!(price > 0)) return;
    const change = Math.log(price / state.last);
    state.last = price;
    if (Number.isNaN(change)) return;
    pushMoments(state.returns, change, time);
    if (isFullMoments(state.returns)) out[0] = Math.sqrt(squaresOf(state.returns) / (p.period - 1));
  },
});

/** Deviation of log returns for one bar, a fraction. @param period bars, 2 to 10,000. */
export const volatility = factory(volatilityDefinition, (period?: number) => ({ period }));
