import { defineFeature } from "../define.ts";
import { factory } from "../feature.ts";
import { placeColumn } from "../rolling/place-columns.ts";

/**
 * Where the extreme of the last n values stands, by TA-Lib's rule for equal values: the newest, but the oldest where the
 * extreme before has left the window and all of it is searched.
 */
type Place = {
  readonly x: Float64Array;
  /** Values taken since the stream began. */
  count: number;
  best: number;
  /** Of the extreme, counted from the beginning. */
  index: number;
};

function createPlace(n: number): Place {
  return { x: new Float64Array(n), count: 0, best: 0, index: -1 };
}

/** Takes a value. @param sign 1 for the highest; -1 for the lowest. @returns whether n values were taken. */
function pushPlace(place: Place, value: number, sign: 1 | -1): boolean {
  const { x } = place;
  const n = x.length;
  const today = place.count++;
  const signed = sign * value;
  x[today % n] = signed;
  const oldest = today - n + 1;
  if (oldest < 0) return false;
  if (place.index < oldest) search(place, oldest, today);
  else if (signed >= place.best) {
    place.best = signed;
    place.index = today;
  }
  return true;
}

function search(place: Place, oldest: number, today: number): void {
  const { x } = place;
  const n = x.length;
  let slot = oldest % n;
  let best = x[slot]!;
  let index = oldest;
  for (let i = oldest + 1; i <= today; i++) {
    slot = slot + 1 === n ? 0 : slot + 1;
    if (x[slot]! > best) {
      best = x[slot]!;
      index = i;
    }
  }
  place.best = best;
  place.index = index;
}

/** The same over a column. */
function placeColumns(
  x: Float64Array,
  index: Float64Array,
  ago: Float64Array,
  n: number,
  sign: 1 | -1,
  isAgoWanted: boolean,
): void {
  placeColumn(x, index, n, sign, "oldest");
  if (isAgoWanted) for (let i = 0; i < ago.length; i++) ago[i] = i - index[i]!;
}

function agoOf(place: Place): number {
  return place.count - 1 - place.index;
}

const SHARED = {
  version: 1,
  group: "math",
  inputs: [{ name: "value", from: "close" }],
  params: { period: { kind: "int", min: 2, max: 10_000, default: 30 } },
  unit: "bars",
  warmup: (p: { readonly period: number }) => p.period - 1,
} as const;
const INDEX =
  "An index counts the bars since the first one given, so it says something only within one series; bars ago do not. Of equal values the newest, but the oldest where the extreme before has just left the window, as TA-Lib has it.";

const maxIndexDefinition = defineFeature({
  ...SHARED,
  id: "math.maxindex",
  talib: "MAXINDEX",
  summary: "Where the highest value of the last n bars stands: its index, and how many bars ago.",
  source: `TA-Lib MAXINDEX. ${INDEX}`,
  outputs: ["index", "ago"],
  init: (p) => createPlace(p.period),
  step(state, _p, x, out) {
    const isReady = pushPlace(state, x[0]!, 1);
    out[0] = isReady ? state.index : Number.NaN;
    out[1] = isReady ? agoOf(state) : Number.NaN;
  },
  batch(p, x, out, _time, _barMs, wanted) {
    placeColumns(x[0]!, out[0]!, out[1]!, p.period, 1, wanted[1]!);
  },
});

/** Place of the highest of the last n values: `.ago` in bars; `.index` from the first bar given. @param period bars, 2 to 10,000. */
export const maxIndex = factory(maxIndexDefinition, (period?: number) => ({ period }));

const minIndexDefinition = defineFeature({
  ...SHARED,
  id: "math.minindex",
  talib: "MININDEX",
  summary: "Where the lowest value of the last n bars stands: its index, and how many bars ago.",
  source: `TA-Lib MININDEX. ${INDEX}`,
  outputs: ["index", "ago"],
  init: (p) => createPlace(p.period),
  step(state, _p, x, out) {
    const isReady = pushPlace(state, x[0]!, -1);
    out[0] = isReady ? state.index : Number.NaN;
    out[1] = isReady ? agoOf(state) : Number.NaN;
  },
  batch(p, x, out, _time, _barMs, wanted) {
    placeColumns(x[0]!, out[0]!, out[1]!, p.period, -1, wanted[1]!);
  },
});

/** Place of the lowest of the last n values: `.ago` in bars; `.index` from the first bar given. @param period bars, 2 to 10,000. */
export const minIndex = factory(minIndexDefinition, (period?: number) => ({ period }));

const minMaxIndexDefinition = defineFeature({
  ...SHARED,
  id: "math.minmaxindex",
  talib: "MINMAXINDEX",
  summary:
    "Where the lowest and the highest value of the last n bars stand: their indexes, and how many bars ago.",
  source: `TA-Lib MINMAXINDEX. ${INDEX}`,
  outputs: ["minIndex", "maxIndex", "minAgo", "maxAgo"],
  init: (p) => ({ lowest: createPlace(p.period), highest: createPlace(p.period) }),
  step(state, _p, x, out) {
    const isReady = pushPlace(state.lowest, x[0]!, -1);
    pushPlace(state.highest, x[0]!, 1);
    out[0] = isReady ? state.lowest.index : Number.NaN;
    out[1] = isReady ? state.highest.index : Number.NaN;
    out[2] = isReady ? agoOf(state.lowest) : Number.NaN;
    out[3] = isReady ? agoOf(state.highest) : Number.NaN;
  },
  batch(p, x, out, _time, _barMs, wanted) {
    placeColumns(x[0]!, out[0]!, out[2]!, p.period, -1, wanted[2]!);
    placeColumns(x[0]!, out[1]!, out[3]!, p.period, 1, wanted[3]!);
  },
});

/**
 * Places of the lowest and the highest of the last n values: `.minAgo`, `.maxAgo` in bars; `.minIndex`, `.maxIndex` from
 * the first bar given. @param period bars, 2 to 10,000.
 */
export const minmaxIndex = factory(minMaxIndexDefinition, (period?: number) => ({ period }));
