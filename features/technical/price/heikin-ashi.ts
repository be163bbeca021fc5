import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { eachTile, INPUT_LANES, INPUTS, OUTPUT_LANES, OUTPUTS, WORK } from "../../rolling/lanes.ts";
import { joinLanes, scaleLane } from "../../rolling/pair-lanes.ts";

function highestOf(high: number, open: number, close: number): number {
  const body = open > close ? open : close;
  return high > body ? high : body;
}

function lowestOf(low: number, open: number, close: number): number {
  const body = open < close ? open : close;
  return low < body ? low : body;
}

const definition = defineFeature({
  id: "technical.heikin-ashi",
  version: 1,
  group: "price",
  talib: "HA",
  summary: "Heikin-Ashi candles: bars averaged so that a trend keeps one colour.",
  source:
    "Valcu 2004; TA-Lib HA: the first open is the middle between the first bar's open and close. These are not prices that were traded.",
  inputs: ["open", "high", "low", "close"],
  params: {},
  outputs: ["haOpen", "haHigh", "haLow", "haClose"],
  unit: "price",
  warmup: () => 0,
  init: () => ({ open: Number.NaN, close: Number.NaN }),
  step(state, _p, x, out) {
    const open = Number.isNaN(state.open) ? (x[0]! + x[3]!) / 2 : (state.open + state.close) / 2;
    const close = (x[0]! + x[1]! + x[2]! + x[3]!) / 4;
    state.open = open;
    state.close = close;
    out[0] = open;
    out[1] = highestOf(x[1]!, open, close);
    out[2] = lowestOf(x[2]!, open, close);
    out[3] = close;
  },
  tiled: true,
  batch(_p, x, out) {
    let open = Number.NaN;
    eachTile(x, out, 0, ({ shift, end }) => {
      closeTile(end);
      open = openTile(shift === 0 ? (opens[0]! + closes[0]!) / 2 : open, end);
      joinLanes("larger", OUTPUTS + 3, OUTPUTS, WORK, 0, end);
      joinLanes("larger", WORK, INPUTS + 1, OUTPUTS + 1, 0, end);
      joinLanes("smaller", OUTPUTS + 3, OUTPUTS, WORK, 0, end);
      joinLanes("smaller", WORK, INPUTS + 2, OUTPUTS + 2, 0, end);
    });
  },
});

const [opens, , , closes] = INPUT_LANES;
const [haOpens, , , haCloses] = OUTPUT_LANES;

function closeTile(end: number): void {
  joinLanes("plus", INPUTS, INPUTS + 1, WORK, 0, end);
  joinLanes("plus", WORK, INPUTS + 2, WORK, 0, end);
  joinLanes("plus", WORK, INPUTS + 3, WORK, 0, end);
  scaleLane("scaled", WORK, OUTPUTS + 3, 0, end, 1, 4);
}

/** @param first the open of the tile's first bar. @returns that of the bar after it. */
function openTile(first: number, end: number): number {
  let open = first;
  for (let i = 0; i < end; i++) {
    haOpens[i] = open;
    open = (open + haCloses[i]!) / 2;
  }
  return open;
}

/** Heikin-Ashi candles: `.haOpen`, `.haHigh`, `.haLow`, `.haClose`, in price units. */
export const heikinAshi = factory(definition, () => ({}));
