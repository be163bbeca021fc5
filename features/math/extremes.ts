import { defineFeature } from "../define.ts";
import { factory } from "../feature.ts";
import { createExtreme, type Extreme, isFullExtreme, pushHighest, pushLowest } from "../rolling/extremes.ts";
import { eachTile, INPUTS, OUTPUT_LANES, OUTPUTS, type Tile } from "../rolling/lanes.ts";
import { extremeLane, lookBack } from "../rolling/range-lanes.ts";

const PERIOD = { kind: "int", min: 2, max: 10_000, default: 30 } as const;
const SHARED = {
  version: 1,
  group: "math",
  inputs: [{ name: "value", from: "close" }],
  params: { period: PERIOD },
  unit: "input",
  warmup: (p: { readonly period: number }) => p.period - 1,
} as const;

// + 0: of 0 and -0 either may be found, and both are told as 0.
function highestOf(e: Extreme, value: number): number {
  const highest = pushHighest(e, value) + 0;
  return isFullExtreme(e) ? highest : Number.NaN;
}

function lowestOf(e: Extreme, value: number): number {
  const lowest = pushLowest(e, value) + 0;
  return isFullExtreme(e) ? lowest : Number.NaN;
}

/** The same over columns. @param signs for each output, 1 for the highest, -1 for the lowest. */
function columns(
  x: readonly Float64Array[],
  out: readonly Float64Array[],
  n: number,
  signs: readonly (1 | -1)[],
) {
  eachTile(x, out, lookBack(n), (tile) => {
    for (let k = 0; k < signs.length; k++) extremeLane(INPUTS, OUTPUTS + k, n, signs[k]!, tile);
    addNothing(tile, signs.length);
  });
  for (const column of out) column.fill(Number.NaN, 0, Math.min(n - 1, column.length));
}

const [first, second] = OUTPUT_LANES;

function addNothing({ start, end }: Tile, count: number): void {
  for (let i = start; i < end; i++) first[i]! += 0;
  if (count > 1) for (let i = start; i < end; i++) second[i]! += 0;
}

const maxDefinition = defineFeature({
  ...SHARED,
  id: "math.max",
  talib: "MAX",
  summary: "The highest value of the last n bars.",
  source: "TA-Lib MAX.",
  outputs: ["value"],
  init: (p) => createExtreme(p.period),
  step(state, _p, x, out) {
    out[0] = highestOf(state, x[0]!);
  },
  tiled: true,
  batch: (p, x, out) => columns(x, out, p.period, [1]),
});

/** Highest of the last n values. @param period bars, 2 to 10,000. */
export const max = factory(maxDefinition, (period?: number) => ({ period }));

const minDefinition = defineFeature({
  ...SHARED,
  id: "math.min",
  talib: "MIN",
  summary: "The lowest value of the last n bars.",
  source: "TA-Lib MIN.",
  outputs: ["value"],
  init: (p) => createExtreme(p.period),
  step(state, _p, x, out) {
    out[0] = lowestOf(state, x[0]!);
  },
  tiled: true,
  batch: (p, x, out) => columns(x, out, p.period, [-1]),
});

/** Lowest of the last n values. @param period bars, 2 to 10,000. */
export const min = factory(minDefinition, (period?: number) => ({ period }));

const minMaxDefinition = defineFeature({
  ...SHARED,
  id: "math.minmax",
  talib: "MINMAX",
  summary: "The lowest and the highest value of the last n bars.",
  source: "TA-Lib MINMAX.",
  outputs: ["min", "max"],
  init: (p) => ({ lowest: createExtreme(p.period), highest: createExtreme(p.period) }),
  step(state, _p, x, out) {
    out[0] = lowestOf(state.lowest, x[0]!);
    out[1] = highestOf(state.highest, x[0]!);
  },
  tiled: true,
  batch: (p, x, out) => columns(x, out, p.period, [-1, 1]),
});

/** Lowest and highest of the last n values: `.min` and `.max`. @param period bars, 2 to 10,000. */
export const minmax = factory(minMaxDefinition, (period?: number) => ({ period }));
