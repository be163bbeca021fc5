/** Patterns of one candle. */
import {
  BODY_BARS,
  body,
  bottom,
  type Candles,
  close,
  color,
  hasShorterShadows,
  high,
  isDoji,
  isLong,
  isShort,
  isWhite,
  low,
  lowerExceeds,
  lowerShadow,
  near,
  open,
  shortShadow,
  top,
  upperExceeds,
  upperShadow,
  veryShort,
} from "./candle.ts";
import { markDojis, markSpinningTops } from "./candle-lanes.ts";
import { pattern } from "./define-pattern.ts";

const warmup = BODY_BARS;

function isNearMiddle(c: Candles, i: number): boolean {
  const middle = low(c, i) + (high(c, i) - low(c, i)) / 2;
  const distance = near(c, i);
  return bottom(c, i) <= middle + distance && top(c, i) >= middle - distance;
}

/**
 * The colour of a long body, times 100, whose shadow is very short; else 0. Without branches: neither colour nor length
 * can be guessed. @param ofWhite, ofBlack: the shadow that counts, by colour.
 */
function marked(c: Candles, i: number, ofWhite: number, ofBlack: number): number {
  const shortest = veryShort(c, i);
  const white = +isWhite(c, i);
  const isBare = (white & +(ofWhite < shortest)) | ((1 - white) & +(ofBlack < shortest));
  return (+isLong(c, i) & isBare) * (200 * white - 100) + 0;
}

/** 100, -100 by colour: a long body that opens at its end of the bar. */
export const beltHold = pattern(
  {
    name: "belt-hold",
    talib: "CDLBELTHOLD",
    warmup,
    extras: ["bodies", "ranges"],
    summary: "Belt hold: a long body with a very short shadow at the end where it opened.",
  },
  (c, i) => {
    return marked(c, i, open(c, i) - low(c, i), high(c, i) - open(c, i));
  },
);

/** 100, -100 by colour: a long body that closes at its end of the bar. */
export const closingMarubozu = pattern(
  {
    name: "closing-marubozu",
    talib: "CDLCLOSINGMARUBOZU",
    warmup,
    extras: ["bodies", "ranges"],
    summary: "Closing marubozu: a long body with a very short shadow at the end where it closed.",
  },
  (c, i) => {
    return marked(c, i, high(c, i) - close(c, i), close(c, i) - low(c, i));
  },
);

/** 100: hardly any body. */
export const doji = pattern(
  {
    name: "doji",
    talib: "CDLDOJI",
    warmup,
    extras: ["ranges"],
    whole: markDojis,
    summary: "Doji: open and close are about equal.",
  },
  (c, i) => 100 * +isDoji(c, i),
);

/** 100: a doji at the top of its bar. */
export const dragonflyDoji = pattern(
  {
    name: "dragonfly-doji",
    talib: "CDLDRAGONFLYDOJI",
    warmup,
    extras: ["ranges"],
    summary: "Dragonfly doji: a doji with a lower shadow and almost no upper one.",
  },
  (c, i) => {
    const shortest = veryShort(c, i);
    return body(c, i) <= shortest && upperShadow(c, i) < shortest && lowerShadow(c, i) > shortest ? 100 : 0;
  },
);

/** 100: a doji at the bottom of its bar. */
export const gravestoneDoji = pattern(
  {
    name: "gravestone-doji",
    talib: "CDLGRAVESTONEDOJI",
    warmup,
    extras: ["ranges"],
    summary: "Gravestone doji: a doji with an upper shadow and almost no lower one.",
  },
  (c, i) => {
    const shortest = veryShort(c, i);
    return body(c, i) <= shortest && lowerShadow(c, i) < shortest && upperShadow(c, i) > shortest ? 100 : 0;
  },
);

/** 100, -100 by colour: a short body between two very long shadows. */
export const highWave = pattern(
  {
    name: "high-wave",
    talib: "CDLHIGHWAVE",
    warmup,
    summary: "High wave: a short body with two very long shadows.",
  },
  (c, i) => {
    const long = 2 * body(c, i);
    return upperShadow(c, i) > long && lowerShadow(c, i) > long && isShort(c, i) ? color(c, i) * 100 : 0;
  },
);

/** 100: a doji with a long shadow. */
export const longLeggedDoji = pattern(
  {
    name: "long-legged-doji",
    talib: "CDLLONGLEGGEDDOJI",
    warmup,
    extras: ["ranges"],
    summary: "Long-legged doji: a doji with one or two long shadows.",
  },
  (c, i) => {
    if (!isDoji(c, i)) return 0;
    const size = body(c, i);
    return lowerExceeds(c, i, size) || upperExceeds(c, i, size) ? 100 : 0;
  },
);

/** 100, -100 by colour: a long body with short shadows. */
export const longLine = pattern(
  {
    name: "long-line",
    talib: "CDLLONGLINE",
    warmup,
    summary: "Long line: a long body with short shadows.",
  },
  (c, i) => {
    if (!isLong(c, i)) return 0;
    const short = shortShadow(c, i);
    return upperShadow(c, i) < short && lowerShadow(c, i) < short ? color(c, i) * 100 : 0;
  },
);

/** 100, -100 by colour: a long body with hardly a shadow. */
export const marubozu = pattern(
  {
    name: "marubozu",
    talib: "CDLMARUBOZU",
    warmup,
    extras: ["bodies", "ranges"],
    summary: "Marubozu: a long body with very short shadows.",
  },
  (c, i) => {
    const fits = +hasShorterShadows(c, i, veryShort(c, i)) & +isLong(c, i);
    return fits * color(c, i) * 100 + 0;
  },
);

/** 100: a long-legged doji in the middle of its bar. */
export const rickshawMan = pattern(
  {
    name: "rickshaw-man",
    talib: "CDLRICKSHAWMAN",
    warmup,
    extras: ["ranges"],
    summary: "Rickshaw man: a doji with two long shadows, near the middle of its range.",
  },
  (c, i) => {
    if (!isDoji(c, i)) return 0;
    const size = body(c, i);
    return upperExceeds(c, i, size) && lowerExceeds(c, i, size) && isNearMiddle(c, i) ? 100 : 0;
  },
);

/** 100, -100 by colour: a short body with short shadows. */
export const shortLine = pattern(
  {
    name: "short-line",
    talib: "CDLSHORTLINE",
    warmup,
    summary: "Short line: a short body with short shadows.",
  },
  (c, i) => {
    if (!isShort(c, i)) return 0;
    const short = shortShadow(c, i);
    return upperShadow(c, i) < short && lowerShadow(c, i) < short ? color(c, i) * 100 : 0;
  },
);

/** 100, -100 by colour: a short body between longer shadows. */
export const spinningTop = pattern(
  {
    name: "spinning-top",
    talib: "CDLSPINNINGTOP",
    warmup,
    extras: ["bodies", "ends"],
    whole: markSpinningTops,
    summary: "Spinning top: a short body with shadows longer than itself.",
  },
  (c, i) => {
    const size = body(c, i);
    const fits = +upperExceeds(c, i, size) & +lowerExceeds(c, i, size) & +isShort(c, i);
    return fits * color(c, i) * 100 + 0;
  },
);

/** 100: a dragonfly doji with a very long lower shadow. */
export const takuri = pattern(
  {
    name: "takuri",
    talib: "CDLTAKURI",
    warmup,
    extras: ["ranges"],
    summary: "Takuri line: a doji with a very long lower shadow and almost no upper one.",
  },
  (c, i) => {
    const shortest = veryShort(c, i);
    if (body(c, i) > shortest) return 0;
    return upperShadow(c, i) < shortest && lowerExceeds(c, i, 2 * body(c, i)) ? 100 : 0;
  },
);
