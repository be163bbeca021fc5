/**
 * Performance of an equity curve.
 *
 * Symbols: E[0..n-1] equity after each bar, E0 start capital, r[i] = E[i] / E[i-1] - 1 with E[-1] = E0,
 * P bars a year, mean and sd over all n returns (sd with n - 1).
 *
 * Sharpe   mean / sd * sqrt(P), risk-free rate 0 (Sharpe 1994).
 * Sortino  mean / sqrt(mean(min(r, 0)^2)) * sqrt(P), target 0 (Sortino and Price 1994).
 * Annual return  (E[n-1] / E0)^(P / n) - 1. Volatility  sd * sqrt(P).
 * Drawdown[i]  E[i] / max(E0, E[0..i]) - 1, at most 0. Calmar  annual return / -min drawdown (Young 1991).
 * Expected shortfall  mean of the worst 5 % of the r, at least one (Acerbi and Tasche 2002).
 *
 * A ratio whose denominator is 0, and any ratio or moment of a curve shorter than 2, is NaN: never a large number that an
 * optimiser would take for a good one. backtesting.py takes geometric daily means, QuantStats counts 252 days: both
 * give slightly other ratios.
 */
export interface Performance {
  readonly bars: number;
  /** Last equity over start capital, less 1. */
  readonly totalReturn: number;
  readonly annualReturn: number;
  readonly volatility: number;
  readonly sharpe: number;
  readonly sortino: number;
  readonly calmar: number;
  /** Largest drawdown, a fraction at most 0. */
  readonly maxDrawdown: number;
  /** Mean of the worst 5 % of bar returns. */
  readonly expectedShortfall: number;
  /** Third and fourth standardised moments of the returns (normal: 0 and 3), for the deflated Sharpe ratio. */
  readonly skewness: number;
  readonly kurtosis: number;
}

/** Returns from bar to bar; the first against the start capital. */
export function barReturns(equity: Float64Array, start: number): Float64Array {
  const returns = new Float64Array(equity.length);
  let before = start;
  for (let i = 0; i < equity.length; i++) {
    returns[i] = equity[i]! / before - 1;
    before = equity[i]!;
  }
  return returns;
}

/** Fraction below the highest equity so far, at each bar; 0 or less. */
export function drawdowns(equity: Float64Array, start: number): Float64Array {
  const below = new Float64Array(equity.length);
  let peak = start;
  for (let i = 0; i < equity.length; i++) {
    if (equity[i]! > peak) peak = equity[i]!;
    below[i] = equity[i]! / peak - 1;
  }
  return below;
}

/** @param start capital before the first bar. @param barsPerYear P. */
export function performance(equity: Float64Array, start: number, barsPerYear: number): Performance {
  const n = equity.length;
  const returns = barReturns(equity, start);
  let sum = 0;
  let downside = 0;
  let peak = start;
  let deepest = start;
  let maxDrawdown = n === 0 ? Number.NaN : 0;
  // Every trial of a study comes through here: no branch on a coin toss (min(r, 0) = (r - |r|) / 2), and a division
  // only for a new peak or a deeper drawdown.
  for (let i = 0; i < n; i++) {
    const r = returns[i]!;
    const below = (r - Math.abs(r)) / 2;
    sum += r;
    downside += below * below;
    const value = equity[i]!;
    if (value > peak) {
      peak = value;
      deepest = peak * (1 + maxDrawdown);
    } else if (value < deepest) {
      deepest = value;
      maxDrawdown = value / peak - 1;
    }
  }
  const { mean, sd, skewness, kurtosis } = moments(returns, sum / n);
  const totalReturn = n === 0 ? Number.NaN : equity[n - 1]! / start - 1;
  const annualReturn = n < 2 ? Number.NaN : (1 + totalReturn) ** (barsPerYear / n) - 1;
  return {
    bars: n,
    totalReturn,
    annualReturn,
    volatility: sd * Math.sqrt(barsPerYear),
    sharpe: ratio(mean, sd) * Math.sqrt(barsPerYear),
    sortino: ratio(mean, Math.sqrt(downside / n)) * Math.sqrt(barsPerYear),
    calmar: ratio(annualReturn, -maxDrawdown),
    maxDrawdown,
    expectedShortfall: expectedShortfall(returns, 0.05),
    skewness,
    kurtosis,
  };
}

interface Moments {
  readonly mean: number;
  readonly sd: number;
  readonly skewness: number;
  readonly kurtosis: number;
}

function moments(x: Float64Array, mean: number): Moments {
  const n = x.length;
  if (n < 2) return { mean: Number.NaN, sd: Number.NaN, skewness: Number.NaN, kurtosis: Number.NaN };
  let m2 = 0;
  let m3 = 0;
  let m4 = 0;
  for (let i = 0; i < n; i++) {
    const d = x[i]! - mean;
    const square = d * d;
    m2 += square;
    m3 += square * d;
    m4 += square * square;
  }
  // Steady growth leaves rounding dust in the returns, a few epsilon each; its deviation is 0, not 1e-16.
  if (m2 <= n * (4 * Number.EPSILON * (1 + Math.abs(mean))) ** 2) m2 = 0;
  const sd = Math.sqrt(m2 / (n - 1));
  return { mean, sd, skewness: ratio(m3 / n, (m2 / n) ** 1.5), kurtosis: ratio(m4 / n, (m2 / n) ** 2) };
}

function ratio(above: number, below: number): number {
  return below === 0 ? Number.NaN : above / below;
}

/** Reorders `returns`. */
function expectedShortfall(returns: Float64Array, share: number): number {
  const n = returns.length;
  if (n === 0) return Number.NaN;
  const count = Math.max(1, Math.floor(n * share));
  const worst = smallest(returns, count);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += worst[i]!;
  return sum / count;
}

/**
 * Puts the `count` smallest values in front, in any order (Hoare's selection, 1961). A sort
 * would order all of them. The pivot is the middle one: an adversary could make it slow, returns don't.
 */
function smallest(x: Float64Array, count: number): Float64Array {
  let low = 0;
  let high = x.length - 1;
  while (low < high) {
    const pivot = x[(low + high) >>> 1]!;
    let i = low;
    let j = high;
    while (i <= j) {
      while (x[i]! < pivot) i++;
      while (x[j]! > pivot) j--;
      if (i > j) break;
      const swap = x[i]!;
      x[i++] = x[j]!;
      x[j--] = swap;
    }
    if (count - 1 <= j) high = j;
    else if (count - 1 >= i) low = i;
    else break;
  }
  return x;
}

const YEAR_MS = 365.25 * 864e5;

/** How many bars of that length a year has: 252 days a year of weekday trading, every day for a market always open. */
export function barsPerYear(timeframeMs: number, calendar: "always" | "weekdays"): number {
  return calendar === "always" ? YEAR_MS / timeframeMs : (252 * 864e5) / timeframeMs;
}
