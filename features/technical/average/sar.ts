/**
 * Wilder's parabolic stop and reverse, by TA-Lib's conventions.
 *
 *   The first bar only tells where it starts: long unless the second bar's low fell more than its high rose. The stop is
 *   the first bar's low (long) or high (short), the extreme the second bar's high or low.
 *   stop += acceleration (extreme - stop), never inside the last two bars; each new extreme raises the acceleration.
 *   A bar that touches the stop turns it: the new stop is the extreme, not inside the last two bars.
 *
 * A short side is a long one in a mirror: all its prices are kept with a minus sign.
 */
import { defineFeature } from "../../define.ts";
import { factory } from "../../feature.ts";

type Sar = {
  /** 1 long, -1 short, NaN before the second bar. */
  side: number;
  /** Both in the mirror of the side. */
  stop: number;
  extreme: number;
  acceleration: number;
  lastHigh: number;
  lastLow: number;
};

function createSar(): Sar {
  const none = Number.NaN;
  return { side: none, stop: none, extreme: none, acceleration: 0, lastHigh: none, lastLow: none };
}

/** True once there is a side. @param start 0: by the first two bars; above 0 long from it, below 0 short from its size. */
function begin(s: Sar, high: number, low: number, start: number): boolean {
  const isSecond = !Number.isNaN(s.lastHigh);
  if (isSecond) {
    const fall = s.lastLow - low;
    const isShort = start === 0 ? fall > 0 && fall > high - s.lastHigh : start < 0;
    s.side = isShort ? -1 : 1;
    s.stop = start === 0 ? (isShort ? -s.lastHigh : s.lastLow) : start;
    s.extreme = isShort ? -low : high;
  }
  // As TA-Lib has it: the first bar does not hold the stop back.
  s.lastHigh = high;
  s.lastLow = low;
  return isSecond;
}

/** Takes the bars of columns until there is a side. @returns the first that it can follow. */
function firstColumn(
  s: Sar,
  high: Float64Array,
  low: Float64Array,
  start: number,
  out: Float64Array,
): number {
  let i = 0;
  for (; i < out.length && !begin(s, high[i]!, low[i]!, start); i++) out[i] = Number.NaN;
  return i;
}

/** Takes a bar where it does not touch the stop; the stop that held, NaN where it was touched. */
function follow(s: Sar, high: number, low: number, step: number, most: number): number {
  const isLong = s.side > 0;
  const near = isLong ? low : -high;
  const { stop } = s;
  if (near <= stop) return Number.NaN;
  const far = isLong ? high : -low;
  if (far > s.extreme) {
    s.extreme = far;
    s.acceleration = Math.min(s.acceleration + step, most);
  }
  s.stop = Math.min(stop + s.acceleration * (s.extreme - stop), isLong ? s.lastLow : -s.lastHigh, near);
  s.lastHigh = high;
  s.lastLow = low;
  return stop;
}

/** Takes a bar that touches the stop; the stop of the other side. @param offset it stands off by this share. */
function turn(s: Sar, high: number, low: number, acceleration: number, offset: number): number {
  const side = -s.side;
  const isLong = side > 0;
  const bound = isLong ? Math.min(s.lastLow, low) : -Math.max(s.lastHigh, high);
  let stop = Math.min(-s.extreme, bound);
  stop -= side * stop * offset;
  s.side = side;
  s.acceleration = acceleration;
  s.extreme = isLong ? high : -low;
  s.stop = Math.min(stop + acceleration * (s.extreme - stop), bound);
  s.lastHigh = high;
  s.lastLow = low;
  return stop;
}

const sarDefinition = defineFeature({
  id: "technical.sar",
  version: 1,
  group: "average",
  talib: "SAR",
  summary:
    "Parabolic stop and reverse: a stop that follows the price ever faster and turns where it is touched.",
  source: "Wilder 1978; TA-Lib SAR: an acceleration above the largest is the largest.",
  inputs: ["high", "low"],
  params: {
    acceleration: { kind: "float", min: 0, max: 10, default: 0.02 },
    maximum: { kind: "float", min: 0, max: 10, default: 0.2 },
  },
  outputs: ["value"],
  unit: "price",
  warmup: () => 1,
  init: createSar,
  step(s, p, x, out) {
    const high = x[0]!;
    const low = x[1]!;
    const pace = Math.min(p.acceleration, p.maximum);
    if (Number.isNaN(s.side)) {
      if (!begin(s, high, low, 0)) {
        out[0] = Number.NaN;
        return;
      }
      s.acceleration = pace;
    }
    let stop = follow(s, high, low, pace, p.maximum);
    if (Number.isNaN(stop)) stop = turn(s, high, low, pace, 0);
    out[0] = s.side * stop;
  },
  batch(p, [high, low], [to]) {
    const pace = Math.min(p.acceleration, p.maximum);
    const s = createSar();
    let i = firstColumn(s, high!, low!, 0, to!);
    s.acceleration = pace;
    for (; i < to!.length; i++) {
      let stop = follow(s, high![i]!, low![i]!, pace, p.maximum);
      if (Number.isNaN(stop)) stop = turn(s, high![i]!, low![i]!, pace, 0);
      to![i] = s.side * stop;
    }
  },
});

/** Parabolic stop and reverse, in price units. @param acceleration first and for each extreme. @param maximum of it. */
export const sar = factory(sarDefinition, (acceleration?: number, maximum?: number) => ({
  acceleration,
  maximum,
}));

const PACE = { kind: "float", min: 0, max: 10, default: 0.02 } as const;

const extendedDefinition = defineFeature({
  id: "technical.sarext",
  version: 1,
  group: "average",
  talib: "SAREXT",
  summary: "Parabolic stop and reverse with a pace for each side; negative while short.",
  source: "TA-Lib SAREXT.",
  inputs: ["high", "low"],
  params: {
    start: { kind: "float", min: -1e12, max: 1e12, default: 0, typical: [0, 0] },
    offset: { kind: "float", min: 0, max: 1, default: 0, typical: [0, 0.05] },
    longFirst: PACE,
    longStep: PACE,
    longMaximum: { ...PACE, default: 0.2 },
    shortFirst: PACE,
    shortStep: PACE,
    shortMaximum: { ...PACE, default: 0.2 },
  },
  outputs: ["value"],
  unit: "price",
  warmup: () => 1,
  init: createSar,
  step(s, p, x, out) {
    const high = x[0]!;
    const low = x[1]!;
    const long = Math.min(p.longFirst, p.longMaximum);
    const short = Math.min(p.shortFirst, p.shortMaximum);
    if (Number.isNaN(s.side)) {
      if (!begin(s, high, low, p.start)) {
        out[0] = Number.NaN;
        return;
      }
      s.acceleration = s.side > 0 ? long : short;
    }
    const stop =
      s.side > 0
        ? follow(s, high, low, p.longStep, p.longMaximum)
        : follow(s, high, low, p.shortStep, p.shortMaximum);
    out[0] = Number.isNaN(stop) ? turn(s, high, low, s.side > 0 ? short : long, p.offset) : stop;
  },
  batch(p, [high, low], [to]) {
    const { longStep, longMaximum, shortStep, shortMaximum, offset } = p;
    const long = Math.min(p.longFirst, longMaximum);
    const short = Math.min(p.shortFirst, shortMaximum);
    const s = createSar();
    let i = firstColumn(s, high!, low!, p.start, to!);
    s.acceleration = s.side > 0 ? long : short;
    for (; i < to!.length; i++) {
      const top = high![i]!;
      const bottom = low![i]!;
      const stop =
        s.side > 0
          ? follow(s, top, bottom, longStep, longMaximum)
          : follow(s, top, bottom, shortStep, shortMaximum);
      to![i] = Number.isNaN(stop) ? turn(s, top, bottom, s.side > 0 ? short : long, offset) : stop;
    }
  },
});

/**
 * Parabolic stop and reverse with a pace for each side, in price units; negative while short.
 * @param start 0: by the first two bars; above 0 long from that price, below 0 short from its size.
 * @param offset share of the price by which a turned stop stands off.
 * @param longFirst, longStep, longMaximum acceleration while long; @param shortFirst, shortStep, shortMaximum while short.
 */
export const sarExt = factory(
  extendedDefinition,
  (
    start?: number,
    offset?: number,
    longFirst?: number,
    longStep?: number,
    longMaximum?: number,
    shortFirst?: number,
    shortStep?: number,
    shortMaximum?: number,
  ) => ({ start, offset, longFirst, longStep, longMaximum, shortFirst, shortStep, shortMaximum }),
);
