import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  createSorted,
  firstAbove,
  firstNotBelow,
  isFullSorted,
  medianDistanceOf,
  medianOf,
  pushSorted,
  quantileOf,
} from "../../../features/rolling/sorted.ts";

// Few different values make ties; long windows make moves that are told to the machine as a whole.
const values = fc.oneof(fc.integer({ min: -4, max: 4 }), fc.double({ noNaN: true, min: -1e6, max: 1e6 }));
const series = fc.array(values, { minLength: 1, maxLength: 700, size: "max" });

function middle(sorted: readonly number[]): number {
  const n = sorted.length;
  return n % 2 === 1 ? sorted[n >> 1]! : (sorted[n / 2 - 1]! + sorted[n / 2]!) / 2;
}

test("keeps the last n values in order, whatever comes and goes", () => {
  return fc.assert(
    fc.property(series, fc.integer({ min: 1, max: 300 }), (x, n) => {
      const s = createSorted(n);
      x.forEach((value, i) => {
        pushSorted(s, value);
        if (i % 7 !== 0 && i !== x.length - 1) return;
        const window = x.slice(Math.max(0, i - n + 1), i + 1).map((one) => one + 0);
        window.sort((a, b) => a - b);
        expect(Array.from(s.order.subarray(0, s.filled))).toEqual(window);
        expect(isFullSorted(s)).toBe(i >= n - 1);
        expect(firstNotBelow(s.order, s.filled, value)).toBe(window.filter((one) => one < value).length);
        expect(firstAbove(s.order, s.filled, value)).toBe(window.filter((one) => one <= value).length);
        if (!isFullSorted(s)) return;
        const median = middle(window);
        const distances = window.map((one) => Math.abs(one - median)).sort((a, b) => a - b);
        const slack = 1e-12 * Math.max(1, ...window.map(Math.abs));
        expect(Math.abs(medianOf(s) - median)).toBeLessThanOrEqual(slack);
        expect(Math.abs(medianDistanceOf(s) - middle(distances))).toBeLessThanOrEqual(slack);
        expect(quantileOf(s, 0)).toBe(window[0]);
        expect(quantileOf(s, 1)).toBe(window.at(-1));
      });
    }),
    { numRuns: 60 },
  );
});
