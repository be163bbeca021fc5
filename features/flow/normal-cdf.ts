/**
 * The normal distribution's share below z, where a volume is split by a price change.
 *
 *   |z| < 6: 1/2 + density(z) (z + z^3/3 + z^5/(3 5) + ...), all terms of one sign (Marsaglia 2004, J. Stat. Software
 *   11(4)); beyond, less than 1e-9 is left, and it is 0 or 1.
 */
export function normalCdf(z: number): number {
  if (z >= 6) return 1;
  if (z <= -6) return 0;
  let term = z;
  let sum = z;
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return 0.5 + (Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI)) * sum;
}
