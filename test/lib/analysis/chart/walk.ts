import { createRng } from "#core";

/** A random walk from 100. */
export function walk(length: number, seed: number): Float64Array {
  const rng = createRng(seed);
  let value = 100;
  return Float64Array.from({ length }, () => {
    value *= Math.exp(0.01 * rng.nextNormal());
    return value;
  });
}
