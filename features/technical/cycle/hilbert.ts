/**
 * John Ehlers' homodyne discriminator: the length of the cycle that rules a price, by TA-Lib's conventions.
 * Ehlers, "Rocket Science for Traders", 2001.
 *
 *   smooth     s = (4 x + 3 x1 + 2 x2 + x3) / 10
 *   transform  H(v) = (a v + b v2 - b v4 - a v6) g,  a = 0.0962, b = 0.5769, g = 0.075 period + 0.54
 *   detrended  d = H(s);   in phase I = d3;   quadrature Q = H(d)
 *   phasor     I2 = I - H(Q),  Q2 = Q + H(I), each smoothed by 0.2
 *   period     2 pi / atan(im / re), of the products of the phasor with the one before, smoothed by 0.2; it changes by a
 *              half at most, lies between 6 and 50, and is smoothed by 0.2; the period told is smoothed once more, by 0.33
 * (vk: v of k bars ago.)
 *
 * It begins with zeros at the bar `start`, so that its first values are a little of that beginning: TA-Lib leaves the
 * first bars out, and so do we.
 */
export type Hilbert = {
  /** Bars seen, at most {@link SEEN}. */
  seen: number;
  x1: number;
  x2: number;
  x3: number;
  /** Where the newest of the eight last values stands. */
  at: number;
  readonly smooth: Float64Array;
  readonly detrended: Float64Array;
  readonly inPhase: Float64Array;
  readonly quadrature: Float64Array;
  i2: number;
  q2: number;
  re: number;
  im: number;
  period: number;
  smoothPeriod: number;
};

const SEEN = 64;
const A = 0.0962;
const B = 0.5769;
export const DEGREES = 45 / Math.atan(1);

/** First bar of the transform and first bar that is told, for what needs the period, and for what needs the phase. */
export const PERIOD_START = 12;
export const PERIOD_WARMUP = 32;
export const PHASE_START = 37;
export const PHASE_WARMUP = 63;

export function createHilbert(): Hilbert {
  const eight = () => new Float64Array(8);
  return {
    seen: 0,
    x1: 0,
    x2: 0,
    x3: 0,
    at: 0,
    smooth: eight(),
    detrended: eight(),
    inPhase: eight(),
    quadrature: eight(),
    i2: 0,
    q2: 0,
    re: 0,
    im: 0,
    period: 0,
    smoothPeriod: 0,
  };
}

/** Takes a value; true from bar `start` on, from where the fields hold. */
export function pushHilbert(h: Hilbert, x: number, start: number): boolean {
  const smooth = (4 * x + 3 * h.x1 + 2 * h.x2 + h.x3) * 0.1;
  h.x3 = h.x2;
  h.x2 = h.x1;
  h.x1 = x;
  const isBefore = h.seen < start;
  if (h.seen < SEEN) h.seen++;
  if (isBefore) return false;
  const gain = 0.075 * h.period + 0.54;
  const at = (h.at + 1) & 7;
  h.at = at;
  h.smooth[at] = smooth;
  h.detrended[at] = transform(h.smooth, at, gain);
  h.quadrature[at] = transform(h.detrended, at, gain);
  h.inPhase[at] = h.detrended[(at + 5) & 7]!;
  const i2 = 0.2 * (h.inPhase[at]! - transform(h.quadrature, at, gain)) + 0.8 * h.i2;
  const q2 = 0.2 * (h.quadrature[at]! + transform(h.inPhase, at, gain)) + 0.8 * h.q2;
  h.re = 0.2 * (i2 * h.i2 + q2 * h.q2) + 0.8 * h.re;
  h.im = 0.2 * (i2 * h.q2 - q2 * h.i2) + 0.8 * h.im;
  h.i2 = i2;
  h.q2 = q2;
  h.period = nextPeriod(h.period, h.re, h.im);
  h.smoothPeriod = 0.33 * h.period + 0.67 * h.smoothPeriod;
  return true;
}

/** True once the bar `warmup` has come. */
export function isWarm(h: Hilbert, warmup: number): boolean {
  return h.seen > warmup;
}

function transform(v: Float64Array, at: number, gain: number): number {
  return (A * v[at]! - A * v[(at + 2) & 7]! - B * v[(at + 4) & 7]! + B * v[(at + 6) & 7]!) * gain;
}

function nextPeriod(last: number, re: number, im: number): number {
  let period = re !== 0 && im !== 0 ? 360 / (Math.atan(im / re) * DEGREES) : last;
  if (period > 1.5 * last) period = 1.5 * last;
  if (period < 0.67 * last) period = 0.67 * last;
  if (period < 6) period = 6;
  else if (period > 50) period = 50;
  return 0.2 * period + 0.8 * last;
}
