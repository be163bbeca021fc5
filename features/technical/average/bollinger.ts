import { defineFeature, type FeatureDefinition } from "../../define.ts";
import { runLoop } from "../../drive/loop.ts";
import { factory } from "../../feature.ts";
import { momentTiles } from "../../rolling/blocks.ts";
import { INPUT_LANES, kernels, laneAddress, OUTPUT_LANES, OUTPUTS } from "../../rolling/lanes.ts";
import { createMoments, meanOf, pushMoments, squaresOf } from "../../rolling/moments.ts";
import { AVERAGE_KINDS, AVERAGE_PARAM, type AverageName } from "./kinds.ts";

// Of this module (see `FeatureDefinition.step`).
const push = pushMoments;
const centreOf = meanOf;
const spreadOf = squaresOf;

const definition = defineFeature({
  id: "technical.bollinger",
  version: 2,
  group: "average",
  talib: "BBANDS",
  summary:
    "Bollinger bands: average of n closes, k deviations above and below, and where the close stands (0 at the lower band, 1 at the upper).",
  source:
    "Bollinger 2001; TA-Lib BBANDS (population deviation). percentB is NaN where the band has no width.",
  inputs: [{ name: "value", from: "close" }],
  params: {
    period: { kind: "int", min: 2, max: 10_000, default: 20 },
    deviations: { kind: "float", min: 0.01, max: 100, default: 2 },
    deviationsDown: { kind: "float", min: 0.01, max: 100, default: 2 },
    average: AVERAGE_PARAM,
  },
  outputs: ["upper", "middle", "lower", "percentB"],
  unit: ["price", "price", "price", "fraction"],
  warmup: (p) => Math.max(p.period - 1, p.average === "sma" ? 0 : AVERAGE_KINDS[p.average].warmup(p.period)),
  init: (p, barMs, wanted) => ({
    place: wanted === undefined || wanted[3] ? 1 : 0,
    window: createMoments(p.period, barMs),
    average: p.average === "sma" ? {} : AVERAGE_KINDS[p.average].create(p.period, barMs),
  }),
  step({ place, window, average }, p, x, out, time) {
    const value = x[0]!;
    const isFull = push(window, value, time);
    const isSimple = p.average === "sma";
    const middle = isSimple
      ? centreOf(window)
      : AVERAGE_KINDS[p.average].push(average, p.period, value, time);
    if (!isFull || Number.isNaN(middle)) return;
    const deviation = Math.sqrt(spreadOf(window) / p.period);
    const lower = middle - p.deviationsDown * deviation;
    out[0] = middle + p.deviations * deviation;
    out[1] = middle;
    out[2] = lower;
    if (place === 0) return;
    const width = (p.deviations + p.deviationsDown) * deviation;
    if (width > 0) out[3] = (value - lower) / width;
  },
  batch(p, x, out, time, barMs, wanted) {
    if (p.average !== "sma") {
      runLoop(definition as unknown as FeatureDefinition, p, x, out, time, barMs);
      return;
    }
    const bands = wanted[3] ? out : out.slice(0, 3);
    const { period: n, deviations, deviationsDown } = p;
    momentTiles(x[0]!, bands, n, time, barMs, (start, end) => {
      if (wanted[3]) placeTile(start, end, n, deviationsDown, deviations + deviationsDown);
      bandTile(start, end, n, deviations, deviationsDown);
    });
  },
});

const [values] = INPUT_LANES;
const [first, second, third, place] = OUTPUT_LANES;

/** Of mean and squares, in the first two lanes, the three bands. */
function bandTile(start: number, end: number, n: number, up: number, down: number): void {
  if (kernels) {
    kernels.bands(laneAddress(OUTPUTS, start), laneAddress(OUTPUTS, end), n, up, down);
    return;
  }
  for (let i = start; i < end; i++) {
    const mean = first[i]!;
    const deviation = Math.sqrt(second[i]! / n);
    first[i] = mean + up * deviation;
    second[i] = mean;
    third[i] = mean - down * deviation;
  }
}

function placeTile(start: number, end: number, n: number, down: number, wide: number): void {
  for (let i = start; i < end; i++) {
    const deviation = Math.sqrt(second[i]! / n);
    const lower = first[i]! - down * deviation;
    const width = wide * deviation;
    place[i] = width > 0 ? (values[i]! - lower) / width : Number.NaN;
  }
}

/**
 * Bollinger bands of the close: `.upper`, `.middle`, `.lower` in price units, `.percentB` a fraction.
 * @param period bars, 2 to 10,000. @param deviations from the middle to the upper band, 0.01 to 100.
 * @param deviationsDown to the lower band; the same without it. @param average of the middle, "sma" without it.
 */
export const bollinger = factory(
  definition,
  (
    period?: number,
    deviations?: number,
    deviationsDown: number | undefined = deviations,
    average?: AverageName,
  ) => ({
    period,
    deviations,
    deviationsDown,
    average,
  }),
);
