/**
 * Ehlers' adaptive averages, "MESA Adaptive Moving Averages", 2001.
 *   phase = atan(quadrature / in phase);   a = fast / (last phase - phase, at least 1 degree), at least slow
 *   mama += a (x - mama);   fama += a / 2 (mama - fama)
 */
import {
  createHilbert,
  DEGREES,
  type Hilbert,
  isWarm,
  PERIOD_START,
  PERIOD_WARMUP,
  pushHilbert,
} from "./hilbert.ts";

export type Mama = { readonly hilbert: Hilbert; phase: number; mama: number; fama: number };

export function createMama(): Mama {
  return { hilbert: createHilbert(), phase: 0, mama: 0, fama: 0 };
}

/** Takes a value; true once the averages are worth telling. @param fast and slow: limits of a, 0.01 to 0.99. */
export function pushMama(m: Mama, fast: number, slow: number, x: number): boolean {
  const { hilbert } = m;
  if (!pushHilbert(hilbert, x, PERIOD_START)) return false;
  const inPhase = hilbert.inPhase[hilbert.at]!;
  const phase = inPhase === 0 ? 0 : Math.atan(hilbert.quadrature[hilbert.at]! / inPhase) * DEGREES;
  const turn = m.phase - phase;
  m.phase = phase;
  const a = turn > 1 ? Math.max(fast / turn, slow) : fast;
  m.mama = a * x + (1 - a) * m.mama;
  m.fama = 0.5 * a * m.mama + (1 - 0.5 * a) * m.fama;
  return isWarm(hilbert, PERIOD_WARMUP);
}
