/**
 * How long ago the highest high and the lowest low of the last n + 1 bars were: 100 for now, 0 for n bars ago.
 * Of equal extremes the latest counts.
 */
import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";
import { placeColumn } from "../../rolling/place-columns.ts";
import { createRing, type Ring } from "../../rolling/ring.ts";
import { withScratch } from "../../rolling/scratch.ts";

/** The last n + 1 values, and how many bars ago their extreme was; looked for again only when it falls out. */
type Last = { ring: Ring; best: number; ago: number };

function createLast(n: number): Last {
  return { ring: createRing(n + 1), best: Number.NaN, ago: -1 };
}

/** Takes a value; bars since the largest of `sign` times the values. */
function pushLast(state: Last, value: number, sign: 1 | -1): number {
  const { ring } = state;
  const { values } = ring;
  const size = values.length;
  const at = ring.next;
  values[at] = value;
  ring.next = at + 1 === size ? 0 : at + 1;
  if (ring.filled < size) ring.filled++;
  if (!(sign * value < sign * state.best)) {
    state.best = value;
    state.ago = 0;
    return 0;
  }
  state.ago++;
  if (state.ago < size) return state.ago;
  // The extreme has left: the latest of the largest of those that stay.
  state.best = value;
  state.ago = 0;
  for (let k = 1, i = at; k < size; k++) {
    i = i === 0 ? size - 1 : i - 1;
    if (sign * values[i]! > sign * state.best) {
      state.best = values[i]!;
      state.ago = k;
    }
  }
  return state.ago;
}

const params = { period: { kind: "int", min: 2, max: 10_000, default: 14 } } as const;
const inputs = ["high", "low"] as const;

const aroonDefinition = defineFeature({
  id: "technical.aroon",
  version: 1,
  group: "momentum",
  talib: "AROON",
  summary: "Aroon: how recent the lowest low (down) and the highest high (up) of n + 1 bars are, 0 to 100.",
  source: "Chande 1995; TA-Lib AROON, which names down first. Of equal extremes the latest counts.",
  inputs: [...inputs],
  params,
  outputs: ["down", "up"],
  unit: "percent",
  warmup: (p) => p.period,
  init: (p) => ({ high: createLast(p.period), low: createLast(p.period) }),
  step({ high, low }, p, x, out) {
    const up = pushLast(high, x[0]!, 1);
    const down = pushLast(low, x[1]!, -1);
    const isFull = high.ring.filled > p.period;
    out[0] = isFull ? (100 * (p.period - down)) / p.period : Number.NaN;
    out[1] = isFull ? (100 * (p.period - up)) / p.period : Number.NaN;
  },
  batch(p, x, out) {
    const [down, up] = out as [Float64Array, Float64Array];
    const n = p.period;
    placeColumn(x[0]!, up, n + 1, 1, "latest");
    placeColumn(x[1]!, down, n + 1, -1, "latest");
    for (let i = n; i < up.length; i++) {
      up[i] = (100 * (n - (i - up[i]!))) / n;
      down[i] = (100 * (n - (i - down[i]!))) / n;
    }
  },
});
/** Aroon: `.down` and `.up`, 0 to 100. @param period bars, 2 to 10,000. */
export const aroon = factory(aroonDefinition, (period?: number) => ({ period }));

const aroonOscDefinition = defineFeature({
  id: "technical.aroonosc",
  version: 1,
  group: "momentum",
  talib: "AROONOSC",
  summary: "Aroon oscillator: Aroon up minus Aroon down, -100 to 100.",
  source: "Chande 1995; TA-Lib AROONOSC.",
  inputs: [...inputs],
  params,
  outputs: ["value"],
  unit: "percent",
  warmup: (p) => p.period,
  init: (p) => ({ high: createLast(p.period), low: createLast(p.period) }),
  step({ high, low }, p, x, out) {
    const up = pushLast(high, x[0]!, 1);
    const down = pushLast(low, x[1]!, -1);
    out[0] = high.ring.filled > p.period ? (100 * (down - up)) / p.period : Number.NaN;
  },
  batch(p, x, out) {
    const to = out[0]!;
    const n = p.period;
    placeColumn(x[0]!, to, n + 1, 1, "latest");
    withScratch(1, to.length, (lowest) => {
      placeColumn(x[1]!, lowest!, n + 1, -1, "latest");
      for (let i = n; i < to.length; i++) to[i] = (100 * (to[i]! - lowest![i]!)) / n;
    });
  },
});
/** Aroon oscillator, -100 to 100. @param period bars, 2 to 10,000. */
export const aroonOsc = factory(aroonOscDefinition, (period?: number) => ({ period }));
