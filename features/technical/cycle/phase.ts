/**
 * What follows from the cycle's length N (whole bars), by TA-Lib's conventions. Ehlers 2001.
 *   phase      angle of sum s_k e^(2 pi i k / N) over the last N smoothed values, less a quarter turn, corrected for the
 *              smoothing's lag of one bar; in degrees, -45 to 315
 *   trendline  (4 m + 3 m1 + 2 m2 + m3) / 10,  m the mean of the last N values
 */
import {
  createHilbert,
  DEGREES,
  type Hilbert,
  isWarm,
  PHASE_START,
  PHASE_WARMUP,
  pushHilbert,
} from "./hilbert.ts";

/** Longest cycle, and the size of the rings that hold it. */
const LONGEST = 50;
const RING = 64;

export type Cycle = {
  readonly hilbert: Hilbert;
  /** Place of the newest value in both rings. */
  at: number;
  readonly values: Float64Array;
  readonly smooth: Float64Array;
  phase: number;
  sine: number;
  lead: number;
  mean1: number;
  mean2: number;
  mean3: number;
  daysInTrend: number;
};

export function createCycle(): Cycle {
  return {
    hilbert: createHilbert(),
    at: 0,
    values: new Float64Array(RING),
    smooth: new Float64Array(RING),
    phase: 0,
    sine: 0,
    lead: 0,
    mean1: 0,
    mean2: 0,
    mean3: 0,
    daysInTrend: 0,
  };
}

/** Takes a value; true once the transform has begun. */
export function pushCycle(c: Cycle, x: number): boolean {
  const { hilbert } = c;
  c.at = (c.at + 1) & (RING - 1);
  c.values[c.at] = x;
  if (!pushHilbert(hilbert, x, PHASE_START)) return false;
  c.smooth[c.at] = hilbert.smooth[hilbert.at]!;
  return true;
}

export function isWarmCycle(c: Cycle): boolean {
  return isWarm(c.hilbert, PHASE_WARMUP);
}

/** Moves the phase on to the newest value. */
export function movePhase(c: Cycle): void {
  const period = c.hilbert.smoothPeriod;
  const n = Math.floor(period + 0.5);
  let real = 0;
  let imaginary = 0;
  const row = 2 * LONGEST * n;
  for (let k = 0, i = c.at; k < n; k++) {
    real += TURNS[row + 2 * k]! * c.smooth[i]!;
    imaginary += TURNS[row + 2 * k + 1]! * c.smooth[i]!;
    i = (i - 1) & (RING - 1);
  }
  let phase = c.phase;
  if (imaginary !== 0) phase = Math.atan(real / imaginary) * DEGREES;
  else if (real < 0) phase -= 90;
  else if (real > 0) phase += 90;
  phase += 90;
  phase += 360 / period;
  if (imaginary < 0) phase += 180;
  if (phase > 315) phase -= 360;
  c.phase = phase;
}

/** Sine and cosine of k turns by 1 / n, for each n up to the longest cycle. */
const TURNS = makeTurns();

function makeTurns(): Float64Array {
  const turns = new Float64Array(2 * LONGEST * (LONGEST + 1));
  const whole = Math.atan(1) * 8;
  for (let n = 1; n <= LONGEST; n++) {
    for (let k = 0; k < n; k++) {
      turns[2 * LONGEST * n + 2 * k] = Math.sin((k * whole) / n);
      turns[2 * LONGEST * n + 2 * k + 1] = Math.cos((k * whole) / n);
    }
  }
  return turns;
}

/** Moves the trendline on to the newest value, and gives it. */
export function moveTrendline(c: Cycle): number {
  const n = Math.floor(c.hilbert.smoothPeriod + 0.5);
  let sum = 0;
  for (let k = 0, i = c.at; k < n; k++) {
    sum += c.values[i]!;
    i = (i - 1) & (RING - 1);
  }
  const mean = n > 0 ? sum / n : 0;
  const line = (4 * mean + 3 * c.mean1 + 2 * c.mean2 + c.mean3) / 10;
  c.mean3 = c.mean2;
  c.mean2 = c.mean1;
  c.mean1 = mean;
  return line;
}

/** After {@link movePhase}: 1 in a trend, 0 in a cycle. @param lastPhase before it. @param trendline of this bar. */
export function trendMode(c: Cycle, lastPhase: number, trendline: number): number {
  const period = c.hilbert.smoothPeriod;
  const [lastSine, lastLead] = [c.sine, c.lead];
  c.sine = Math.sin(c.phase / DEGREES);
  c.lead = Math.sin((c.phase + 45) / DEGREES);
  let trend = 1;
  if ((c.sine > c.lead && lastSine <= lastLead) || (c.sine < c.lead && lastSine >= lastLead)) {
    c.daysInTrend = 0;
    trend = 0;
  }
  c.daysInTrend++;
  if (c.daysInTrend < 0.5 * period) trend = 0;
  const turn = c.phase - lastPhase;
  if (period !== 0 && turn > (0.67 * 360) / period && turn < (1.5 * 360) / period) trend = 0;
  const value = c.smooth[c.at]!;
  return trendline !== 0 && Math.abs((value - trendline) / trendline) >= 0.015 ? 1 : trend;
}
