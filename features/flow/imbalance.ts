import { defineFeature } from "../define.ts";
import { createFeature, type FeatureFactory } from "../feature.ts";
import { createMean, isFullMean, meanOf, pushMean, sumOf } from "../rolling/mean.ts";
import { signedVolume } from "./signed-volume.ts";

const SIGNED_VOLUME = { name: "signedVolume", series: "trades.signedVolume" } as const;

const tradeImbalanceDefinition = defineFeature({
  id: "flow.trade-imbalance",
  version: 1,
  group: "flow",
  summary: "Signed volume as a share of all volume over the last bars, -1 (all sold) to 1 (all bought).",
  source: "Sum of signed volume / sum of volume. NaN where nothing traded.",
  inputs: [SIGNED_VOLUME, "volume"],
  params: { period: { kind: "int", min: 1, max: 10_000, default: 20 } },
  outputs: ["value"],
  unit: "fraction",
  sparse: true,
  warmup: (p) => p.period - 1,
  init: (p, barMs) => ({ signed: createMean(p.period, barMs), all: createMean(p.period, barMs) }),
  step(state, _p, x, out, time) {
    pushMean(state.signed, x[0]!, time);
    pushMean(state.all, x[1]!, time);
    out[0] = Number.NaN;
    if (!isFullMean(state.all)) return;
    const all = sumOf(state.all);
    if (all > 0) out[0] = sumOf(state.signed) / all;
  },
});

const makeTradeImbalance = (period?: number) =>
  createFeature(tradeImbalanceDefinition, { period }).of(signedVolume("bulk"));

/**
 * Trade imbalance of the volume signed in bulk; from trades: `tradeImbalance(20).of(tradeFlow())`.
 * @param period bars, 1 to 10,000.
 */
export const tradeImbalance: FeatureFactory<[period?: number], "value"> = Object.assign(makeTradeImbalance, {
  definition: tradeImbalanceDefinition as never,
});

const vpinDefinition = defineFeature({
  id: "flow.vpin",
  version: 1,
  group: "flow",
  summary:
    "VPIN, 0 to 1: mean imbalance of the last buckets of equal volume, as a share of a bucket; it changes when a bucket is full.",
  source:
    "Easley, Lopez de Prado, O'Hara 2012, Review of Financial Studies 25. A bar's volume fills buckets evenly, each with the bar's share of signed volume; they take a fiftieth of a mean day as the bucket.",
  inputs: ["volume", SIGNED_VOLUME],
  params: {
    bucketVolume: { kind: "float", min: 1e-9, max: 1e15, default: 1000 },
    buckets: { kind: "int", min: 1, max: 10_000, default: 50 },
  },
  outputs: ["value"],
  unit: "fraction",
  sparse: true,
  warmup: () => 0,
  init: (p, barMs) => ({ volume: 0, signed: 0, shares: createMean(p.buckets, barMs) }),
  step(state, p, x, out, time) {
    const size = p.bucketVolume;
    const { shares } = state;
    let rest = x[0]!;
    if (rest > 0) {
      const share = Math.min(1, Math.max(-1, x[1]! / rest));
      const room = size - state.volume;
      if (rest >= room) {
        pushMean(shares, Math.abs(state.signed + share * room) / size, time);
        rest -= room;
        const whole = Math.floor(rest / size);
        // All whole buckets of a bar are alike, and only the last of them are remembered.
        for (let k = Math.min(whole, p.buckets); k > 0; k--) pushMean(shares, Math.abs(share), time);
        rest = Math.max(0, rest - whole * size);
        state.volume = 0;
        state.signed = 0;
      }
      state.volume += rest;
      state.signed += share * rest;
    }
    out[0] = isFullMean(shares) ? meanOf(shares) : Number.NaN;
  },
});

const makeVpin = (bucketVolume?: number, buckets?: number) =>
  createFeature(vpinDefinition, { bucketVolume, buckets }).of("volume", signedVolume("bulk"));

/**
 * VPIN of the volume signed in bulk; from trades: `vpin(100).of("volume", tradeFlow())`.
 * @param bucketVolume volume of a bucket, base asset, above 0. @param buckets to average over, 1 to 10,000.
 */
export const vpin: FeatureFactory<[bucketVolume?: number, buckets?: number], "value"> = Object.assign(
  makeVpin,
  {
    definition: vpinDefinition as never,
  },
);
