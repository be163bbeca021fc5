/**
 * The parts of a candle and the words in which patterns are said, with TA-Lib's default settings.
 *
 * Index i is a bar of the columns, i - 1 the bar before it. "Long", "short" and the like compare with the bars before
 * the candle, itself left out:
 *   long, short body   against the mean body of 10 bars
 *   doji               body at most a tenth of the mean range (high - low) of 10 bars
 *   very short shadow  shorter than a tenth of that;  short shadow: shorter than half the mean of both shadows of 10 bars
 *   long shadow        longer than the candle's own body;  very long: than twice
 *   near, far, equal   a fifth, three fifths, a twentieth of the mean range of 5 bars
 * Means are summed anew each time, over at most ten numbers: nothing drifts, and a pattern depends on its bars alone.
 */
export interface Candles {
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  /** Of whole columns: the mean body, and range, of the ten bars before each bar, where a pattern asks for it on every bar. */
  readonly bodies?: Float64Array | undefined;
  readonly ranges?: Float64Array | undefined;
  /** Upper and lower end of each body. */
  readonly tops?: Float64Array | undefined;
  readonly bottoms?: Float64Array | undefined;
}

/** Bars before the candle that a body, a shadow or a doji is measured by, and a distance. */
export const BODY_BARS = 10;
export const DISTANCE_BARS = 5;

export function open(c: Candles, i: number): number {
  return c.open[i]!;
}

export function high(c: Candles, i: number): number {
  return c.high[i]!;
}

export function low(c: Candles, i: number): number {
  return c.low[i]!;
}

export function close(c: Candles, i: number): number {
  return c.close[i]!;
}

/** 1 for white (close at or above open), -1 for black. */
export function color(c: Candles, i: number): number {
  return 2 * +(c.close[i]! >= c.open[i]!) - 1;
}

export function isWhite(c: Candles, i: number): boolean {
  return c.close[i]! >= c.open[i]!;
}

export function isBlack(c: Candles, i: number): boolean {
  return c.close[i]! < c.open[i]!;
}

/** Upper end of the body. */
export function top(c: Candles, i: number): number {
  if (c.tops !== undefined) return c.tops[i]!;
  return Math.max(c.open[i]!, c.close[i]!);
}

/** Lower end of the body. */
export function bottom(c: Candles, i: number): number {
  if (c.bottoms !== undefined) return c.bottoms[i]!;
  return Math.min(c.open[i]!, c.close[i]!);
}

export function body(c: Candles, i: number): number {
  return Math.abs(c.close[i]! - c.open[i]!);
}

export function upperShadow(c: Candles, i: number): number {
  return c.high[i]! - top(c, i);
}

export function lowerShadow(c: Candles, i: number): number {
  return bottom(c, i) - c.low[i]!;
}

/**
 * The upper shadow is longer than a size. Without branches: which end of the body is the close no predictor guesses, and
 * the smaller of two differences is that of the larger, because rounding keeps their order.
 */
export function upperExceeds({ open, high, close, tops }: Candles, i: number, size: number): boolean {
  if (tops !== undefined) return high[i]! - tops[i]! > size;
  return (+(high[i]! - open[i]! > size) & +(high[i]! - close[i]! > size)) === 1;
}

export function lowerExceeds({ open, low, close, bottoms }: Candles, i: number, size: number): boolean {
  if (bottoms !== undefined) return bottoms[i]! - low[i]! > size;
  return (+(open[i]! - low[i]! > size) & +(close[i]! - low[i]! > size)) === 1;
}

/** Both shadows are shorter than a size. */
export function hasShorterShadows({ open, high, low, close }: Candles, i: number, size: number): boolean {
  const upper = +(high[i]! - open[i]! < size) | +(high[i]! - close[i]! < size);
  return (upper & (+(open[i]! - low[i]! < size) | +(close[i]! - low[i]! < size))) === 1;
}

/** The body of bar i lies above that of bar j. */
export function bodyGapsUp({ open, close, tops, bottoms }: Candles, i: number, j: number): boolean {
  if (tops !== undefined && bottoms !== undefined) return bottoms[i]! > tops[j]!;
  // Without branches: which end of a body is the open no predictor guesses.
  const opens = +(open[i]! > open[j]!) & +(open[i]! > close[j]!);
  return (opens & +(close[i]! > open[j]!) & +(close[i]! > close[j]!)) === 1;
}

export function bodyGapsDown(c: Candles, i: number, j: number): boolean {
  return bodyGapsUp(c, j, i);
}

/** All of bar i, shadows included, lies above all of the bar before it. */
export function gapsUp(c: Candles, i: number): boolean {
  return c.low[i]! > c.high[i - 1]!;
}

export function gapsDown(c: Candles, i: number): boolean {
  return c.high[i]! < c.low[i - 1]!;
}

/** Each of the three bars up to i closes higher than the one before. */
export function closesRise(c: Candles, i: number): boolean {
  return c.close[i]! > c.close[i - 1]! && c.close[i - 1]! > c.close[i - 2]!;
}

export function closesFall(c: Candles, i: number): boolean {
  return c.close[i]! < c.close[i - 1]! && c.close[i - 1]! < c.close[i - 2]!;
}

// Written out, pair by pair: a loop of one running sum takes three times as long.
function meanBody({ open, close, bodies }: Candles, i: number): number {
  if (bodies !== undefined) return bodies[i]!;
  const a = bodyAt(open, close, i - 1) + bodyAt(open, close, i - 2);
  const b = bodyAt(open, close, i - 3) + bodyAt(open, close, i - 4);
  const c = bodyAt(open, close, i - 5) + bodyAt(open, close, i - 6);
  const d = bodyAt(open, close, i - 7) + bodyAt(open, close, i - 8);
  const e = bodyAt(open, close, i - 9) + bodyAt(open, close, i - 10);
  return (a + b + (c + d) + e) / BODY_BARS;
}

function bodyAt(open: Float64Array, close: Float64Array, i: number): number {
  return Math.abs(close[i]! - open[i]!);
}

function longMeanRange({ high, low, ranges }: Candles, i: number): number {
  if (ranges !== undefined) return ranges[i]!;
  const a = high[i - 1]! - low[i - 1]! + (high[i - 2]! - low[i - 2]!);
  const b = high[i - 3]! - low[i - 3]! + (high[i - 4]! - low[i - 4]!);
  const c = high[i - 5]! - low[i - 5]! + (high[i - 6]! - low[i - 6]!);
  const d = high[i - 7]! - low[i - 7]! + (high[i - 8]! - low[i - 8]!);
  const e = high[i - 9]! - low[i - 9]! + (high[i - 10]! - low[i - 10]!);
  return (a + b + (c + d) + e) / BODY_BARS;
}

function shortMeanRange({ high, low }: Candles, i: number): number {
  const a = high[i - 1]! - low[i - 1]! + (high[i - 2]! - low[i - 2]!);
  const b = high[i - 3]! - low[i - 3]! + (high[i - 4]! - low[i - 4]!);
  return (a + b + (high[i - 5]! - low[i - 5]!)) / DISTANCE_BARS;
}

function meanShadows(c: Candles, i: number): number {
  const a = shadowsAt(c, i - 1) + shadowsAt(c, i - 2);
  const b = shadowsAt(c, i - 3) + shadowsAt(c, i - 4);
  const d = shadowsAt(c, i - 5) + shadowsAt(c, i - 6);
  const e = shadowsAt(c, i - 7) + shadowsAt(c, i - 8);
  const f = shadowsAt(c, i - 9) + shadowsAt(c, i - 10);
  return (a + b + (d + e) + f) / BODY_BARS;
}

function shadowsAt({ open, high, low, close }: Candles, i: number): number {
  return high[i]! - low[i]! - bodyAt(open, close, i);
}

export function isLong(c: Candles, i: number): boolean {
  return body(c, i) > meanBody(c, i);
}

/** Shorter than the mean body. */
export function isShort(c: Candles, i: number): boolean {
  return body(c, i) < meanBody(c, i);
}

/** The largest body of a doji. */
export function dojiBody(c: Candles, i: number): number {
  return 0.1 * longMeanRange(c, i);
}

export function isDoji(c: Candles, i: number): boolean {
  return body(c, i) <= dojiBody(c, i);
}

/** A shadow shorter than this is very short. */
export function veryShort(c: Candles, i: number): number {
  return 0.1 * longMeanRange(c, i);
}

/** A shadow shorter than this is short. */
export function shortShadow(c: Candles, i: number): number {
  return meanShadows(c, i) / 2;
}

export function near(c: Candles, i: number): number {
  return 0.2 * shortMeanRange(c, i);
}

export function far(c: Candles, i: number): number {
  return 0.6 * shortMeanRange(c, i);
}

/** The largest distance between equal prices. */
export function equal(c: Candles, i: number): number {
  return 0.05 * shortMeanRange(c, i);
}

export function isWithin(value: number, of: number, distance: number): boolean {
  return value <= of + distance && value >= of - distance;
}
