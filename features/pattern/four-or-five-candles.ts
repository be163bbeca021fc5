/** Patterns of four or five candles that turn a trend, and the hikkake, which may be confirmed later. */
import {
  BODY_BARS,
  bodyGapsDown,
  bodyGapsUp,
  type Candles,
  close,
  closesFall,
  color,
  DISTANCE_BARS,
  high,
  isBlack,
  isLong,
  isWhite,
  low,
  lowerShadow,
  near,
  open,
  upperShadow,
  veryShort,
} from "./candle.ts";
import { pattern } from "./define-pattern.ts";

/** 100, -100 by the last colour. */
export const breakaway = pattern(
  {
    name: "breakaway",
    talib: "CDLBREAKAWAY",
    warmup: BODY_BARS + 4,
    summary:
      "Breakaway: a long candle, a gap and two more steps its way, then a candle of the other colour that closes inside the gap.",
  },
  (c, i) => {
    const one = color(c, i - 4);
    if (color(c, i - 3) !== one || color(c, i - 1) !== one || color(c, i) === one) return 0;
    const breaks =
      one === -1
        ? bodyGapsDown(c, i - 3, i - 4) &&
          isLower(c, i - 2) &&
          isLower(c, i - 1) &&
          close(c, i) > open(c, i - 3) &&
          close(c, i) < close(c, i - 4)
        : bodyGapsUp(c, i - 3, i - 4) &&
          isHigher(c, i - 2) &&
          isHigher(c, i - 1) &&
          close(c, i) < open(c, i - 3) &&
          close(c, i) > close(c, i - 4);
    return breaks && isLong(c, i - 4) ? -one * 100 : 0;
  },
);

function isLower(c: Candles, i: number): boolean {
  return high(c, i) < high(c, i - 1) && low(c, i) < low(c, i - 1);
}

function isHigher(c: Candles, i: number): boolean {
  return high(c, i) > high(c, i - 1) && low(c, i) > low(c, i - 1);
}

/** Inside the bar before it. */
function isInside(c: Candles, i: number): boolean {
  return high(c, i) < high(c, i - 1) && low(c, i) > low(c, i - 1);
}

function hasNoShadows(c: Candles, i: number): boolean {
  const shortest = veryShort(c, i);
  return upperShadow(c, i) < shortest && lowerShadow(c, i) < shortest;
}

/** 100. */
export const concealBabySwallow = pattern(
  {
    name: "conceal-baby-swallow",
    talib: "CDLCONCEALBABYSWALL",
    warmup: BODY_BARS + 3,
    summary:
      "Concealing baby swallow: two black marubozu, a black candle that gaps down with an upper shadow, a black one that covers it.",
  },
  (c, i) =>
    isBlack(c, i - 3) &&
    isBlack(c, i - 2) &&
    isBlack(c, i - 1) &&
    isBlack(c, i) &&
    bodyGapsDown(c, i - 1, i - 2) &&
    high(c, i - 1) > close(c, i - 2) &&
    high(c, i) > high(c, i - 1) &&
    low(c, i) < low(c, i - 1) &&
    hasNoShadows(c, i - 3) &&
    hasNoShadows(c, i - 2) &&
    upperShadow(c, i - 1) > veryShort(c, i - 1)
      ? 100
      : 0,
);

/** 100. */
export const ladderBottom = pattern(
  {
    name: "ladder-bottom",
    talib: "CDLLADDERBOTTOM",
    warmup: BODY_BARS + 4,
    summary:
      "Ladder bottom: three black candles step down, a fourth has an upper shadow, a white one gaps up beyond its high.",
  },
  (c, i) =>
    isBlack(c, i - 4) &&
    isBlack(c, i - 3) &&
    isBlack(c, i - 2) &&
    isBlack(c, i - 1) &&
    isWhite(c, i) &&
    open(c, i - 4) > open(c, i - 3) &&
    open(c, i - 3) > open(c, i - 2) &&
    closesFall(c, i - 2) &&
    open(c, i) > open(c, i - 1) &&
    close(c, i) > high(c, i - 1) &&
    upperShadow(c, i - 1) > veryShort(c, i - 1)
      ? 100
      : 0,
);

/** Bars in which a hikkake can be confirmed. */
const CONFIRMED_WITHIN = 3;

/** 100, -100 where bar i ends a hikkake, else 0. */
function hikkakeAt({ high, low }: Candles, i: number): number {
  // Without branches: no predictor guesses these.
  const isInside = +(high[i - 1]! < high[i - 2]!) & +(low[i - 1]! > low[i - 2]!);
  const isLower = +(high[i]! < high[i - 1]!) & +(low[i]! < low[i - 1]!);
  const isHigher = +(high[i]! > high[i - 1]!) & +(low[i]! > low[i - 1]!);
  return isInside * (isLower - isHigher) * 100 + 0;
}

/** As above, after one more inside bar, the first of which closes near its low (or its high). */
function modifiedHikkakeAt(c: Candles, i: number): number {
  if (!isInside(c, i - 1) || !isInside(c, i - 2)) return 0;
  if (isLower(c, i)) return close(c, i - 2) <= low(c, i - 2) + near(c, i - 2) ? 100 : 0;
  return isHigher(c, i) && close(c, i - 2) >= high(c, i - 2) - near(c, i - 2) ? -100 : 0;
}

/** A close beyond the inside bar of a hikkake that ended with bar `at`. */
function confirms(c: Candles, i: number, at: number, sign: number): boolean {
  return sign > 0 ? close(c, i) > high(c, at - 1) : close(c, i) < low(c, at - 1);
}

/** What the last hikkake of the bars before i says of bar i: 200, -200 if it is the first to confirm it. */
function confirmation(c: Candles, i: number, signAt: typeof hikkakeAt): number {
  for (let at = i - 1; at >= i - CONFIRMED_WITHIN; at--) {
    const sign = signAt(c, at);
    if (sign === 0) continue;
    if (!confirms(c, i, at, sign)) return 0;
    for (let k = at + 1; k < i; k++) if (confirms(c, k, at, sign)) return 0;
    return 2 * sign;
  }
  return 0;
}

/** The same for a tile of signs: each looks for the bar that confirms it, until another sign stands there. */
function confirmTile(c: Candles, start: number, end: number, out: Float64Array): void {
  for (let at = start - CONFIRMED_WITHIN; at < end; at++) {
    const sign = out[at]!;
    if (sign === 0 || Math.abs(sign) > 100) continue;
    const last = Math.min(at + CONFIRMED_WITHIN, end - 1);
    for (let i = at + 1; i <= last && out[i] === 0; i++) {
      if (!confirms(c, i, at, sign)) continue;
      out[i] = 2 * sign;
      break;
    }
  }
}

/** 100, -100 at the hikkake, 200, -200 at the bar that confirms it, within three bars. */
export const hikkake = pattern(
  {
    name: "hikkake",
    talib: "CDLHIKKAKE",
    warmup: 5,
    summary:
      "Hikkake: an inside bar, then a false break; 200 where a close beyond the inside bar confirms it within three bars.",
    tile: { rule: hikkakeAt, before: CONFIRMED_WITHIN, finish: confirmTile },
  },
  (c, i) => hikkakeAt(c, i) || confirmation(c, i, hikkakeAt),
);

/** 100, -100 at the hikkake, 200, -200 at the bar that confirms it, within three bars. */
export const hikkakeMod = pattern(
  {
    name: "hikkake-mod",
    talib: "CDLHIKKAKEMOD",
    warmup: DISTANCE_BARS + 5,
    summary:
      "Modified hikkake: two inside bars, the first closing at its end, then a false break; 200 where it is confirmed within three bars.",
    tile: { rule: modifiedHikkakeAt, before: CONFIRMED_WITHIN, finish: confirmTile },
  },
  (c, i) => modifiedHikkakeAt(c, i) || confirmation(c, i, modifiedHikkakeAt),
);
