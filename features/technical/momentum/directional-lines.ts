import { defineFeature, type ParamValues } from "../../define.ts";
import { factory } from "../../feature.ts";
import { createDirectional, type Directional, pushDirectional } from "./directional.ts";

const params = { period: { kind: "int", min: 2, max: 500, default: 14 } } as const;

function indicator(id: string, talib: string, summary: string, of: (d: Directional) => number) {
  return defineFeature({
    id: `technical.${id}`,
    version: 1,
    group: "momentum",
    talib,
    summary,
    source: `Wilder 1978; TA-Lib ${talib}: 0 where the range is 0.`,
    inputs: ["high", "low", "close"],
    params,
    outputs: ["value"],
    unit: "percent",
    warmup: (p) => p.period,
    init: createDirectional,
    step(state, p, x, out) {
      const isReady = pushDirectional(state, p.period, x[0]!, x[1]!, x[2]!);
      out[0] = !isReady ? Number.NaN : state.range === 0 ? 0 : (100 * of(state)) / state.range;
    },
  });
}

/** Directional movement alone: one bar earlier than the indicators, because it needs no true range. */
function movement(id: string, talib: string, summary: string, of: (d: Directional) => number) {
  return defineFeature({
    id: `technical.${id}`,
    version: 1,
    group: "momentum",
    talib,
    summary,
    source: `Wilder 1978; TA-Lib ${talib}: a smoothed sum, not a mean.`,
    inputs: ["high", "low"],
    params,
    outputs: ["value"],
    unit: "price",
    warmup: (p: ParamValues<typeof params>) => p.period - 1,
    init: createDirectional,
    step(state, p, x, out) {
      pushDirectional(state, p.period, x[0]!, x[1]!, x[0]!);
      out[0] = state.seen < p.period - 1 ? Number.NaN : of(state);
    },
    batch(p, x, out) {
      const isPlus = talib === "PLUS_DM";
      movementColumn(x[0]!, x[1]!, p.period, isPlus, out[0]!);
    },
  });
}

/** The smoothed sum of up where up > down and up > 0; or of down. */
function movementColumn(
  high: Float64Array,
  low: Float64Array,
  n: number,
  isPlus: boolean,
  out: Float64Array,
): void {
  const [a, b] = isPlus ? [high, low] : [low, high];
  const sign = isPlus ? 1 : -1;
  const keep = 1 - 1 / n;
  let sum = 0;
  let lastA = a[0]!;
  let lastB = b[0]!;
  if (out.length > 0) out[0] = sum;
  for (let i = 1; i < out.length; i++) {
    const one = sign * (a[i]! - lastA);
    const other = sign * (lastB - b[i]!);
    lastA = a[i]!;
    lastB = b[i]!;
    const step = 0.5 * (one + Math.abs(one)) * +(one > other);
    sum = i < n ? sum + step : sum * keep + step;
    out[i] = sum;
  }
  out.fill(Number.NaN, 0, Math.min(n - 1, out.length));
}

const plusDiDefinition = indicator(
  "plusdi",
  "PLUS_DI",
  "Plus directional indicator: smoothed upward movement in percent of the smoothed true range.",
  (d) => d.plus,
);
/** Plus directional indicator, 0 to 100. @param period bars, 2 to 500. */
export const plusDi = factory(plusDiDefinition, (period?: number) => ({ period }));

const minusDiDefinition = indicator(
  "minusdi",
  "MINUS_DI",
  "Minus directional indicator: smoothed downward movement in percent of the smoothed true range.",
  (d) => d.minus,
);
/** Minus directional indicator, 0 to 100. @param period bars, 2 to 500. */
export const minusDi = factory(minusDiDefinition, (period?: number) => ({ period }));

const plusDmDefinition = movement(
  "plusdm",
  "PLUS_DM",
  "Plus directional movement: Wilder's smoothed sum of upward movement.",
  (d) => d.plus,
);
/** Plus directional movement, in price units. @param period bars, 2 to 500. */
export const plusDm = factory(plusDmDefinition, (period?: number) => ({ period }));

const minusDmDefinition = movement(
  "minusdm",
  "MINUS_DM",
  "Minus directional movement: Wilder's smoothed sum of downward movement.",
  (d) => d.minus,
);
/** Minus directional movement, in price units. @param period bars, 2 to 500. */
export const minusDm = factory(minusDmDefinition, (period?: number) => ({ period }));
