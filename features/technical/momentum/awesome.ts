/** Bill Williams: the awesome oscillator, its acceleration, and fractals. */
import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { blockTiles, createBlocks, meanColumn, sumLane } from "../../rolling/blocks.ts";
import {
  copyLane,
  eachTile,
  INPUT_LANES,
  INPUTS,
  OUTPUT_LANES,
  OUTPUTS,
  WORK,
  WORK_LANES,
} from "../../rolling/lanes.ts";
import { createMean, isFullMean, meanOf, pushMean } from "../../rolling/mean.ts";
import { joinLanes, scaleLane } from "../../rolling/pair-lanes.ts";
import { extremeLane } from "../../rolling/range-lanes.ts";
import { agoOf, createRing, isFull, pushRing, type Ring } from "../../rolling/ring.ts";
import { withScratch } from "../../rolling/scratch.ts";

const spans = {
  fast: { kind: "int", min: 1, max: 10_000, default: 5 },
  slow: { kind: "int", min: 2, max: 10_000, default: 34 },
} as const;

const aoDefinition = defineFeature({
  id: "technical.ao",
  version: 1,
  group: "momentum",
  talib: "AO",
  summary: "Awesome oscillator: a short minus a long average of the middle of each bar.",
  source: "Williams 1995; TA-Lib AO.",
  inputs: ["high", "low"],
  params: spans,
  outputs: ["value"],
  unit: "price",
  warmup: (p) => Math.max(p.fast, p.slow) - 1,
  init: (p, barMs) => ({ fast: createMean(p.fast, barMs), slow: createMean(p.slow, barMs) }),
  step(state, _p, x, out, time) {
    const middle = (x[0]! + x[1]!) / 2;
    pushMean(state.fast, middle, time);
    pushMean(state.slow, middle, time);
    out[0] =
      isFullMean(state.fast) && isFullMean(state.slow) ? meanOf(state.fast) - meanOf(state.slow) : Number.NaN;
  },
  tiled: true,
  batch: (p, x, out, time, barMs) => awesomeColumn(x[0]!, x[1]!, p, out[0]!, time, barMs),
});
function awesomeColumn(
  high: Float64Array,
  low: Float64Array,
  p: { readonly fast: number; readonly slow: number },
  out: Float64Array,
  time: Float64Array,
  barMs: number,
): void {
  const fast = createBlocks(p.fast, time, barMs);
  const slow = createBlocks(p.slow, time, barMs);
  blockTiles([high, low], [out], [fast, slow], (tile) => {
    middleTile(tile.end);
    sumLane(fast, tile, "mean", 0);
    copyLane(OUTPUTS, OUTPUTS + 1, tile.start, tile.end);
    sumLane(slow, tile, "mean", 0);
    joinLanes("minus", OUTPUTS + 1, OUTPUTS, OUTPUTS, tile.start, tile.end);
  });
}

const [highs, lows] = INPUT_LANES;
const [slows, fasts] = OUTPUT_LANES;

function middleTile(end: number): void {
  joinLanes("plus", INPUTS, INPUTS + 1, INPUTS, 0, end);
  scaleLane("scaled", INPUTS, INPUTS, 0, end, 1, 2);
}
/** Awesome oscillator, in price units. @param fast bars. @param slow bars. */
export const ao = factory(aoDefinition, (fast?: number, slow?: number) => ({ fast, slow }));

const acDefinition = defineFeature({
  id: "technical.ac",
  version: 1,
  group: "momentum",
  talib: "AC",
  summary: "Accelerator oscillator: the awesome oscillator minus its own average.",
  source: "Williams 1998; TA-Lib AC.",
  inputs: ["high", "low"],
  params: { ...spans, signal: { kind: "int", min: 1, max: 10_000, default: 5 } },
  outputs: ["value"],
  unit: "price",
  warmup: (p) => Math.max(p.fast, p.slow) + p.signal - 2,
  init: (p, barMs) => ({
    fast: createMean(p.fast, barMs),
    slow: createMean(p.slow, barMs),
    signal: createMean(p.signal, barMs),
  }),
  step(state, _p, x, out, time) {
    const middle = (x[0]! + x[1]!) / 2;
    pushMean(state.fast, middle, time);
    pushMean(state.slow, middle, time);
    out[0] = Number.NaN;
    if (!isFullMean(state.fast) || !isFullMean(state.slow)) return;
    const awesome = meanOf(state.fast) - meanOf(state.slow);
    pushMean(state.signal, awesome, time);
    if (isFullMean(state.signal)) out[0] = awesome - meanOf(state.signal);
  },
  tiled: true,
  batch(p, x, out, time, barMs) {
    const to = out[0]!;
    const from = Math.min(Math.max(p.fast, p.slow) - 1, to.length);
    withScratch(1, to.length, (awesome) => {
      awesomeColumn(x[0]!, x[1]!, p, awesome!, time, barMs);
      meanColumn(awesome!.subarray(from), to.subarray(from), p.signal, time.subarray(from), barMs);
      for (let i = from; i < to.length; i++) to[i] = awesome![i]! - to[i]!;
    });
    to.fill(Number.NaN, 0, from);
  },
});
/** Accelerator oscillator, in price units. @param fast bars. @param slow bars. @param signal bars of its own average. */
export const ac = factory(acDefinition, (fast?: number, slow?: number, signal?: number) => ({
  fast,
  slow,
  signal,
}));

const side = (count: number) => ({ kind: "int", min: 1, max: 1000, default: count }) as const;

const fractalDefinition = defineFeature({
  id: "technical.fractal",
  version: 1,
  group: "momentum",
  talib: "FRACTAL",
  summary:
    "Williams fractals: 100 where the high (low) of `right` bars ago lies above (below) those of the bars on both sides of it, else 0.",
  source:
    "Williams 1995; TA-Lib FRACTAL: told when it is known, `right` bars after the pivot. Equal extremes make none.",
  inputs: ["high", "low"],
  params: { left: side(2), right: side(2) },
  outputs: ["high", "low"],
  unit: "signal",
  warmup: (p) => p.left + p.right,
  init: (p) => ({ highs: createRing(p.left + p.right + 1), lows: createRing(p.left + p.right + 1) }),
  step({ highs, lows }, p, x, out) {
    pushRing(highs, x[0]!);
    pushRing(lows, x[1]!);
    out[0] = isFull(highs) ? pivot(highs, p.right, 1) : Number.NaN;
    out[1] = isFull(lows) ? pivot(lows, p.right, -1) : Number.NaN;
  },
  tiled: true,
  batch(p, x, out) {
    const { left, right } = p;
    eachTile(x, out, 2 * (left + right) + 1, (tile) => {
      for (const [lane, sign] of SIDES) {
        const earlier = { ...tile, start: Math.max(0, tile.start - right - 1) };
        extremeLane(INPUTS + lane, WORK, left, sign, earlier);
        extremeLane(INPUTS + lane, WORK + 1, right, sign, tile);
        const start = Math.max(tile.start, left + right - tile.shift);
        if (sign > 0) peakTile(start, tile.end, right);
        else troughTile(start, tile.end, right);
      }
    });
    for (const column of out) column.fill(Number.NaN, 0, Math.min(left + right, column.length));
  },
});

/** Of high and low: the lane, and which extreme. */
const SIDES = [
  [0, 1],
  [1, -1],
] as const;
const [before, after] = WORK_LANES;

/** Against the extremes of the bars before and after it. */
function peakTile(start: number, end: number, right: number): void {
  for (let i = start; i < end; i++) {
    const value = highs[i - right]!;
    slows[i] = 100 * (+(value > before[i - right - 1]!) & +(value > after[i]!));
  }
}

function troughTile(start: number, end: number, right: number): void {
  for (let i = start; i < end; i++) {
    const value = lows[i - right]!;
    fasts[i] = 100 * (+(value < before[i - right - 1]!) & +(value < after[i]!));
  }
}

function pivot(ring: Ring, ago: number, sign: 1 | -1): number {
  const extreme = sign * agoOf(ring, ago);
  for (let k = 0; k < ring.values.length; k++) {
    if (k !== ago && sign * agoOf(ring, k) >= extreme) return 0;
  }
  return 100;
}
/** Williams fractals: `.high` and `.low`, 100 or 0, `right` bars after the pivot. @param left, right: bars on its sides. */
export const fractal = factory(fractalDefinition, (left?: number, right?: number) => ({ left, right }));
