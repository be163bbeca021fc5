/**
 * Volatilities are per bar unless a parameter says how many bars make a year: times sqrt(bars a year). 365 for days of a
 * market that never closes, 252 for exchange days, 525,600 for its minutes.
 */
export const BARS_PER_YEAR = { kind: "float", min: 1, max: 1e9, default: 1, typical: [1, 1] } as const;

/** From a variance for one bar, of which rounding may have left a little under 0. */
export function volatilityOf(variance: number, barsPerYear: number): number {
  return Math.sqrt(variance > 0 ? variance * barsPerYear : 0);
}
