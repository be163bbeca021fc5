import { normalCdf } from "#core";
import { defineFeature } from "../define.ts";
import { factory } from "../feature.ts";
import { createMoments, isFullMoments, pushMoments, squaresOf } from "../rolling/moments.ts";

const signedVolumeDefinition = defineFeature({
  id: "flow.signed-volume",
  version: 1,
  group: "flow",
  summary: "What buyers took less what sellers took in a bar, as estimated from the bar alone.",
  source:
    "tick: the whole volume, by the sign of the close's change, and that of the change before it where it did not move (Lee and Ready 1991). bulk: volume (2 Phi(change / deviation) - 1), bulk volume classification, with the population deviation of the last changes and the normal distribution (Easley, Lopez de Prado, O'Hara 2012); 0 where nothing moved.",
  inputs: [{ name: "price", from: "close" }, "volume"],
  params: {
    sign: { kind: "choice", options: ["bulk", "tick"], default: "bulk" },
    period: { kind: "int", min: 2, max: 10_000, default: 50 },
  },
  outputs: ["value"],
  unit: "volume",
  warmup: (p) => (p.sign === "tick" ? 1 : p.period),
  init: (p, barMs) => ({
    last: Number.NaN,
    sign: 0,
    changes: createMoments(p.sign === "tick" ? 1 : p.period, barMs),
  }),
  step(state, p, x, out, time) {
    const change = x[0]! - state.last;
    state.last = x[0]!;
    out[0] = Number.NaN;
    if (Number.isNaN(change)) return;
    if (p.sign === "tick") {
      if (change !== 0) state.sign = change > 0 ? 1 : -1;
      out[0] = state.sign * x[1]!;
      return;
    }
    pushMoments(state.changes, change, time);
    if (!isFullMoments(state.changes)) return;
    const deviation = Math.sqrt(squaresOf(state.changes) / p.period);
    out[0] = deviation > 0 ? (2 * normalCdf(change / deviation) - 1) * x[1]! : 0;
  },
});

/**
 * Bought less sold volume of a bar, estimated from the bar; with trades at hand use `tradeFlow()`.
 * @param sign "bulk" splits the volume by the size of the move, "tick" gives all of it to its direction.
 * @param period bars of the deviation for "bulk", 2 to 10,000.
 */
export const signedVolume = factory(signedVolumeDefinition, (sign?: "bulk" | "tick", period?: number) => ({
  sign,
  period,
}));

const tradeFlowDefinition = defineFeature({
  id: "flow.trade-flow",
  version: 1,
  group: "flow",
  summary: "What buyers took less what sellers took in a bar, counted from its trades.",
  source: "The series trades.signedVolume, as `tradeFeatures(bars, trades)` makes it.",
  inputs: [{ name: "signedVolume", series: "trades.signedVolume" }],
  params: {},
  outputs: ["value"],
  unit: "volume",
  sparse: true,
  warmup: () => 0,
  init: () => ({}),
  step(_state, _p, x, out) {
    out[0] = x[0]!;
  },
});

/** Bought less sold volume of a bar, from its trades. */
export const tradeFlow = factory(tradeFlowDefinition, () => ({}));
