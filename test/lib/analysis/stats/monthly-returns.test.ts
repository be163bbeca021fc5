import fc from "fast-check";
import { expect, test } from "vitest";
import { monthlyReturns } from "#analysis";

test("bars of two months give two returns, the first against the start capital", () => {
  const time = Float64Array.of(Date.UTC(2020, 0, 30), Date.UTC(2020, 0, 31), Date.UTC(2020, 1, 3));
  expect(monthlyReturns(time, Float64Array.of(101, 110, 99), 100)).toEqual([
    { year: 2020, month: 1, value: 110 / 100 - 1 },
    { year: 2020, month: 2, value: 99 / 110 - 1 },
  ]);
});

test("the months multiply up to the whole", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.5, max: 2, noNaN: true }), { minLength: 1, maxLength: 200 }),
      (steps) => {
        const time = Float64Array.from(steps, (_, i) => Date.UTC(2000, 0, 1) + i * 5 * 864e5);
        let value = 100;
        const equity = Float64Array.from(steps, (step) => {
          value *= step;
          return value;
        });
        const product = monthlyReturns(time, equity, 100).reduce((all, { value: r }) => all * (1 + r), 1);
        expect(product / (value / 100)).toBeCloseTo(1, 9);
      },
    ),
  );
});

test("no bars give no months", () => {
  expect(monthlyReturns(new Float64Array(0), new Float64Array(0), 100)).toEqual([]);
});
