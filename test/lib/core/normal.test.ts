import fc from "fast-check";
import { expect, test } from "vitest";
import { normalCdf, normalQuantile } from "#core";

// Expected values: scipy 1.17 norm.cdf and norm.ppf.
test.each([
  [-8, 6.22096057427174e-16],
  [-5, 2.866515718791933e-7],
  [-3, 0.0013498980316300933],
  [-1.96, 0.024997895148220435],
  [-0.5, 0.3085375387259869],
  [0, 0.5],
  [0.3, 0.6179114221889526],
  [1, 0.8413447460685429],
  [2, 0.9772498680518208],
  [4, 0.9999683287581669],
  [6.5, 0.99999999995984],
])("Phi(%d) equals scipy's to 1e-15", (z, expected) => {
  expect(Math.abs(normalCdf(z) - expected)).toBeLessThan(1e-15);
});

test.each([
  [1e-9, -5.9978070150076865],
  [1e-4, -3.7190164854556804],
  [0.025, -1.9599639845400545],
  [0.3, -0.5244005127080409],
  [0.5, 0],
  [0.9, 1.2815515655446004],
  [0.9961977186311787, 2.6691405213880373],
  [0.999999, 4.753424308817087],
])("the quantile of %d equals scipy's to 1e-7", (p, expected) => {
  expect(Math.abs(normalQuantile(p) - expected)).toBeLessThan(1e-7);
});

test("the quantile undoes the distribution", () => {
  fc.assert(
    fc.property(fc.double({ min: -5, max: 5, noNaN: true }), (z) => {
      expect(normalQuantile(normalCdf(z))).toBeCloseTo(z, 8);
    }),
  );
});

test("the distribution rises, and its two sides add up to 1", () => {
  const z = fc.double({ min: -9, max: 9, noNaN: true });
  fc.assert(
    fc.property(z, z, (a, b) => {
      if (a < b) expect(normalCdf(a)).toBeLessThanOrEqual(normalCdf(b) + 1e-15);
      expect(normalCdf(a) + normalCdf(-a)).toBeCloseTo(1, 14);
    }),
  );
});

test("the ends are infinite, and what is no probability has no quantile", () => {
  expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
  expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
  expect(normalQuantile(1.1)).toBeNaN();
  expect(normalCdf(Number.NaN)).toBeNaN();
  expect(normalCdf(Number.POSITIVE_INFINITY)).toBe(1);
  expect(normalCdf(Number.NEGATIVE_INFINITY)).toBe(0);
});
