import { createRng } from "#core";

/** How often each of n rows is drawn, in circular blocks: one array a resample. */
export function resampleWeights(n: number, block: number, resamples: number, seed: number): Float64Array[] {
  const rng = createRng(seed);
  return Array.from({ length: n > 1 ? resamples : 0 }, () => {
    const weights = new Float64Array(n);
    for (let filled = 0; filled < n; filled += block) {
      const from = rng.nextInt(n);
      for (let i = 0; i < Math.min(block, n - filled); i++) weights[(from + i) % n]!++;
    }
    return weights;
  });
}

/** The middle `confidence` of the drawn values; NaN without any. */
export function intervalOf(
  drawn: readonly number[],
  confidence: number,
): { readonly low: number; readonly high: number } {
  const sorted = Float64Array.from(drawn)
    .filter((value) => !Number.isNaN(value))
    .sort();
  if (sorted.length === 0) return { low: Number.NaN, high: Number.NaN };
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!;
  return { low: at((1 - confidence) / 2), high: at((1 + confidence) / 2) };
}
