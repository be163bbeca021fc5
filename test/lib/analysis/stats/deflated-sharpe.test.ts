import { expect, test } from "vitest";
import { deflatedSharpe, expectedBestSharpe, sharpeError, sharpeInterval } from "#analysis";

// Bailey and Lopez de Prado 2014, "A numerical example": five years of 250 daily returns, yearly Sharpe ratio 2.5,
// skewness -3, kurtosis 10, variance of the trials' yearly ratios 1/2.
const published = { sharpe: 2.5 / Math.sqrt(250), bars: 1250, skewness: -3, kurtosis: 10 };
const variance = 0.5 / 250;

test("the published example of 100 trials comes out", () => {
  expect(expectedBestSharpe(100, variance)).toBeCloseTo(0.1132, 4);
  expect(deflatedSharpe(published, 100, variance)).toBeCloseTo(0.9004, 4);
});

test("the published example of 46 trials comes out", () => {
  expect(deflatedSharpe(published, 46, variance)).toBeCloseTo(0.9505, 4);
});

// Expected values: the formula evaluated with scipy 1.17.
test.each([
  [2, 0.5197553442805939],
  [10, 1.57459830134575],
  [263, 2.8538540759174866],
  [1e5, 4.390828742376489],
])("the best of %d trials without skill lies where scipy puts it", (trials, expected) => {
  expect(expectedBestSharpe(trials, 1)).toBeCloseTo(expected, 9);
});

test("one trial needs no deflation: the probability is that of a ratio above 0", () => {
  expect(expectedBestSharpe(1, variance)).toBe(0);
  expect(deflatedSharpe({ ...published, sharpe: 0 }, 1, variance)).toBe(0.5);
});

test("the interval equals scipy's", () => {
  const daily = { sharpe: 0.81 / Math.sqrt(252), bars: 337, skewness: -1.2, kurtosis: 9 };
  const [low, high] = sharpeInterval(daily).map((bound) => bound * Math.sqrt(252));
  expect(low).toBeCloseTo(-0.9428566631796069, 9);
  expect(high).toBeCloseTo(2.5628566631796073, 9);
});

test("the error of normal returns is Lo's", () => {
  // Lo 2002, equation 9: sqrt((1 + SR^2 / 2) / T).
  expect(sharpeError({ sharpe: 0.5, bars: 101, skewness: 0, kurtosis: 3 })).toBeCloseTo(
    Math.sqrt((1 + 0.125) / 100),
    12,
  );
});

test("too few returns and NaN give NaN", () => {
  expect(sharpeError({ ...published, bars: 1 })).toBeNaN();
  expect(sharpeInterval({ ...published, sharpe: Number.NaN })).toEqual([Number.NaN, Number.NaN]);
  expect(deflatedSharpe(published, 10, Number.NaN)).toBeNaN();
});
