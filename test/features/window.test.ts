/** Window features are functions of their window alone: a stream that starts later gives the same bits. */

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { bollinger, features, sma, volatility } from "#features";
import { barAt, barShapes, randomBars } from "./random-bars.ts";

test("a later start gives the same bits once the window is full", () => {
  return fc.assert(
    fc.property(barShapes, fc.integer({ min: 2, max: 20 }), fc.nat(100), (shape, n, start) => {
      const bars = randomBars({ ...shape, gaps: 0 });
      const bands = bollinger(n, 2);
      const set = features({ mean: sma(n), upper: bands.upper, place: bands.percentB, vol: volatility(n) });
      const table = set.compute(bars);
      const late = set.stream();
      for (let i = start; i < shape.length; i++) {
        const row = late.push(barAt(bars, i));
        if (i < start + n) continue;
        row.forEach((value, k) => {
          expect(value).toBe(table.columns[k]![i]);
        });
      }
    }),
    { numRuns: 40 },
  );
});

test("a price that does not move has exactly itself as mean and no deviation", () => {
  const bars = randomBars({ seed: 1, length: 50, gaps: 0, jumps: 0, deviation: 0 });
  bars.close.fill(0.1);
  const bands = bollinger(7, 2);
  const set = features({ mean: sma(7), upper: bands.upper, place: bands.percentB, vol: volatility(7) });
  expect(set.compute(bars).row(49)).toEqual({ mean: 0.1, upper: 0.1, place: Number.NaN, vol: 0 });
});
