/** Stars: a long candle, a small one apart from it, and a third that goes back. */
import {
  BODY_BARS,
  body,
  bodyGapsDown,
  bodyGapsUp,
  bottom,
  type Candles,
  close,
  dojiBody,
  gapsDown,
  gapsUp,
  isBlack,
  isDoji,
  isLong,
  isWhite,
  top,
} from "./candle.ts";
import { pattern, piercingPattern } from "./define-pattern.ts";

const warmup = BODY_BARS + 2;
const PENETRATION = 0.3;

/** A black candle that closes deep in the white body of two bars ago. */
function fallsBack(c: Candles, i: number, penetration: number): boolean {
  return isWhite(c, i - 2) && isBlack(c, i) && close(c, i) < close(c, i - 2) - body(c, i - 2) * penetration;
}

/** A white candle that closes deep in the black body of two bars ago. */
function risesBack(c: Candles, i: number, penetration: number): boolean {
  return isBlack(c, i - 2) && isWhite(c, i) && close(c, i) > close(c, i - 2) + body(c, i - 2) * penetration;
}

/** 100, -100 by the third colour. @param penetration of the first body by the last close, a fraction of the body, 0 to 3. */
export const abandonedBaby = piercingPattern(
  {
    name: "abandoned-baby",
    talib: "CDLABANDONEDBABY",
    warmup,
    summary:
      "Abandoned baby: a doji, gaps on both sides even of its shadows, between two candles of opposite colours.",
  },
  PENETRATION,
  (c, i, penetration) => {
    const isTop = gapsUp(c, i - 1) && gapsDown(c, i) && fallsBack(c, i, penetration);
    const isBottom = gapsDown(c, i - 1) && gapsUp(c, i) && risesBack(c, i, penetration);
    if (!isTop && !isBottom) return 0;
    return isLong(c, i - 2) && isDoji(c, i - 1) && isLong(c, i) ? (isTop ? -100 : 100) : 0;
  },
);

/** -100. @param penetration of the first body by the last close, a fraction of the body, 0 to 3. */
export const eveningDojiStar = piercingPattern(
  {
    name: "evening-doji-star",
    talib: "CDLEVENINGDOJISTAR",
    warmup,
    summary:
      "Evening doji star: a long white candle, a doji that gaps up, a black candle that closes deep in the first body.",
  },
  PENETRATION,
  (c, i, penetration) =>
    bodyGapsUp(c, i - 1, i - 2) &&
    fallsBack(c, i, penetration) &&
    isLong(c, i - 2) &&
    isDoji(c, i - 1) &&
    isLong(c, i)
      ? -100
      : 0,
);

/** -100. @param penetration of the first body by the last close, a fraction of the body, 0 to 3. */
export const eveningStar = piercingPattern(
  {
    name: "evening-star",
    talib: "CDLEVENINGSTAR",
    warmup,
    summary:
      "Evening star: a long white candle, a short one that gaps up, a black candle that closes deep in the first body.",
  },
  PENETRATION,
  (c, i, penetration) =>
    bodyGapsUp(c, i - 1, i - 2) &&
    fallsBack(c, i, penetration) &&
    isLong(c, i - 2) &&
    !isLong(c, i - 1) &&
    isLong(c, i)
      ? -100
      : 0,
);

/** 100. @param penetration of the first body by the last close, a fraction of the body, 0 to 3. */
export const morningDojiStar = piercingPattern(
  {
    name: "morning-doji-star",
    talib: "CDLMORNINGDOJISTAR",
    warmup,
    summary:
      "Morning doji star: a long black candle, a doji that gaps down, a white candle that closes deep in the first body.",
  },
  PENETRATION,
  (c, i, penetration) =>
    bodyGapsDown(c, i - 1, i - 2) &&
    risesBack(c, i, penetration) &&
    isLong(c, i - 2) &&
    isDoji(c, i - 1) &&
    isLong(c, i)
      ? 100
      : 0,
);

/** 100. @param penetration of the first body by the last close, a fraction of the body, 0 to 3. */
export const morningStar = piercingPattern(
  {
    name: "morning-star",
    talib: "CDLMORNINGSTAR",
    warmup,
    summary:
      "Morning star: a long black candle, a short one that gaps down, a white candle that closes deep in the first body.",
  },
  PENETRATION,
  (c, i, penetration) =>
    bodyGapsDown(c, i - 1, i - 2) &&
    risesBack(c, i, penetration) &&
    isLong(c, i - 2) &&
    !isLong(c, i - 1) &&
    isLong(c, i)
      ? 100
      : 0,
);

/** 100 at a bottom, -100 at a top. */
export const tristar = pattern(
  {
    name: "tristar",
    talib: "CDLTRISTAR",
    warmup,
    summary: "Tristar: three dojis in a row, the middle one apart.",
  },
  (c, i) => {
    const isUp = bodyGapsUp(c, i - 1, i - 2);
    if (!isUp && !bodyGapsDown(c, i - 1, i - 2)) return 0;
    const isTop = isUp && top(c, i) < top(c, i - 1);
    const isBottom = !isUp && bottom(c, i) > bottom(c, i - 1);
    if (!isTop && !isBottom) return 0;
    // All three are measured by the bars before the first.
    const largest = dojiBody(c, i - 2);
    const areDojis = body(c, i - 2) <= largest && body(c, i - 1) <= largest && body(c, i) <= largest;
    return areDojis ? (isTop ? -100 : 100) : 0;
  },
);
