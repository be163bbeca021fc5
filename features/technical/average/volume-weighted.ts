import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { blockTiles, createBlocks, sumLane } from "../../rolling/blocks.ts";
import { INPUT_LANES, OUTPUT_LANES } from "../../rolling/lanes.ts";
import { createMean, isFullMean, meanOf, pushMean } from "../../rolling/mean.ts";

const definition = defineFeature({
  id: "technical.vwma",
  version: 1,
  group: "average",
  talib: "VWMA",
  summary: "Volume-weighted moving average: n closes, each with the weight of its bar's volume.",
  source: "TA-Lib VWMA: NaN where nothing was traded.",
  inputs: [{ name: "value", from: "close" }, "volume"],
  params: { period: { kind: "int", min: 1, max: 10_000, default: 30 } },
  outputs: ["value"],
  unit: "input",
  sparse: true,
  warmup: (p) => p.period - 1,
  init: (p, barMs) => ({ value: createMean(p.period, barMs), volume: createMean(p.period, barMs) }),
  step({ value, volume }, _p, x, out, time) {
    pushMean(value, x[0]! * x[1]!, time);
    pushMean(volume, x[1]!, time);
    const weight = meanOf(volume);
    out[0] = isFullMean(volume) && weight !== 0 ? meanOf(value) / weight : Number.NaN;
  },
  tiled: true,
  batch(p, x, out, time, barMs) {
    const blocks = createBlocks(p.period, time, barMs);
    blockTiles(x, out, [blocks], (tile) => {
      weighTile(tile.end);
      sumLane(blocks, tile, "mean", 0);
      sumLane(blocks, tile, "mean", 1);
      shareTile(tile.start, tile.end);
    });
  },
});

const [values, volumes] = INPUT_LANES;
const [results, weights] = OUTPUT_LANES;

function weighTile(end: number): void {
  for (let i = 0; i < end; i++) values[i]! *= volumes[i]!;
}

function shareTile(start: number, end: number): void {
  for (let i = start; i < end; i++) results[i] = weights[i] === 0 ? Number.NaN : results[i]! / weights[i]!;
}

/** Volume-weighted moving average, in the input's unit. @param period bars, 1 to 10,000. */
export const vwma = factory(definition, (period?: number) => ({ period }));
