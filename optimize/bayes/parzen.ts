/**
 * The density of a Parzen estimator: a mixture of Gaussians cut off at the bounds of an axis, one at each observed
 * position, and a wide one in the middle, the prior.
 *
 *   p(x) = sum_i w_i phi((x - mu_i) / sigma_i) / (sigma_i Z_i)
 *   Z_i = Phi((high - mu_i) / sigma_i) - Phi((low - mu_i) / sigma_i)
 *
 * mu, sigma, w: k = n + 1 numbers each, for n observations and the prior; sum w = 1. As in J. Bergstra, R. Bardenet,
 * Y. Bengio and B. Kegl, "Algorithms for hyper-parameter optimization", NIPS 2011, section 4: sigma_i is the larger
 * distance to the neighbours of mu_i, within [(high - low) / min(100, k), high - low]. On stepped axes sigma is at
 * least half a step, and the density at a value stands for the mass of its cell.
 *
 * Speed: the simple form sums all components. Almost all have the smallest sigma when there are many; those are kept
 * sorted, and the ones further than 5 sigma from x, which add less than 4e-6 of their peak, are passed over.
 */

import type { Rng } from "#core";
import { normalCdf } from "#core";
import type { NumberAxis } from "../space/axis.ts";

const CUTOFF_SIGMAS = 5;

export interface Parzen {
  /** A position drawn from the density. */
  sample(rng: Rng): number;
  /** ln p(x), for low <= x <= high. */
  logDensity(x: number): number;
}

/**
 * @param observed n positions, rising.
 * @param weights n relative weights; the prior has 1.
 */
export function createParzen(axis: NumberAxis, observed: Float64Array, weights: Float64Array): Parzen {
  const { low, high } = axis;
  const range = high - low;
  const k = observed.length + 1;
  const { mu, w, prior } = withPrior(observed, weights, (low + high) / 2);
  const least = Math.max(range / Math.min(100, k), (axis.steps?.cell ?? 0) / 2);
  const sigma = new Float64Array(k);
  const height = new Float64Array(k);
  const total = w.reduce((sum, each) => sum + each, 0);
  for (let i = 0; i < k; i++) {
    const left = i > 0 ? mu[i]! - mu[i - 1]! : 0;
    const right = i < k - 1 ? mu[i + 1]! - mu[i]! : 0;
    sigma[i] = i === prior ? range : Math.min(range, Math.max(least, left, right));
    const inside = shareInside((low - mu[i]!) / sigma[i]!, (high - mu[i]!) / sigma[i]!);
    height[i] = w[i]! / (total * sigma[i]! * inside * Math.sqrt(2 * Math.PI));
  }
  return {
    sample: (rng) => sampleMixture(axis, mu, sigma, w, total, rng),
    logDensity: createLogDensity(mu, sigma, height, least),
  };
}

/** Z: how much of a standard Gaussian lies between two numbers; 1 to nine digits where both are far. */
function shareInside(from: number, to: number): number {
  return from < -6 && to > 6 ? 1 : normalCdf(to) - normalCdf(from);
}

/** The observations with the prior's middle among them, still rising. */
function withPrior(observed: Float64Array, weights: Float64Array, middle: number) {
  const prior = lowerBound(observed, observed.length, middle);
  const mu = new Float64Array(observed.length + 1);
  const w = new Float64Array(observed.length + 1);
  mu.set(observed.subarray(0, prior));
  w.set(weights.subarray(0, prior));
  mu[prior] = middle;
  w[prior] = 1;
  mu.set(observed.subarray(prior), prior + 1);
  w.set(weights.subarray(prior), prior + 1);
  return { mu, w, prior };
}

function createLogDensity(
  mu: Float64Array,
  sigma: Float64Array,
  height: Float64Array,
  least: number,
): (x: number) => number {
  const narrow = { mu: new Float64Array(mu.length), height: new Float64Array(mu.length) };
  const wide: number[] = [];
  let count = 0;
  for (let i = 0; i < mu.length; i++) {
    if (sigma[i] === least) {
      narrow.mu[count] = mu[i]!;
      narrow.height[count++] = height[i]!;
    } else {
      wide.push(i);
    }
  }
  const reach = CUTOFF_SIGMAS * least;
  const scale = -0.5 / (least * least);
  return (x) => {
    let density = 0;
    for (const i of wide) {
      const z = (x - mu[i]!) / sigma[i]!;
      density += height[i]! * Math.exp(-0.5 * z * z);
    }
    for (let i = lowerBound(narrow.mu, count, x - reach); i < count && narrow.mu[i]! <= x + reach; i++) {
      const distance = x - narrow.mu[i]!;
      density += narrow.height[i]! * Math.exp(scale * distance * distance);
    }
    return Math.log(density);
  };
}

function sampleMixture(
  { low, high }: NumberAxis,
  mu: Float64Array,
  sigma: Float64Array,
  w: Float64Array,
  total: number,
  rng: Rng,
): number {
  let rest = rng.next() * total;
  let i = 0;
  while (i < w.length - 1 && rest >= w[i]!) rest -= w[i++]!;
  // The middle of each Gaussian lies inside the bounds, so at least one draw in three does.
  for (;;) {
    const x = mu[i]! + sigma[i]! * rng.nextNormal();
    if (x >= low && x <= high) return x;
  }
}

/** Index of the first of `count` rising numbers that is at least x. */
function lowerBound(numbers: Float64Array, count: number, x: number): number {
  let first = 0;
  let end = count;
  while (first < end) {
    const middle = (first + end) >>> 1;
    if (numbers[middle]! < x) first = middle + 1;
    else end = middle;
  }
  return first;
}
