/**
 * Wilder's directional movement, by TA-Lib's conventions.
 *
 *   up    = high - last high,  down = last low - low
 *   +DM   = up where up > down and up > 0, else 0;    -DM = down where down > up and down > 0, else 0
 *   TR    = true range
 *   sums  the first n - 1 bars are added; from then on s = s - s / n + x
 *   DI    = 100 sum(DM) / sum(TR);   DX = 100 |+DI - -DI| / (+DI + -DI);   ADX = Wilder's average of n DX
 */
import { trueRange } from "../volatility/atr.ts";

// Of this module (see `FeatureDefinition.step`).
const rangeOf = trueRange;

export type Directional = {
  lastHigh: number;
  lastLow: number;
  lastClose: number;
  /** Bars added so far, at most n. */
  seen: number;
  plus: number;
  minus: number;
  range: number;
  dx: number;
  /** 1 - 1 / n once n bars were added, 0 before: a division costs more than the rest. */
  keep: number;
};

export function createDirectional(): Directional {
  const none = Number.NaN;
  return {
    lastHigh: none,
    lastLow: none,
    lastClose: none,
    seen: 0,
    plus: 0,
    minus: 0,
    range: 0,
    dx: 0,
    keep: 0,
  };
}

/** Takes a bar; true once the sums are smoothed, n bars after the first. @param n bars, at least 2. */
export function pushDirectional(
  d: Directional,
  n: number,
  high: number,
  low: number,
  close: number,
): boolean {
  const up = high - d.lastHigh;
  const down = d.lastLow - low;
  const last = d.lastClose;
  d.lastHigh = high;
  d.lastLow = low;
  d.lastClose = close;
  if (Number.isNaN(up)) return false;
  // Without branches that no predictor gets right: a flag is 0 or 1, and (u + |u|) / 2 is u or 0.
  const plus = 0.5 * (up + Math.abs(up)) * +(up > down);
  const minus = 0.5 * (down + Math.abs(down)) * +(down > up);
  const range = rangeOf(high, low, last);
  if (d.keep === 0) {
    d.seen++;
    if (d.seen < n) {
      d.plus += plus;
      d.minus += minus;
      d.range += range;
      return false;
    }
    d.keep = 1 - 1 / n;
  }
  const { keep } = d;
  d.plus = d.plus * keep + plus;
  d.minus = d.minus * keep + minus;
  d.range = d.range * keep + range;
  return true;
}

/** The directional index of smoothed sums, 0 to 100; the last one again where nothing has moved. */
export function dxOf(d: Directional): number {
  const sum = d.plus + d.minus;
  if (d.range !== 0 && sum !== 0) d.dx = (100 * Math.abs(d.plus - d.minus)) / sum;
  return d.dx;
}
