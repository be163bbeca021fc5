/** Fitted numbers are finite, or the fit is refused; what is not a step is refused by name. */
import { describe, expect, test } from "vitest";
import { isTickbookError } from "#core";
import { features, prepare, sma } from "#features";
import { randomBars } from "../random-bars.ts";

const set = features({ a: sma(1) });
const END = { to: 1e12 };

function tableOf(close: readonly number[]) {
  const bars = randomBars({ seed: 1, length: close.length, gaps: 0, jumps: 0, deviation: 0.01 });
  return set.compute({ ...bars, close: Float64Array.from(close) });
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isTickbookError(error)) return error.code;
    throw error;
  }
  return "no error";
}

describe("fitting", () => {
  test("gives numbers that survive JSON, or says that the values are too large", () => {
    const steps = {
      ...{ standard: prepare.standard(), robust: prepare.robust(), minMax: prepare.minMax() },
      ...{ mean: prepare.fill("mean"), winsorise: prepare.winsorise(0, 1), ordinal: prepare.ordinal() },
    };
    const columns = [
      [5, 5, 5, 5],
      [-0, -0, 1, 2],
      [1e308, -1e308, 1e308, 1],
      [1e300, 2e300, 3e300],
      [1e-300, 2e-300, 3e-300],
    ];
    let refused = 0;
    for (const close of columns)
      for (const [name, step] of Object.entries(steps)) {
        const table = tableOf(close);
        try {
          const fitted = prepare.fit(table, [step], END);
          const back = JSON.parse(JSON.stringify(fitted));
          expect(back, name).toEqual(fitted);
          expect(prepare.apply(back, table).columns[0]!.every(Number.isFinite), name).toBe(true);
        } catch (error) {
          if (!isTickbookError(error)) throw error;
          expect(error.message, name).toContain("too large");
          refused++;
        }
      }
    expect(refused).toBe(4);
  });

  test("refuses what is no step, and what is no fit", () => {
    const table = tableOf([1, 2, 3]);
    for (const steps of [[undefined], [{}], { a: undefined }, { a: prepare.log() }] as never[])
      expect(codeOf(() => prepare.fit(table, steps, END))).toBe("features.bad-prepare");
    const fitted = prepare.fit(table, [prepare.standard()], END);
    for (const columns of [[null], [{ ...fitted.columns[0], ops: undefined }]] as never[])
      expect(codeOf(() => prepare.apply({ ...fitted, columns }, table))).toBe("features.bad-prepare");
  });
});
