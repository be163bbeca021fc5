import fc from "fast-check";
import { errorFunction } from "simple-statistics";
import { describe, expect, it } from "vitest";
import { createRng } from "#core";
import { float, int } from "#model";
import { createParzen } from "../../../optimize/bayes/parzen.ts";
import { createAxes, type NumberAxis } from "../../../optimize/space/axis.ts";

const axis = createAxes({ x: float(-2, 3) })[0] as NumberAxis;
const observations = fc
  .array(fc.double({ min: -2, max: 3, noNaN: true }), { maxLength: 400 })
  .map((values) => Float64Array.from(values).sort());

describe("parzen estimator", () => {
  it("is a density: it is above zero everywhere and its integral over the axis is 1", () => {
    fc.assert(
      fc.property(observations, (observed) => {
        const { logDensity } = createParzen(axis, observed, new Float64Array(observed.length).fill(1));
        const n = 4000;
        let integral = 0;
        for (let i = 0; i < n; i++) {
          const density = Math.exp(logDensity(-2 + (5 * (i + 0.5)) / n));
          expect(density).toBeGreaterThan(0);
          integral += (density * 5) / n;
        }
        expect(integral).toBeCloseTo(1, 3);
      }),
      { numRuns: 20 },
    );
  });

  it("equals the plain sum over all components, cut-off or not", () => {
    fc.assert(
      fc.property(observations, fc.double({ min: -2, max: 3, noNaN: true }), (observed, x) => {
        const weights = Float64Array.from(observed, (_, i) => 0.1 + (i % 7) / 7);
        const { logDensity } = createParzen(axis, observed, weights);
        expect(Math.exp(logDensity(x))).toBeCloseTo(plainDensity(observed, weights, x), 4);
      }),
    );
  });

  it("draws from its density", () => {
    const observed = Float64Array.from([-1.9, -1.8, 0.4, 0.5, 0.55, 2.9]);
    const { sample, logDensity } = createParzen(axis, observed, new Float64Array(6).fill(1));
    const rng = createRng(11);
    const draws = Float64Array.from({ length: 20_000 }, () => sample(rng)).sort();
    expect(draws[0]).toBeGreaterThanOrEqual(-2);
    expect(draws.at(-1)).toBeLessThanOrEqual(3);
    // Kolmogorov and Smirnov: the largest distance of the two distributions, 1.95 / sqrt(n) at the level 0.001.
    let cumulated = 0;
    let largest = 0;
    const cells = 5000;
    for (let i = 0, drawn = 0; i < cells; i++) {
      const end = -2 + (5 * (i + 1)) / cells;
      cumulated += (Math.exp(logDensity(end - 2.5 / cells)) * 5) / cells;
      while (drawn < draws.length && draws[drawn]! <= end) drawn++;
      largest = Math.max(largest, Math.abs(cumulated - drawn / draws.length));
    }
    expect(largest).toBeLessThan(1.95 / Math.sqrt(20_000));
  });

  it("is no narrower than half a step on stepped axes", () => {
    const stepped = createAxes({ x: int(1, 5) })[0] as NumberAxis;
    const many = new Float64Array(500).fill(3);
    const { logDensity } = createParzen(stepped, many, new Float64Array(500).fill(1));
    // A Gaussian of deviation 1/2 has the height 0.8.
    expect(Math.exp(logDensity(3))).toBeCloseTo(0.8, 1);
  });
});

/** The definition, written down once more without any care for speed. */
function plainDensity(observed: Float64Array, weights: Float64Array, x: number): number {
  const [low, high] = [-2, 3];
  const parts = [...observed].map((mu, i) => ({ mu, w: weights[i]!, isPrior: false }));
  parts.push({ mu: 0.5, w: 1, isPrior: true });
  parts.sort((a, b) => a.mu - b.mu || Number(b.isPrior) - Number(a.isPrior));
  const total = parts.reduce((sum, { w }) => sum + w, 0);
  const cdf = (z: number) => (1 + errorFunction(z / Math.SQRT2)) / 2;
  return parts.reduce((density, { mu, w, isPrior }, i) => {
    const gaps = [mu - (parts[i - 1]?.mu ?? mu), (parts[i + 1]?.mu ?? mu) - mu];
    const sigma = isPrior ? 5 : Math.min(5, Math.max(5 / Math.min(100, parts.length), ...gaps));
    const inside = cdf((high - mu) / sigma) - cdf((low - mu) / sigma);
    const height = Math.exp(-0.5 * ((x - mu) / sigma) ** 2) / (sigma * Math.sqrt(2 * Math.PI));
    return density + ((w / total) * height) / inside;
  }, 0);
}
