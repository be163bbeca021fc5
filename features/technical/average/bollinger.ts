import { defineFeature, type FeatureDefinition } from "../../define.ts";
import { runLoop } from "../../drive/loop.ts";
import { factory } from "../../feature.ts";
import { momentColumns } from "../../rolling/blocks.ts";
import { createMoments, isFullMoments, meanOf, pushMoments, squaresOf } from "../../rolling/moments.ts";
import { AVERAGE_KINDS, AVERAGE_PARAM, type AverageName } from "./kinds.ts";

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
  init: (p, barMs) => ({
    window: createMoments(p.period, barMs),
    average: p.average === "sma" ? {} : AVERAGE_KINDS[p.average].create(p.period, barMs),
  }),
  step({ window, average }, p, x, out, time) {
    const value = x[0]!;
    pushMoments(window, value, time);
    const isSimple = p.average === "sma";
    const middle = isSimple ? meanOf(window) : AVERAGE_KINDS[p.average].push(average, p.period, value, time);
    if (!isFullMoments(window) || Number.isNaN(middle)) {
      out.fill(Number.NaN);
      return;
    }
    const deviation = Math.sqrt(squaresOf(window) / p.period);
    const lower = middle - p.deviationsDown * deviation;
    const width = (p.deviations + p.deviationsDown) * deviation;
    out[0] = middle + p.deviations * deviation;
    out[1] = middle;
    out[2] = lower;
    out[3] = width > 0 ? (value - lower) / width : Number.NaN;
  },
  batch(p, x, out, time, barMs, wanted) {
    if (p.average !== "sma") {
      runLoop(definition as unknown as FeatureDefinition, p, x, out, time, barMs);
      return;
    }
    const [upper, middle, lower, place] = out as [Float64Array, Float64Array, Float64Array, Float64Array];
    const values = x[0]!;
    const hasPlace = wanted[3]!;
    const { period: n, deviations, deviationsDown } = p;
    momentColumns(values, middle, upper, n, time, barMs, (from, end) => {
      for (let i = from; i < end; i++) {
        const mean = middle[i]!;
        const deviation = Math.sqrt(upper[i]! / n);
        upper[i] = mean + deviations * deviation;
        lower[i] = mean - deviationsDown * deviation;
        if (hasPlace) place[i] = (deviations + deviationsDown) * deviation;
      }
    });
    const warm = Math.min(n - 1, values.length);
    lower.fill(Number.NaN, 0, warm);
    if (!hasPlace) return;
    place.fill(Number.NaN, 0, warm);
    for (let i = 0; i < values.length; i++) {
      const width = place[i]!;
      place[i] = width > 0 ? (values[i]! - lower[i]!) / width : Number.NaN;
    }
  },
});

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
