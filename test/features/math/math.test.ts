import * as fc from "fast-check";
import { expect, test } from "vitest";
import { features, math, sma } from "#features";
import { barShapes, randomBars } from "../random-bars.ts";

test("features are added, subtracted, multiplied and divided like numbers", () => {
  const bars = randomBars({ seed: 4, length: 80, gaps: 0, jumps: 0, deviation: 0.02 });
  const [a, b] = [sma(5), sma(9)];
  const table = features({
    a,
    b,
    add: math.add().of(a, b),
    sub: math.sub().of(a, b),
    mult: math.mult().of(a, b),
    div: math.div().of(a, b),
    volume: math.column("volume"),
  }).compute(bars);
  for (let i = 8; i < 80; i++) {
    const row = table.row(i) as Record<string, number>;
    expect(row.add).toBe(row.a! + row.b!);
    expect(row.sub).toBe(row.a! - row.b!);
    expect(row.mult).toBe(row.a! * row.b!);
    expect(row.div).toBe(row.a! / row.b!);
    expect(row.volume).toBe(bars.volume[i]);
  }
  expect(Number.isNaN(table.column("sub")[7])).toBe(true);
});

test("the extreme stands where its index and its bars ago say", () => {
  return fc.assert(
    fc.property(barShapes, fc.integer({ min: 2, max: 30 }), (shape, n) => {
      const bars = randomBars({ ...shape, gaps: 0 });
      const places = math.minmaxIndex(n);
      const both = math.minmax(n);
      const { maxIndex, maxAgo, minIndex, minAgo } = places;
      const table = features({ maxIndex, maxAgo, minIndex, minAgo, min: both.min, max: both.max }).compute(
        bars,
      );
      for (let i = n - 1; i < shape.length; i++) {
        const row = table.row(i);
        const window = Array.from(bars.close.subarray(i - n + 1, i + 1));
        expect(row.max).toBe(Math.max(...window));
        expect(row.min).toBe(Math.min(...window));
        expect(bars.close[i - row.maxAgo]).toBe(row.max);
        expect(bars.close[i - row.minAgo]).toBe(row.min);
        expect([row.maxIndex, row.minIndex]).toEqual([i - row.maxAgo, i - row.minAgo]);
      }
    }),
    { numRuns: 40 },
  );
});

test("lag, diff, clip and sign are what they say", () => {
  const bars = randomBars({ seed: 6, length: 60, gaps: 0, jumps: 0.1, deviation: 0.05 });
  const set = features({
    lag: math.lag(3),
    now: math.lag(0),
    diff: math.diff(3),
    log: math.logReturns(3),
    clip: math.clip(-2, 2).of(math.diff(1)),
    sign: math.sign().of(math.diff(1)),
  });
  const table = set.compute(bars);
  for (let i = 3; i < 60; i++) {
    const [x, old, change] = [bars.close[i]!, bars.close[i - 3]!, bars.close[i]! - bars.close[i - 1]!];
    expect(table.row(i)).toEqual({
      lag: old,
      now: x,
      diff: x - old,
      log: Math.log(x / old),
      clip: Math.max(-2, Math.min(2, change)),
      sign: Math.sign(change),
    });
  }
});

test("refuses to look ahead, and what is no column", () => {
  expect(() => math.lag(-1)).toThrow(expect.objectContaining({ code: "features.bad-param" }));
  expect(() => math.diff(0)).toThrow(expect.objectContaining({ code: "features.bad-param" }));
  expect(() => math.clip(1, -1)).toThrow(expect.objectContaining({ code: "features.bad-param" }));
  expect(() => math.column("bid" as "close")).toThrow(
    expect.objectContaining({ code: "features.bad-source" }),
  );
});

test("a sum of all values loses nothing to rounding", () => {
  const bars = randomBars({ seed: 7, length: 3000, gaps: 0, jumps: 0, deviation: 0.01 });
  bars.close.forEach((_, i) => {
    bars.close[i] = i === 0 ? 2 ** 53 : 0.25;
  });
  expect(features({ sum: math.cumsum() }).compute(bars).column("sum")[2999]).toBe(2 ** 53 + 750);
});
