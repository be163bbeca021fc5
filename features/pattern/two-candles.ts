/** Patterns of two candles that turn a trend. */
import {
  BODY_BARS,
  body,
  bodyGapsDown,
  bodyGapsUp,
  bottom,
  type Candles,
  close,
  color,
  equal,
  gapsDown,
  gapsUp,
  high,
  isBlack,
  isDoji,
  isLong,
  isShort,
  isWhite,
  isWithin,
  low,
  lowerShadow,
  near,
  open,
  top,
  upperShadow,
  veryShort,
} from "./candle.ts";
import { pattern, piercingPattern } from "./define-pattern.ts";

const warmup = BODY_BARS + 1;

/** A short body with a long shadow below and hardly one above. */
function isHammer(c: Candles, i: number): boolean {
  return lowerShadow(c, i) > body(c, i) && isShort(c, i) && upperShadow(c, i) < veryShort(c, i);
}

/** A short body with a long shadow above and hardly one below. */
function isTurnedHammer(c: Candles, i: number): boolean {
  return upperShadow(c, i) > body(c, i) && isShort(c, i) && lowerShadow(c, i) < veryShort(c, i);
}

function hasNoShadows(c: Candles, i: number): boolean {
  const shortest = veryShort(c, i);
  return upperShadow(c, i) < shortest && lowerShadow(c, i) < shortest;
}

/** Two marubozu of opposite colours with a gap between, against the first. */
function isKicking(c: Candles, i: number): boolean {
  const kicks = isWhite(c, i) ? isBlack(c, i - 1) && gapsUp(c, i) : isWhite(c, i - 1) && gapsDown(c, i);
  return kicks && isLong(c, i - 1) && hasNoShadows(c, i - 1) && isLong(c, i) && hasNoShadows(c, i);
}

/** How the body of bar i lies inside the one before: 100 inside, 80 with one end in common, else 0. */
function harbored(c: Candles, i: number): number {
  if (top(c, i) < top(c, i - 1) && bottom(c, i) > bottom(c, i - 1)) return 100;
  return top(c, i) <= top(c, i - 1) && bottom(c, i) >= bottom(c, i - 1) ? 80 : 0;
}

/** How the body of bar i covers the one before, of the other colour: 100 beyond both ends, 80 with one end in common, else 0. */
function engulfs(c: Candles, i: number): number {
  const over = top(c, i) - top(c, i - 1);
  const under = bottom(c, i - 1) - bottom(c, i);
  // Without branches but for the rarest: which way a body goes no predictor guesses.
  const covers = +(over >= 0) & +(under >= 0) & +(isWhite(c, i) !== isWhite(c, i - 1));
  if (covers === 0) return 0;
  return over > 0 && under > 0 ? 100 : over > 0 || under > 0 ? 80 : 0;
}

/** 100, -100: two long bodies of opposite colours that close alike. */
export const counterattack = pattern(
  {
    name: "counterattack",
    talib: "CDLCOUNTERATTACK",
    warmup,
    summary: "Counterattack: two long bodies of opposite colours with the same close.",
  },
  (c, i) =>
    color(c, i - 1) === -color(c, i) &&
    isWithin(close(c, i), close(c, i - 1), equal(c, i - 1)) &&
    isLong(c, i - 1) &&
    isLong(c, i)
      ? color(c, i) * 100
      : 0,
);

/** -100. @param penetration of the white body by the black close, a fraction of the body, 0 to 3. */
export const darkCloudCover = piercingPattern(
  {
    name: "dark-cloud-cover",
    talib: "CDLDARKCLOUDCOVER",
    warmup,
    summary:
      "Dark cloud cover: after a long white candle a black one opens above its high and closes deep in its body.",
  },
  0.5,
  (c, i, penetration) =>
    isWhite(c, i - 1) &&
    isBlack(c, i) &&
    open(c, i) > high(c, i - 1) &&
    close(c, i) > open(c, i - 1) &&
    close(c, i) < close(c, i - 1) - body(c, i - 1) * penetration &&
    isLong(c, i - 1)
      ? -100
      : 0,
);

/** 100 after a black candle, -100 after a white one. */
export const dojiStar = pattern(
  {
    name: "doji-star",
    talib: "CDLDOJISTAR",
    warmup,
    summary: "Doji star: a long body, then a doji that gaps away in its direction.",
  },
  (c, i) => {
    const gaps = isWhite(c, i - 1) ? bodyGapsUp(c, i, i - 1) : bodyGapsDown(c, i, i - 1);
    return gaps && isLong(c, i - 1) && isDoji(c, i) ? -color(c, i - 1) * 100 : 0;
  },
);

/** 100, -100 by the second colour; 80, -80 where the bodies have one end in common. */
export const engulfing = pattern(
  {
    name: "engulfing",
    talib: "CDLENGULFING",
    warmup: 2,
    extras: ["ends"],
    summary: "Engulfing: a body covers the one before it, of the other colour; 80 where they share one end.",
  },
  (c, i) => color(c, i) * engulfs(c, i) + 0,
);

/** 100. */
export const hammer = pattern(
  {
    name: "hammer",
    talib: "CDLHAMMER",
    warmup,
    summary: "Hammer: a short body on a long lower shadow, near the low of the bar before.",
  },
  (c, i) => (isHammer(c, i) && bottom(c, i) <= low(c, i - 1) + near(c, i - 1) ? 100 : 0),
);

/** -100. */
export const hangingMan = pattern(
  {
    name: "hanging-man",
    talib: "CDLHANGINGMAN",
    warmup,
    summary: "Hanging man: a short body on a long lower shadow, near the high of the bar before.",
  },
  (c, i) => (isHammer(c, i) && bottom(c, i) >= high(c, i - 1) - near(c, i - 1) ? -100 : 0),
);

/** 100 after a black candle, -100 after a white one; 80, -80 where the bodies have one end in common. */
export const harami = pattern(
  {
    name: "harami",
    talib: "CDLHARAMI",
    warmup,
    summary: "Harami: a short body inside the long one before it; 80 where they share one end.",
  },
  (c, i) => {
    const size = harbored(c, i);
    return size > 0 && isLong(c, i - 1) && !isLong(c, i) ? -color(c, i - 1) * size : 0;
  },
);

/** 100 after a black candle, -100 after a white one; 80, -80 where the bodies have one end in common. */
export const haramiCross = pattern(
  {
    name: "harami-cross",
    talib: "CDLHARAMICROSS",
    warmup,
    summary: "Harami cross: a doji inside the long body before it; 80 where they share one end.",
  },
  (c, i) => {
    const size = harbored(c, i);
    return size > 0 && isLong(c, i - 1) && isDoji(c, i) ? -color(c, i - 1) * size : 0;
  },
);

/** 100. */
export const homingPigeon = pattern(
  {
    name: "homing-pigeon",
    talib: "CDLHOMINGPIGEON",
    warmup,
    summary: "Homing pigeon: a short black body inside the long black one before it.",
  },
  (c, i) =>
    isBlack(c, i - 1) &&
    isBlack(c, i) &&
    open(c, i) < open(c, i - 1) &&
    close(c, i) > close(c, i - 1) &&
    isLong(c, i - 1) &&
    !isLong(c, i)
      ? 100
      : 0,
);

/** 100. */
export const invertedHammer = pattern(
  {
    name: "inverted-hammer",
    talib: "CDLINVERTEDHAMMER",
    warmup,
    summary: "Inverted hammer: a short body under a long upper shadow, gapping down.",
  },
  (c, i) => (bodyGapsDown(c, i, i - 1) && isTurnedHammer(c, i) ? 100 : 0),
);

/** 100, -100 by the second colour. */
export const kicking = pattern(
  {
    name: "kicking",
    talib: "CDLKICKING",
    warmup,
    summary: "Kicking: two marubozu of opposite colours with a gap between.",
  },
  (c, i) => (isKicking(c, i) ? color(c, i) * 100 : 0),
);

/** 100, -100 by the colour of the longer candle. */
export const kickingByLength = pattern(
  {
    name: "kicking-by-length",
    talib: "CDLKICKINGBYLENGTH",
    warmup,
    summary:
      "Kicking by length: two marubozu of opposite colours with a gap between; the longer one gives the sign.",
  },
  (c, i) => (isKicking(c, i) ? color(c, body(c, i) > body(c, i - 1) ? i : i - 1) * 100 : 0),
);

/** 100. */
export const matchingLow = pattern(
  {
    name: "matching-low",
    talib: "CDLMATCHINGLOW",
    warmup: 6,
    summary: "Matching low: two black candles with the same close.",
  },
  (c, i) =>
    isBlack(c, i - 1) && isBlack(c, i) && isWithin(close(c, i), close(c, i - 1), equal(c, i - 1)) ? 100 : 0,
);

/** 100. */
export const piercing = pattern(
  {
    name: "piercing",
    talib: "CDLPIERCING",
    warmup,
    summary:
      "Piercing: after a long black candle a long white one opens below its low and closes above the middle of its body.",
  },
  (c, i) =>
    isBlack(c, i - 1) &&
    isWhite(c, i) &&
    open(c, i) < low(c, i - 1) &&
    close(c, i) < open(c, i - 1) &&
    close(c, i) > close(c, i - 1) + body(c, i - 1) * 0.5 &&
    isLong(c, i - 1) &&
    isLong(c, i)
      ? 100
      : 0,
);

/** -100. */
export const shootingStar = pattern(
  {
    name: "shooting-star",
    talib: "CDLSHOOTINGSTAR",
    warmup,
    summary: "Shooting star: a short body under a long upper shadow, gapping up.",
  },
  (c, i) => (bodyGapsUp(c, i, i - 1) && isTurnedHammer(c, i) ? -100 : 0),
);
