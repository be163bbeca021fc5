import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createFeature,
  donchian,
  donchianPosition,
  FEATURE_CATALOG,
  features,
  ichimoku,
  ma,
  mavp,
  sar,
  sarExt,
  sma,
  supertrend,
  t3,
  willr,
} from "#features";
import type { BarColumns } from "#model";
import { realData } from "../../real-data.ts";
import { barShapes, randomBars } from "../random-bars.ts";

test("Ichimoku's cloud under a bar is the lead of `displacement` bars ago", () => {
  return fc.assert(
    fc.property(barShapes, fc.integer({ min: 1, max: 12 }), (shape, displacement) => {
      const bars = randomBars({ ...shape, gaps: 0 });
      const { spanA, spanB, leadA, leadB } = ichimoku(3, 5, 8, displacement);
      const table = features({ spanA, spanB, leadA, leadB }).compute(bars);
      const first = 7 + displacement;
      for (let i = first + displacement; i < shape.length; i++) {
        expect(table.column("spanA")[i]).toBe(table.column("leadA")[i - displacement]);
        expect(table.column("spanB")[i]).toBe(table.column("leadB")[i - displacement]);
      }
    }),
  );
});

test("the Donchian position is Williams' %R from the other end, 0 to 1", () => {
  return fc.assert(
    fc.property(barShapes, fc.integer({ min: 2, max: 20 }), (shape, n) => {
      const table = features({ place: donchianPosition(n), r: willr(n) }).compute(randomBars(shape));
      table.column("place").forEach((value, i) => {
        if (Number.isNaN(value)) return;
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
        expect(value).toBeCloseTo(1 + table.column("r")[i]! / 100, 10);
      });
    }),
  );
});

test("a close beyond yesterday's Donchian channel is today's edge or inside it", () => {
  const bars = randomBars({ seed: 4, length: 200, gaps: 0, jumps: 0, deviation: 0.02 });
  const { upper, lower } = donchian(10);
  const table = features({ upper, lower }).compute(bars);
  for (let i = 9; i < 200; i++) {
    expect(table.column("upper")[i]).toBe(Math.max(...bars.high.subarray(i - 9, i + 1)));
    expect(table.column("lower")[i]).toBe(Math.min(...bars.low.subarray(i - 9, i + 1)));
  }
});

describe("averages whose period is a value", () => {
  test("are the plain average where it never changes", () => {
    return fc.assert(
      fc.property(
        barShapes,
        fc.integer({ min: 1, max: 15 }),
        fc.constantFrom("sma", "wma", "trima"),
        (shape, n, average) => {
          const bars = randomBars({ ...shape, gaps: 0 });
          bars.volume.fill(n + 0.7);
          const table = features({
            variable: mavp(1, 15, average).of("close", "volume"),
            plain: ma(n, average),
          }).compute(bars);
          for (let i = 14; i < shape.length; i++) {
            const [got, want] = [table.column("variable")[i]!, table.column("plain")[i]!];
            expect(Math.abs(got - want)).toBeLessThanOrEqual(1e-12 * Math.max(...bars.close));
          }
        },
      ),
    );
  });

  test("keep any period between the shortest and the longest", () => {
    const bars = randomBars({ seed: 2, length: 60, gaps: 0, jumps: 0, deviation: 0.02 });
    const periods = [-5, 0, 0.9, 1e300, -1e300, 7.99, 3];
    bars.volume.forEach((_, i) => {
      bars.volume[i] = periods[i % periods.length]!;
    });
    const table = features({ variable: mavp(3, 9), short: sma(3), seven: sma(7), long: sma(9) }).compute(
      bars,
    );
    const expected = ["short", "short", "short", "long", "short", "seven", "short"] as const;
    for (let i = 8; i < 60; i++)
      expect(table.column("variable")[i]).toBeCloseTo(table.column(expected[i % 7]!)[i]!, 10);
  });
});

test("T3 of volume factor 0 is three exponential averages, one of the other", () => {
  const bars = randomBars({ seed: 6, length: 90, gaps: 0, jumps: 0, deviation: 0.02 });
  const ema = (n: number) => ma(n, "ema");
  const table = features({ t3: t3(4, 0), thrice: ema(4).of(ema(4).of(ema(4))) }).compute(bars);
  for (let i = 18; i < 90; i++) expect(table.column("t3")[i]).toBeCloseTo(table.column("thrice")[i]!, 10);
});

test("SAR is SAREXT without its sign, on the side away from the bar", () => {
  return fc.assert(
    fc.property(barShapes, (shape) => {
      const bars = randomBars(shape);
      const table = features({ sar: sar(), signed: sarExt() }).compute(bars);
      table.column("signed").forEach((value, i) => {
        if (Number.isNaN(value)) return;
        expect(table.column("sar")[i]).toBe(Math.abs(value));
        if (value > 0) expect(value).toBeLessThanOrEqual(bars.low[i]!);
        else expect(-value).toBeGreaterThanOrEqual(bars.high[i]!);
      });
    }),
  );
});

test("Supertrend's stop moves only towards the price while closes stay inside", () => {
  const bars = randomBars({ seed: 8, length: 400, gaps: 0, jumps: 0, deviation: 0.01 });
  const { value, trend } = supertrend(10, 3);
  const table = features({ value, trend }).compute(bars);
  let turns = 0;
  for (let i = 11; i < 400; i++) {
    const [now, before] = [table.column("trend")[i]!, table.column("trend")[i - 1]!];
    expect(Math.abs(now)).toBe(1);
    if (now !== before) turns++;
    else if (now > 0 && bars.close[i - 1]! >= table.column("value")[i - 1]!)
      expect(table.column("value")[i]).toBeGreaterThanOrEqual(table.column("value")[i - 1]!);
    else if (now < 0 && bars.close[i - 1]! <= table.column("value")[i - 1]!)
      expect(table.column("value")[i]).toBeLessThanOrEqual(table.column("value")[i - 1]!);
  }
  expect(turns).toBeGreaterThan(3);
});

/** time, open, high, low, close, volume. */
function sp500(path: string): BarColumns {
  const lines = readFileSync(path, "utf8").trim().split("\n").slice(1);
  const rows = lines.map((line) => line.trim().split(","));
  const column = (k: number) => Float64Array.from(rows, (row) => Number(row[k]));
  const time = Float64Array.from(rows, (row) => Date.parse(row[0]!));
  return { time, open: column(1), high: column(2), low: column(3), close: column(4), volume: column(6) };
}

/** Every output of the groups of this folder's rooms, from its warm-up on. */
function expectFinite(bars: BarColumns, timeframeMs: number) {
  const groups = ["average", "volatility", "volume", "price"];
  for (const definition of FEATURE_CATALOG) {
    if (!groups.includes(definition.group) || definition.id === "technical.anchored-vwap") continue;
    const whole = createFeature(definition);
    const set = features(Object.fromEntries(definition.outputs.map((output) => [output, whole[output]!])));
    set.compute({ ...bars, timeframeMs }).columns.forEach((column, k) => {
      const hole = column.subarray(set.warmup).findIndex((value) => !Number.isFinite(value));
      expect(hole, `${definition.id}.${definition.outputs[k]}`).toBe(-1);
    });
  }
}

describe("every average, volatility, volume and price feature is finite after its warm-up", () => {
  test("on a random walk", () => {
    const bars = randomBars({ seed: 10, length: 3000, gaps: 0, jumps: 0, deviation: 0.01 });
    expectFinite({ ...bars, volume: bars.volume.map((value) => value + 1) }, 6e4);
  });

  const path = realData("equities/sp500-2000.csv");
  test.skipIf(path === undefined)("on twenty years of the S&P 500", () => {
    const bars = sp500(path!);
    expect(bars.time).toHaveLength(5105);
    expectFinite(bars, 864e5);
  });
});
