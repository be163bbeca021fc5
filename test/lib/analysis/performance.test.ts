import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { barReturns, barsPerYear, drawdowns, type Performance, performance } from "#analysis";

/** Returns between -1.9 % and +2.1 %, from the minimal standard generator of Park and Miller: exact in doubles. */
function curve(length: number): Float64Array {
  let x = 1;
  let equity = 1000;
  return Float64Array.from({ length }, () => {
    x = (16807 * x) % 2147483647;
    equity *= 1 + 0.04 * (x / 2147483647 - 0.48);
    return equity;
  });
}

// Worked out with numpy 2 from the formulas at the head of the source, not from its code.
const CASES: [string, Float64Array, number, number, Performance][] = [
  [
    "a walk of 250 bars",
    curve(250),
    1000,
    252,
    {
      bars: 250,
      totalReturn: 0.4265988557316238,
      annualReturn: 0.43065951074243247,
      volatility: 0.18224494140386502,
      sharpe: 2.0572121221599846,
      sortino: 3.219962006992769,
      calmar: 2.9338812382776522,
      maxDrawdown: -0.14678832432741995,
      expectedShortfall: -0.018156212768776447,
      skewness: -0.07367822575043251,
      kurtosis: 1.856780708619281,
    },
  ],
  [
    "a short walk that begins with a loss against the start capital",
    curve(15),
    1100,
    365.25,
    {
      bars: 15,
      totalReturn: -0.12552486071066926,
      annualReturn: -0.9618450552625426,
      volatility: 0.5751963462726596,
      sharpe: -5.367444569766479,
      sortino: -5.493686698299839,
      calmar: -7.149715038666465,
      maxDrawdown: -0.13452914557584128,
      expectedShortfall: -0.10836335176839063,
      skewness: -2.5775132188368293,
      kurtosis: 9.396087521814383,
    },
  ],
  [
    "losses only",
    Float64Array.of(990, 950, 900, 890, 700),
    1000,
    252,
    {
      bars: 5,
      totalReturn: -0.30000000000000004,
      annualReturn: -0.9999999844065858,
      volatility: 1.3454245457303766,
      sharpe: -12.273111732285788,
      sortino: -10.38107278526144,
      calmar: -3.3333332813552854,
      maxDrawdown: -0.30000000000000004,
      expectedShortfall: -0.2134831460674157,
      skewness: -1.32621795215347,
      kurtosis: 3.015652200351992,
    },
  ],
];

describe("performance", () => {
  it.each(CASES)("of %s agrees with numpy", (_, equity, start, perYear, expected) => {
    const actual = performance(equity, start, perYear);
    for (const [name, value] of Object.entries(expected)) {
      const got = actual[name as keyof Performance];
      expect(Math.abs(got - value), `${name} ${got} ${value}`).toBeLessThanOrEqual(
        1e-9 * Math.max(1, Math.abs(value)),
      );
    }
  });

  it("of no bars is NaN", () => {
    const { bars, ...rest } = performance(new Float64Array(), 1000, 252);
    expect(bars).toBe(0);
    for (const value of Object.values(rest)) expect(value).toBeNaN();
  });

  it("of one bar has a return and a drawdown, and no ratio", () => {
    expect(performance(Float64Array.of(900), 1000, 252)).toMatchObject({
      totalReturn: 900 / 1000 - 1,
      maxDrawdown: 900 / 1000 - 1,
      expectedShortfall: 900 / 1000 - 1,
      annualReturn: Number.NaN,
      volatility: Number.NaN,
      sharpe: Number.NaN,
      sortino: Number.NaN,
      calmar: Number.NaN,
      skewness: Number.NaN,
      kurtosis: Number.NaN,
    });
  });

  it.each([0, 0.01, 1e-5, -0.01])(
    "of a steady return of %d a bar has no ratio that an optimiser could love",
    (r) => {
      const equity = Float64Array.from({ length: 500 }, (_, i) => 1000 * (1 + r) ** (i + 1));
      const { sharpe, volatility, skewness, kurtosis } = performance(equity, 1000, 252);
      expect(volatility).toBe(0);
      for (const value of [sharpe, skewness, kurtosis]) expect(value).toBeNaN();
    },
  );

  it("without a loss has neither Sortino nor Calmar", () => {
    const { sortino, calmar, maxDrawdown } = performance(Float64Array.of(110, 132, 140), 100, 252);
    expect([sortino, calmar, maxDrawdown]).toEqual([Number.NaN, Number.NaN, 0]);
  });

  it("of a curve with a hole is NaN wherever all returns count", () => {
    const equity = Float64Array.of(1010, Number.NaN, 990, 1000);
    const { sharpe, sortino, volatility, skewness, kurtosis } = performance(equity, 1000, 252);
    for (const value of [sharpe, sortino, volatility, skewness, kurtosis]) expect(value).toBeNaN();
  });

  const curves = fc.array(fc.double({ min: 1, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 });

  it("finds the deepest drawdown and the worst twentieth, whatever the order", () =>
    fc.assert(
      fc.property(curves, (values) => {
        const equity = Float64Array.from(values);
        const { maxDrawdown, expectedShortfall } = performance(equity, 1000, 252);
        expect(maxDrawdown).toBeCloseTo(Math.min(...drawdowns(equity, 1000)), 12);
        const worst = barReturns(equity, 1000)
          .sort()
          .slice(0, Math.max(1, Math.floor(equity.length / 20)));
        const mean = worst.reduce((sum, r) => sum + r, 0) / worst.length;
        expect(Math.abs(expectedShortfall - mean)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(mean)));
      }),
    ));

  it("does not depend on the unit of money", () =>
    fc.assert(
      fc.property(curves, (values) => {
        const equity = Float64Array.from(values);
        const doubled = performance(
          equity.map((value) => 2 * value),
          2000,
          252,
        );
        expect(doubled).toEqual(performance(equity, 1000, 252));
      }),
    ));
});

describe("bars in a year", () => {
  it("are 252 days of weekday trading, and 365.25 days of a market that is always open", () => {
    expect(barsPerYear(864e5, "weekdays")).toBe(252);
    expect(barsPerYear(864e5, "always")).toBe(365.25);
    expect(barsPerYear(36e5, "always")).toBe(365.25 * 24);
  });
});
