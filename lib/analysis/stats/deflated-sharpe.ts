/**
 * How far a Sharpe ratio can be trusted. All ratios here are per bar: divide a yearly one by sqrt(bars a year).
 *
 * Symbols: SR estimated Sharpe ratio, T returns, g3 skewness, g4 kurtosis (normal: 0 and 3), N trials, V variance of
 * the trials' Sharpe ratios, Phi the normal distribution, e Euler's number, c = 0.5772... Euler and Mascheroni's.
 *
 *   standard error  s = sqrt((1 - g3 SR + (g4 - 1)/4 SR^2) / (T - 1))
 *     Lo 2002 for normal returns (g3 = 0, g4 = 3); Mertens 2002 in general; T - 1 as in Bailey and Lopez de Prado.
 *     Returns are taken as independent: positive autocorrelation makes the true error larger.
 *   expected best   SR0 = sqrt(V) ((1 - c) Phi^-1(1 - 1/N) + c Phi^-1(1 - 1/(N e)))
 *   deflated        DSR = Phi((SR - SR0) / s)
 *     Bailey and Lopez de Prado 2014, "The Deflated Sharpe Ratio", J. Portfolio Management 40(5). N counts independent
 *     trials; trials of one strategy resemble each other, so the true N is smaller and DSR errs on the low side.
 *
 * Fewer than 2 returns, or NaN anywhere, gives NaN.
 */
import { normalCdf, normalQuantile } from "#core";

/** A Sharpe ratio per bar and the shape of the returns it comes from. */
export interface SharpeEstimate {
  readonly sharpe: number;
  /** How many returns. */
  readonly bars: number;
  readonly skewness: number;
  readonly kurtosis: number;
}

const EULER_MASCHERONI = 0.5772156649015329;

/** Standard error of the Sharpe ratio, per bar. */
export function sharpeError({ sharpe, bars, skewness, kurtosis }: SharpeEstimate): number {
  if (!(bars > 1)) return Number.NaN;
  return Math.sqrt((1 - skewness * sharpe + ((kurtosis - 1) / 4) * sharpe * sharpe) / (bars - 1));
}

/** Bounds that hold the true Sharpe ratio with this probability, per bar. @param confidence in (0, 1). */
export function sharpeInterval(estimate: SharpeEstimate, confidence = 0.95): readonly [number, number] {
  const margin = normalQuantile((1 + confidence) / 2) * sharpeError(estimate);
  return [estimate.sharpe - margin, estimate.sharpe + margin];
}

/**
 * The best Sharpe ratio to expect from trials that all lack skill, in the unit of `variance`'s root. One trial: 0.
 * @param trials N, at least 1. @param variance V of the trials' Sharpe ratios.
 */
export function expectedBestSharpe(trials: number, variance: number): number {
  if (trials === 1) return 0;
  const best = normalQuantile(1 - 1 / trials);
  const beyond = normalQuantile(1 - 1 / (trials * Math.E));
  return Math.sqrt(variance) * ((1 - EULER_MASCHERONI) * best + EULER_MASCHERONI * beyond);
}

/** Probability that the true Sharpe ratio is above what `trials` attempts reach by luck. */
export function deflatedSharpe(estimate: SharpeEstimate, trials: number, variance: number): number {
  const luck = expectedBestSharpe(trials, variance);
  return normalCdf((estimate.sharpe - luck) / sharpeError(estimate));
}
