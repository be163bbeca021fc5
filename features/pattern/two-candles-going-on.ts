/** Patterns of two candles after which a trend goes on. */
import {
  BODY_BARS,
  body,
  type Candles,
  close,
  color,
  equal,
  isBlack,
  isLong,
  isWhite,
  isWithin,
  low,
  lowerShadow,
  open,
  upperShadow,
  veryShort,
} from "./candle.ts";
import { pattern } from "./define-pattern.ts";

const warmup = BODY_BARS + 1;

/** A long black candle, then a white one that opens below its low. */
function opensBelowLow(c: Candles, i: number): boolean {
  return isBlack(c, i - 1) && isWhite(c, i) && open(c, i) < low(c, i - 1);
}

/** -100. */
export const inNeck = pattern(
  {
    name: "in-neck",
    talib: "CDLINNECK",
    warmup,
    summary:
      "In neck: after a long black candle a white one opens below its low and closes just inside its body.",
  },
  (c, i) =>
    opensBelowLow(c, i) &&
    close(c, i) >= close(c, i - 1) &&
    close(c, i) <= close(c, i - 1) + equal(c, i - 1) &&
    isLong(c, i - 1)
      ? -100
      : 0,
);

/** -100. */
export const onNeck = pattern(
  {
    name: "on-neck",
    talib: "CDLONNECK",
    warmup,
    summary: "On neck: after a long black candle a white one opens below its low and closes at that low.",
  },
  (c, i) =>
    opensBelowLow(c, i) && isWithin(close(c, i), low(c, i - 1), equal(c, i - 1)) && isLong(c, i - 1)
      ? -100
      : 0,
);

/** 100, -100 by the second colour. */
export const separatingLines = pattern(
  {
    name: "separating-lines",
    talib: "CDLSEPARATINGLINES",
    warmup,
    summary: "Separating lines: opposite colours with the same open, the second a long belt hold.",
  },
  (c, i) => {
    if (color(c, i - 1) === color(c, i)) return 0;
    if (!isWithin(open(c, i), open(c, i - 1), equal(c, i - 1)) || !isLong(c, i)) return 0;
    const shadow = isWhite(c, i) ? lowerShadow(c, i) : upperShadow(c, i);
    return shadow < veryShort(c, i) ? color(c, i) * 100 : 0;
  },
);

/** -100. */
export const thrusting = pattern(
  {
    name: "thrusting",
    talib: "CDLTHRUSTING",
    warmup,
    summary:
      "Thrusting: after a long black candle a white one opens below its low and closes in the lower half of its body.",
  },
  (c, i) =>
    opensBelowLow(c, i) &&
    close(c, i) > close(c, i - 1) + equal(c, i - 1) &&
    close(c, i) <= close(c, i - 1) + body(c, i - 1) * 0.5 &&
    isLong(c, i - 1)
      ? -100
      : 0,
);
