import fc from "fast-check";
import { expect, test } from "vitest";
import { drawdowns } from "#analysis";
import { drawnBars } from "../../../../lib/analysis/chart/thin.ts";
import { walk } from "./walk.ts";

test("a thinned curve keeps its ends, its extremes and its largest drawdown, and gaps do not hide prices", () => {
  fc.assert(
    fc.property(fc.integer({ min: 6001, max: 40_000 }), fc.nat(1000), (length, seed) => {
      const equity = walk(length, seed);
      const prices = walk(length, seed + 1).map((price, i) => (i % 7 === 3 ? Number.NaN : price));
      const bars = drawnBars(equity, prices, drawdowns(equity, 100));
      expect(bars.length).toBeLessThanOrEqual(1500 * 7 + 1);
      expect([bars[0], bars.at(-1)]).toEqual([0, length - 1]);
      const kept = Float64Array.from(bars, (i) => equity[i]!);
      const known = prices.filter(Number.isFinite);
      const keptPrices = Float64Array.from(bars, (i) => prices[i]!).filter(Number.isFinite);
      expect([Math.min(...kept), Math.max(...kept)]).toEqual([Math.min(...equity), Math.max(...equity)]);
      expect([Math.min(...keptPrices), Math.max(...keptPrices)]).toEqual([
        Math.min(...known),
        Math.max(...known),
      ]);
      expect(Math.min(...drawdowns(kept, 100))).toBe(Math.min(...drawdowns(equity, 100)));
      expect(Array.from(bars)).toEqual([...new Set(bars)].sort((a, b) => a - b));
    }),
    { numRuns: 30 },
  );
});

test("a short curve is drawn bar by bar", () => {
  expect(Array.from(drawnBars(walk(5, 1), walk(5, 2)))).toEqual([0, 1, 2, 3, 4]);
});
