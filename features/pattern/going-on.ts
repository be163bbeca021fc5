/** Patterns of three to five candles after which a trend goes on. */
import {
  BODY_BARS,
  body,
  bodyGapsDown,
  bodyGapsUp,
  bottom,
  type Candles,
  close,
  color,
  DISTANCE_BARS,
  equal,
  high,
  isBlack,
  isLong,
  isShort,
  isWhite,
  isWithin,
  low,
  near,
  open,
  top,
} from "./candle.ts";
import { pattern, piercingPattern } from "./define-pattern.ts";

/** 100 up, -100 down. */
export const gapSideSideWhite = pattern(
  {
    name: "gap-side-side-white",
    talib: "CDLGAPSIDESIDEWHITE",
    warmup: DISTANCE_BARS + 2,
    extras: ["ends"],
    summary: "Side-by-side white lines: after a gap two white candles of the same size and open.",
  },
  (c, i) => {
    const isUp = bodyGapsUp(c, i - 1, i - 2);
    if (!isUp && !bodyGapsDown(c, i - 1, i - 2)) return 0;
    if (isBlack(c, i - 1) || isBlack(c, i)) return 0;
    const isApart = isUp ? bodyGapsUp(c, i, i - 2) : bodyGapsDown(c, i, i - 2);
    return isApart &&
      isWithin(body(c, i), body(c, i - 1), near(c, i - 1)) &&
      isWithin(open(c, i), open(c, i - 1), equal(c, i - 1))
      ? isUp
        ? 100
        : -100
      : 0;
  },
);

/** 100 up, -100 down. */
export const tasukiGap = pattern(
  {
    name: "tasuki-gap",
    talib: "CDLTASUKIGAP",
    warmup: DISTANCE_BARS + 2,
    extras: ["ends"],
    gapAgo: 1,
    summary:
      "Tasuki gap: after a gap a candle of the other colour and about the same size opens in the second body and closes inside the gap.",
  },
  (c, i) => {
    // The rarest first, so that the branch is guessed right.
    const gaps = +bodyGapsUp(c, i - 1, i - 2) | +bodyGapsDown(c, i - 1, i - 2);
    if (gaps === 0 || color(c, i - 1) === color(c, i)) return 0;
    const opensInside = open(c, i) < top(c, i - 1) && open(c, i) > bottom(c, i - 1);
    if (!opensInside) return 0;
    const closesInGap = isWhite(c, i - 1)
      ? bodyGapsUp(c, i - 1, i - 2) && close(c, i) < open(c, i - 1) && close(c, i) > top(c, i - 2)
      : bodyGapsDown(c, i - 1, i - 2) && close(c, i) > open(c, i - 1) && close(c, i) < bottom(c, i - 2);
    if (!closesInGap) return 0;
    return Math.abs(body(c, i - 1) - body(c, i)) < near(c, i - 1) ? color(c, i - 1) * 100 : 0;
  },
);

/** 100 up, -100 down. */
export const xSideGapThreeMethods = pattern(
  {
    name: "x-side-gap-three-methods",
    talib: "CDLXSIDEGAP3METHODS",
    warmup: 2,
    extras: ["ends"],
    gapAgo: 1,
    summary:
      "Upside or downside gap three methods: two candles of one colour with a gap, and a third of the other that closes it.",
  },
  (c, i) => {
    const [isUp, isDown] = [bodyGapsUp(c, i - 1, i - 2), bodyGapsDown(c, i - 1, i - 2)];
    if (!isUp && !isDown) return 0;
    if (color(c, i - 2) !== color(c, i - 1) || color(c, i - 1) === color(c, i)) return 0;
    const gaps = isWhite(c, i - 2) ? isUp : isDown;
    const closesIt =
      open(c, i) < top(c, i - 1) &&
      open(c, i) > bottom(c, i - 1) &&
      close(c, i) < top(c, i - 2) &&
      close(c, i) > bottom(c, i - 2);
    return gaps && closesIt ? color(c, i - 2) * 100 : 0;
  },
);

/** Candle i opens inside the body before it, or near it. */
function opensNearBody(c: Candles, i: number): boolean {
  const distance = near(c, i - 1);
  return open(c, i) >= bottom(c, i - 1) - distance && open(c, i) <= top(c, i - 1) + distance;
}

/** 100 after three white candles, -100 after three black ones. */
export const threeLineStrike = pattern(
  {
    name: "three-line-strike",
    talib: "CDL3LINESTRIKE",
    warmup: DISTANCE_BARS + 3,
    summary:
      "Three-line strike: three candles of one colour go on, and a fourth of the other covers them all.",
  },
  (c, i) => {
    const one = color(c, i - 1);
    if (color(c, i - 3) !== one || color(c, i - 2) !== one || color(c, i) === one) return 0;
    const strikes =
      one === 1
        ? close(c, i - 1) > close(c, i - 2) &&
          close(c, i - 2) > close(c, i - 3) &&
          open(c, i) > close(c, i - 1) &&
          close(c, i) < open(c, i - 3)
        : close(c, i - 1) < close(c, i - 2) &&
          close(c, i - 2) < close(c, i - 3) &&
          open(c, i) < close(c, i - 1) &&
          close(c, i) > open(c, i - 3);
    return strikes && opensNearBody(c, i - 2) && opensNearBody(c, i - 1) ? one * 100 : 0;
  },
);

function threeAreShort(c: Candles, i: number): boolean {
  return isShort(c, i - 3) && isShort(c, i - 2) && isShort(c, i - 1);
}

/** 100. @param penetration of the first body by the small ones, a fraction of the body, 0 to 3. */
export const matHold = piercingPattern(
  {
    name: "mat-hold",
    talib: "CDLMATHOLD",
    warmup: BODY_BARS + 4,
    summary:
      "Mat hold: a long white candle, three small ones that gap up and fall back a little, a white one that closes above them.",
  },
  0.5,
  (c, i, penetration) => {
    if (isBlack(c, i - 4) || isWhite(c, i - 3) || isBlack(c, i) || !bodyGapsUp(c, i - 3, i - 4)) return 0;
    const first = close(c, i - 4);
    const lowest = first - body(c, i - 4) * penetration;
    const [third, fourth] = [bottom(c, i - 2), bottom(c, i - 1)];
    const holds =
      third < first &&
      fourth < first &&
      third > lowest &&
      fourth > lowest &&
      top(c, i - 2) < open(c, i - 3) &&
      top(c, i - 1) < top(c, i - 2) &&
      open(c, i) > close(c, i - 1) &&
      close(c, i) > Math.max(high(c, i - 3), high(c, i - 2), high(c, i - 1));
    return holds && isLong(c, i - 4) && threeAreShort(c, i) ? 100 : 0;
  },
);

/** The body of bar i touches the range of the first candle, bar j. */
function touches(c: Candles, i: number, j: number): boolean {
  return bottom(c, i) < high(c, j) && top(c, i) > low(c, j);
}

/** 100 rising, -100 falling. */
export const riseFallThreeMethods = pattern(
  {
    name: "rise-fall-three-methods",
    talib: "CDLRISEFALL3METHODS",
    warmup: BODY_BARS + 4,
    summary:
      "Rising or falling three methods: a long candle, three small ones against it inside its range, a long one that goes on.",
  },
  (c, i) => {
    const one = color(c, i - 4);
    const areAgainst =
      color(c, i - 3) === -one && color(c, i - 2) === -one && color(c, i - 1) === -one && color(c, i) === one;
    if (!areAgainst) return 0;
    const steps =
      one * close(c, i - 2) < one * close(c, i - 3) &&
      one * close(c, i - 1) < one * close(c, i - 2) &&
      one * open(c, i) > one * close(c, i - 1) &&
      one * close(c, i) > one * close(c, i - 4);
    const stays = touches(c, i - 3, i - 4) && touches(c, i - 2, i - 4) && touches(c, i - 1, i - 4);
    return steps && stays && isLong(c, i - 4) && threeAreShort(c, i) && isLong(c, i) ? one * 100 : 0;
  },
);
