/** Differences of two averages. */
import { defineFeature, type Unit } from "../../define.ts";
import { factory } from "../../feature.ts";
import { AVERAGE_KINDS, AVERAGE_PARAM, type AverageName } from "../average/kinds.ts";

// TA-Lib's default average here is the exponential one.
const averageParam = { ...AVERAGE_PARAM, default: "ema" } as const;

function define(id: string, talib: string, input: "close" | "volume", isPercent: boolean, summary: string) {
  const unit: Unit = isPercent ? "percent" : "input";
  return defineFeature({
    id: `technical.${id}`,
    version: 1,
    group: input === "volume" ? "volume" : "momentum",
    talib,
    summary,
    source: `TA-Lib ${talib}: the shorter period is the fast one, whichever is given first; 0 where the slow average is 0.`,
    inputs: [{ name: "value", from: input }],
    params: {
      fast: { kind: "int", min: 2, max: 10_000, default: 12 },
      slow: { kind: "int", min: 2, max: 10_000, default: 26 },
      average: averageParam,
    },
    outputs: ["value"],
    unit,
    warmup: (p) => AVERAGE_KINDS[p.average].warmup(Math.max(p.fast, p.slow)),
    init: (p, barMs) => ({
      fast: AVERAGE_KINDS[p.average].create(Math.min(p.fast, p.slow), barMs),
      slow: AVERAGE_KINDS[p.average].create(Math.max(p.fast, p.slow), barMs),
    }),
    step(state, p, x, out, time) {
      const one = AVERAGE_KINDS[p.average];
      const value = x[0]!;
      const fast = one.push(state.fast, Math.min(p.fast, p.slow), value, time);
      const slow = one.push(state.slow, Math.max(p.fast, p.slow), value, time);
      if (!isPercent) out[0] = fast - slow;
      else out[0] = slow === 0 ? 0 : (100 * (fast - slow)) / slow;
    },
  });
}

const apoDefinition = define(
  "apo",
  "APO",
  "close",
  false,
  "Absolute price oscillator: the fast average minus the slow one.",
);
/** Absolute price oscillator, in the input's unit. @param fast bars. @param slow bars. @param average "ema" without it. */
export const apo = factory(apoDefinition, (fast?: number, slow?: number, average?: AverageName) => ({
  fast,
  slow,
  average,
}));

const ppoDefinition = define(
  "ppo",
  "PPO",
  "close",
  true,
  "Percentage price oscillator: the fast average minus the slow one, in percent of the slow one.",
);
/** Percentage price oscillator. @param fast bars. @param slow bars. @param average "ema" without it. */
export const ppo = factory(ppoDefinition, (fast?: number, slow?: number, average?: AverageName) => ({
  fast,
  slow,
  average,
}));

const pvoDefinition = define(
  "pvo",
  "PVO",
  "volume",
  true,
  "Percentage volume oscillator: the fast average of the volume minus the slow one, in percent of the slow one.",
);
/** Percentage volume oscillator. @param fast bars. @param slow bars. @param average "ema" without it. */
export const pvo = factory(pvoDefinition, (fast?: number, slow?: number, average?: AverageName) => ({
  fast,
  slow,
  average,
}));
