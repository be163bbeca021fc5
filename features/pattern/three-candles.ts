/** Patterns of three candles that turn a trend. */
import {
  BODY_BARS,
  body,
  bodyGapsUp,
  bottom,
  type Candles,
  close,
  closesFall,
  closesRise,
  color,
  DISTANCE_BARS,
  equal,
  far,
  high,
  isBlack,
  isLong,
  isShort,
  isWhite,
  isWithin,
  low,
  lowerShadow,
  near,
  open,
  shortShadow,
  top,
  upperShadow,
  veryShort,
} from "./candle.ts";
import { pattern } from "./define-pattern.ts";

const warmup = BODY_BARS + 2;

function areBlack(c: Candles, i: number): boolean {
  return isBlack(c, i - 2) && isBlack(c, i - 1) && isBlack(c, i);
}

function areWhite(c: Candles, i: number): boolean {
  return isWhite(c, i - 2) && isWhite(c, i - 1) && isWhite(c, i);
}

/** Candle i opens inside the white body before it, or a little above. */
function opensNearWhite(c: Candles, i: number): boolean {
  return open(c, i) > open(c, i - 1) && open(c, i) <= close(c, i - 1) + near(c, i - 1);
}

/** Candle i opens inside the black body before it. */
function opensInBlack(c: Candles, i: number): boolean {
  return open(c, i) < open(c, i - 1) && open(c, i) > close(c, i - 1);
}

function hasNoLowerShadow(c: Candles, i: number): boolean {
  return lowerShadow(c, i) < veryShort(c, i);
}

function hasNoUpperShadow(c: Candles, i: number): boolean {
  return upperShadow(c, i) < veryShort(c, i);
}

/** -100. */
export const twoCrows = pattern(
  {
    name: "two-crows",
    talib: "CDL2CROWS",
    warmup,
    summary:
      "Two crows: a long white candle, a black one that gaps up, a black one from the second body into the first.",
  },
  (c, i) =>
    isWhite(c, i - 2) &&
    isBlack(c, i - 1) &&
    isBlack(c, i) &&
    bodyGapsUp(c, i - 1, i - 2) &&
    opensInBlack(c, i) &&
    close(c, i) > open(c, i - 2) &&
    close(c, i) < close(c, i - 2) &&
    isLong(c, i - 2)
      ? -100
      : 0,
);

/** -100. */
export const threeBlackCrows = pattern(
  {
    name: "three-black-crows",
    talib: "CDL3BLACKCROWS",
    warmup: BODY_BARS + 3,
    summary:
      "Three black crows: after a white candle three black ones fall, each opening in the body before and closing at its low.",
  },
  (c, i) =>
    isWhite(c, i - 3) &&
    areBlack(c, i) &&
    high(c, i - 3) > close(c, i - 2) &&
    closesFall(c, i) &&
    opensInBlack(c, i - 1) &&
    opensInBlack(c, i) &&
    hasNoLowerShadow(c, i - 2) &&
    hasNoLowerShadow(c, i - 1) &&
    hasNoLowerShadow(c, i)
      ? -100
      : 0,
);

/** 100 after a black candle, -100 after a white one. */
export const threeInside = pattern(
  {
    name: "three-inside",
    talib: "CDL3INSIDE",
    warmup,
    summary: "Three inside up or down: a harami, and a third candle that closes beyond the first one's open.",
  },
  (c, i) => {
    const turns = isWhite(c, i - 2)
      ? isBlack(c, i) && close(c, i) < open(c, i - 2)
      : isWhite(c, i) && close(c, i) > open(c, i - 2);
    const isHarami = turns && top(c, i - 1) < top(c, i - 2) && bottom(c, i - 1) > bottom(c, i - 2);
    return isHarami && isLong(c, i - 2) && !isLong(c, i - 1) ? -color(c, i - 2) * 100 : 0;
  },
);

/** 100, -100 by the second colour. */
export const threeOutside = pattern(
  {
    name: "three-outside",
    talib: "CDL3OUTSIDE",
    warmup: 3,
    summary: "Three outside up or down: an engulfing, and a third candle that closes further.",
  },
  (c, i) => {
    if (color(c, i - 1) === color(c, i - 2)) return 0;
    if (top(c, i - 1) <= top(c, i - 2) || bottom(c, i - 1) >= bottom(c, i - 2)) return 0;
    const goesOn = isWhite(c, i - 1) ? close(c, i) > close(c, i - 1) : close(c, i) < close(c, i - 1);
    return goesOn ? color(c, i - 1) * 100 : 0;
  },
);

/** 100. */
export const threeStarsInSouth = pattern(
  {
    name: "three-stars-in-south",
    talib: "CDL3STARSINSOUTH",
    warmup,
    summary:
      "Three stars in the south: three black candles, each smaller and inside the one before, with rising lows.",
  },
  (c, i) =>
    areBlack(c, i) &&
    low(c, i) > low(c, i - 1) &&
    high(c, i) < high(c, i - 1) &&
    lowerShadow(c, i - 2) > body(c, i - 2) &&
    body(c, i - 1) < body(c, i - 2) &&
    open(c, i - 1) > close(c, i - 2) &&
    open(c, i - 1) <= high(c, i - 2) &&
    low(c, i - 1) < close(c, i - 2) &&
    low(c, i - 1) >= low(c, i - 2) &&
    isLong(c, i - 2) &&
    lowerShadow(c, i - 1) > veryShort(c, i - 1) &&
    isShort(c, i) &&
    hasNoLowerShadow(c, i) &&
    hasNoUpperShadow(c, i)
      ? 100
      : 0,
);

/** 100. */
export const threeWhiteSoldiers = pattern(
  {
    name: "three-white-soldiers",
    talib: "CDL3WHITESOLDIERS",
    warmup,
    summary:
      "Three white soldiers: three white candles rise, each opening in or near the body before and closing at its high.",
  },
  (c, i) =>
    areWhite(c, i) &&
    closesRise(c, i) &&
    opensNearWhite(c, i - 1) &&
    opensNearWhite(c, i) &&
    hasNoUpperShadow(c, i - 2) &&
    hasNoUpperShadow(c, i - 1) &&
    hasNoUpperShadow(c, i) &&
    body(c, i - 1) > body(c, i - 2) - far(c, i - 2) &&
    body(c, i) > body(c, i - 1) - far(c, i - 1) &&
    isLong(c, i)
      ? 100
      : 0,
);

/** The second and third of three white candles grow weak: shorter bodies, or longer upper shadows. */
function weakens(c: Candles, i: number): boolean {
  const [first, second, third] = [body(c, i - 2), body(c, i - 1), body(c, i)];
  if (second < first - far(c, i - 2) && third < second + near(c, i - 1)) return true;
  if (third < second - far(c, i - 1)) return true;
  if (third >= second) return false;
  if (upperShadow(c, i) > third) return true;
  return (
    second < first && (upperShadow(c, i) > shortShadow(c, i) || upperShadow(c, i - 1) > shortShadow(c, i - 1))
  );
}

/** -100. */
export const advanceBlock = pattern(
  {
    name: "advance-block",
    talib: "CDLADVANCEBLOCK",
    warmup,
    summary: "Advance block: three white candles rise, each opening in or near the body before, ever weaker.",
  },
  (c, i) =>
    areWhite(c, i) &&
    closesRise(c, i) &&
    opensNearWhite(c, i - 1) &&
    opensNearWhite(c, i) &&
    isLong(c, i - 2) &&
    upperShadow(c, i - 2) < shortShadow(c, i - 2) &&
    weakens(c, i)
      ? -100
      : 0,
);

/** -100. */
export const identicalThreeCrows = pattern(
  {
    name: "identical-three-crows",
    talib: "CDLIDENTICAL3CROWS",
    warmup,
    summary:
      "Identical three crows: three black candles fall, each opening where the one before closed and closing at its low.",
  },
  (c, i) =>
    areBlack(c, i) &&
    closesFall(c, i) &&
    isWithin(open(c, i - 1), close(c, i - 2), equal(c, i - 2)) &&
    isWithin(open(c, i), close(c, i - 1), equal(c, i - 1)) &&
    hasNoLowerShadow(c, i - 2) &&
    hasNoLowerShadow(c, i - 1) &&
    hasNoLowerShadow(c, i)
      ? -100
      : 0,
);

/** -100. */
export const stalledPattern = pattern(
  {
    name: "stalled-pattern",
    talib: "CDLSTALLEDPATTERN",
    warmup,
    summary:
      "Stalled pattern: two long white candles, then a small one that opens at the second one's close.",
  },
  (c, i) =>
    areWhite(c, i) &&
    closesRise(c, i) &&
    opensNearWhite(c, i - 1) &&
    open(c, i) >= close(c, i - 1) - body(c, i) - near(c, i - 1) &&
    isLong(c, i - 2) &&
    isLong(c, i - 1) &&
    hasNoUpperShadow(c, i - 1) &&
    isShort(c, i)
      ? -100
      : 0,
);

/** 100. */
export const stickSandwich = pattern(
  {
    name: "stick-sandwich",
    talib: "CDLSTICKSANDWICH",
    warmup: DISTANCE_BARS + 2,
    summary:
      "Stick sandwich: a white candle between two black ones with the same close, all of it above that close.",
  },
  (c, i) =>
    isBlack(c, i - 2) &&
    isWhite(c, i - 1) &&
    isBlack(c, i) &&
    low(c, i - 1) > close(c, i - 2) &&
    isWithin(close(c, i), close(c, i - 2), equal(c, i - 2))
      ? 100
      : 0,
);

/** 100. */
export const uniqueThreeRiver = pattern(
  {
    name: "unique-three-river",
    talib: "CDLUNIQUE3RIVER",
    warmup,
    summary:
      "Unique three river: a long black candle, a black one inside its body with a lower low, a short white one.",
  },
  (c, i) =>
    isBlack(c, i - 2) &&
    isBlack(c, i - 1) &&
    isWhite(c, i) &&
    close(c, i - 1) > close(c, i - 2) &&
    open(c, i - 1) <= open(c, i - 2) &&
    low(c, i - 1) < low(c, i - 2) &&
    open(c, i) > low(c, i - 1) &&
    isLong(c, i - 2) &&
    isShort(c, i)
      ? 100
      : 0,
);

/** -100. */
export const upsideGapTwoCrows = pattern(
  {
    name: "upside-gap-two-crows",
    talib: "CDLUPSIDEGAP2CROWS",
    warmup,
    summary:
      "Upside gap two crows: a long white candle, a short black one that gaps up, a black one that covers it above the first close.",
  },
  (c, i) =>
    isWhite(c, i - 2) &&
    isBlack(c, i - 1) &&
    isBlack(c, i) &&
    bodyGapsUp(c, i - 1, i - 2) &&
    open(c, i) > open(c, i - 1) &&
    close(c, i) < close(c, i - 1) &&
    close(c, i) > close(c, i - 2) &&
    isLong(c, i - 2) &&
    !isLong(c, i - 1)
      ? -100
      : 0,
);
