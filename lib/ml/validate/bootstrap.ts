import { createRng } from "#core";
import { needOption } from "../dataset/label/labels.ts";

export interface BootstrapOptions {
  readonly confidence: number;
  readonly resamples: number;
  readonly seed: number;
  readonly block?: number | undefined;
}

/** Errors: `ml.bad-option`. */
export function checkBootstrap(
  name: string,
  { confidence, resamples, seed, block = 1 }: BootstrapOptions,
): void {
  needOption(confidence > 0 && confidence < 1, name, "confidence", confidence, "a share in (0, 1)");
  const isCount = Number.isInteger(resamples) && resamples >= 0;
  needOption(isCount, name, "resamples", resamples, "a whole number, 0 or more");
  needOption(Number.isSafeInteger(seed), name, "seed", seed, "a whole number");
  needOption(
    Number.isInteger(block) && block >= 1,
    name,
    "block",
    block,
    "a whole number of rows, at least 1",
  );
}

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
