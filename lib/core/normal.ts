/**
 * The standard normal distribution.
 *
 * Phi(z) probability of a value below z, phi(z) density.
 *   |z| <= 6: Phi = 1/2 + phi(z) (z + z^3/3 + z^5/(3 5) + z^7/(3 5 7) + ...), all terms of one sign, so nothing cancels
 *   but in the far tail (Marsaglia 2004, "Evaluating the Normal Distribution", J. Stat. Software 11(4)).
 *   beyond: phi(z) / (z + 1/(z + 2/(z + 3/(z + ...)))), the tail's continued fraction (Laplace; A&S 26.2.14).
 * Absolute error of Phi below 1e-15. simple-statistics has a table of four digits, and a quantile that errs by 3e-3:
 * the deflated Sharpe ratio needs both in the tail. NaN gives NaN.
 */

const SERIES_LIMIT = 6;
const FRACTION_DEPTH = 30;

/** Phi(z). */
export function normalCdf(z: number): number {
  if (Number.isNaN(z)) return Number.NaN;
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (Math.abs(z) > SERIES_LIMIT) {
    const tail = density === 0 ? 0 : density / tailFraction(Math.abs(z));
    return z < 0 ? tail : 1 - tail;
  }
  let term = z;
  let sum = z;
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return 0.5 + density * sum;
}

function tailFraction(z: number): number {
  let value = z;
  for (let k = FRACTION_DEPTH; k >= 1; k--) value = z + k / value;
  return value;
}

/**
 * The z with Phi(z) = p, by halving: exact to the last digits of p, which is 1e-9 in z for p down to 1e-7.
 * @param p probability; 0 and 1 give the infinities, anything outside [0, 1] NaN.
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  if (p === 0 || p === 1) return p === 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  let low = -40;
  let high = 40;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  }
}
