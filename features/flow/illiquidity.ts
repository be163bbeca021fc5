import { defineFeature } from "../define.ts";
import { createFeature, type FeatureFactory, factory } from "../feature.ts";
import {
  createCoMoments,
  isFullCoMoments,
  productsOf,
  pushCoMoments,
  xSquaresOf,
} from "../rolling/co-moments.ts";
import { createMean, isFullMean, meanOf, pushMean } from "../rolling/mean.ts";
import { signedVolume } from "./signed-volume.ts";

const amihudDefinition = defineFeature({
  id: "flow.amihud",
  version: 1,
  group: "flow",
  summary:
    "Amihud's illiquidity: mean of |return| per traded value, over the last bars that traded; a fraction for one unit of the quote asset.",
  source:
    "Amihud 2002, J. Financial Markets 5: |close / close before - 1| / (close x volume); not scaled by a million. A bar without trade is left out, as there.",
  inputs: ["close", "volume"],
  params: { period: { kind: "int", min: 1, max: 10_000, default: 20 } },
  outputs: ["value"],
  unit: "score",
  sparse: true,
  warmup: (p) => p.period,
  init: (p, barMs) => ({ last: Number.NaN, ratios: createMean(p.period, barMs) }),
  step(state, _p, x, out, time) {
    const ratio = Math.abs(x[0]! / state.last - 1) / (x[0]! * x[1]!);
    state.last = x[0]!;
    // Below 0 or not finite: a bar without trade, or a price that is none.
    if (ratio >= 0 && ratio < Number.POSITIVE_INFINITY) pushMean(state.ratios, ratio, time);
    out[0] = isFullMean(state.ratios) ? meanOf(state.ratios) : Number.NaN;
  },
});

/** Amihud's illiquidity. @param period bars that traded, 1 to 10,000. */
export const amihud = factory(amihudDefinition, (period?: number) => ({ period }));

const kyleDefinition = defineFeature({
  id: "flow.kyle-lambda",
  version: 1,
  group: "flow",
  summary: "Kyle's lambda: how far a unit of signed volume moves the price; slope over the last bars.",
  source:
    "Kyle 1985, Econometrica 53; least squares with intercept of the price's change on the bar's signed volume. NaN where the signed volume does not vary.",
  inputs: [
    { name: "price", from: "close" },
    { name: "signedVolume", series: "trades.signedVolume" },
  ],
  params: { period: { kind: "int", min: 2, max: 10_000, default: 50 } },
  outputs: ["value"],
  unit: "score",
  sparse: true,
  warmup: (p) => p.period,
  init: (p, barMs) => ({ last: Number.NaN, pairs: createCoMoments(p.period, barMs) }),
  step(state, _p, x, out, time) {
    const change = x[0]! - state.last;
    state.last = x[0]!;
    out[0] = Number.NaN;
    if (Number.isNaN(change)) return;
    pushCoMoments(state.pairs, x[1]!, change, time);
    if (!isFullCoMoments(state.pairs)) return;
    const squares = xSquaresOf(state.pairs);
    if (squares > 0) out[0] = productsOf(state.pairs) / squares;
  },
});

const makeKyle = (period?: number) =>
  createFeature(kyleDefinition, { period }).of("close", signedVolume("tick"));

/**
 * Kyle's lambda of the close and of the volume signed by the tick rule; from trades:
 * `kyleLambda(50).of("close", tradeFlow())`. @param period bars, 2 to 10,000.
 */
export const kyleLambda: FeatureFactory<[period?: number], "value"> = Object.assign(makeKyle, {
  definition: kyleDefinition as never,
});
