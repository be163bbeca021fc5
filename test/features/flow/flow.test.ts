/** Flow features against references that look at each window anew, written from the papers. */

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng, normalCdf } from "#core";
import {
  amihud,
  corwinSchultz,
  type Feature,
  features,
  kyleLambda,
  rollSpread,
  signedVolume,
  type TimedBars,
  tradeFlow,
  tradeImbalance,
  vpin,
} from "#features";
import { randomBars } from "../random-bars.ts";

const shapes = fc.record({
  seed: fc.nat(),
  length: fc.integer({ min: 1, max: 200 }),
  gaps: fc.constant(0),
  jumps: fc.constantFrom(0, 0.05),
  deviation: fc.constantFrom(0, 0.001, 0.05),
});

function expectNear(actual: Float64Array, expected: (i: number) => number, scale = 1e-9) {
  actual.forEach((value, i) => {
    const wanted = expected(i);
    if (Number.isNaN(wanted)) expect(value, `bar ${i}`).toBeNaN();
    else
      expect(Math.abs(value - wanted), `bar ${i}: ${value} for ${wanted}`).toBeLessThanOrEqual(
        scale * Math.max(1e-9, Math.abs(wanted)),
      );
  });
}

const column = (feature: Feature, bars: TimedBars, series = {}) =>
  features({ it: feature }).compute(bars, { series }).column("it");
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const covariance = (x: readonly number[], y: readonly number[]) =>
  mean(x.map((value, i) => (value - mean(x)) * (y[i]! - mean(y))));

/** The last n numbers up to i of values that begin at `first`; undefined before there are n. */
function window(values: ArrayLike<number>, i: number, n: number, first: number): number[] | undefined {
  return i - n + 1 < first ? undefined : Array.from({ length: n }, (_, k) => values[i - n + 1 + k]!);
}

const changesOf = (x: Float64Array) => x.map((value, i) => value - (x[i - 1] ?? Number.NaN));

describe("from bars", () => {
  test("the normal share is that of tables, symmetric and within 0 and 1", () => {
    // Abramowitz and Stegun 1964, table 26.1.
    expect(normalCdf(0)).toBe(0.5);
    expect(normalCdf(1)).toBeCloseTo(0.841344746068543, 14);
    expect(normalCdf(1.96)).toBeCloseTo(0.97500210485178, 14);
    expect(normalCdf(-3)).toBeCloseTo(0.00134989803163, 14);
    return fc.assert(
      fc.property(fc.double({ min: -40, max: 40, noNaN: true }), (z) => {
        expect(Math.abs(normalCdf(z) + normalCdf(-z) - 1)).toBeLessThan(1e-14);
        expect(normalCdf(z)).toBeGreaterThanOrEqual(0);
        expect(normalCdf(z + 0.01)).toBeGreaterThanOrEqual(normalCdf(z) - 1e-15);
      }),
    );
  });

  test("volume is signed by the tick rule and in bulk", () => {
    return fc.assert(
      fc.property(shapes, fc.integer({ min: 2, max: 30 }), (shape, n) => {
        const bars = randomBars(shape);
        const changes = changesOf(bars.close);
        expectNear(column(signedVolume("tick"), bars), (i) => {
          if (i === 0) return Number.NaN;
          const last = changes.subarray(1, i + 1).findLast((change) => change !== 0) ?? 0;
          return Math.sign(last) * bars.volume[i]!;
        });
        expectNear(
          column(signedVolume("bulk", n), bars),
          (i) => {
            const last = window(changes, i, n, 1);
            if (last === undefined) return Number.NaN;
            const deviation = Math.sqrt(covariance(last, last));
            if (shape.deviation === 0 && shape.jumps === 0) return 0;
            return last.every((change) => change === last[0])
              ? 0
              : bars.volume[i]! * (2 * normalCdf(changes[i]! / deviation) - 1);
          },
          1e-6,
        );
      }),
      { numRuns: 60 },
    );
  });

  test("Amihud's illiquidity is the mean over bars that traded", () => {
    return fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: 20 }), (shape, n) => {
        const bars = randomBars(shape);
        const volume = bars.volume.map((value) => (value < 200 ? 0 : value));
        const all = Array.from(bars.close, (close, i) => ({
          volume: i === 0 ? 0 : volume[i]!,
          ratio: Math.abs(close / bars.close[i - 1]! - 1) / (close * volume[i]!),
        }));
        expectNear(column(amihud(n), { ...bars, volume }), (i) => {
          const traded = all.slice(0, i + 1).filter((bar) => bar.volume > 0);
          return traded.length < n ? Number.NaN : mean(traded.slice(-n).map(({ ratio }) => ratio));
        });
      }),
      { numRuns: 60 },
    );
  });

  test("Roll's spread finds that of a price that bounces between bid and ask", () => {
    const rng = createRng(11);
    const spread = 0.5;
    let mid = 100;
    const close = Float64Array.from({ length: 20_000 }, () => {
      mid += 0.05 * rng.nextNormal();
      return mid + (rng.next() < 0.5 ? 0.5 : -0.5) * spread;
    });
    const bars = { ...randomBars({ seed: 1, length: close.length, gaps: 0, jumps: 0, deviation: 0 }), close };
    expect(column(rollSpread(10_000), bars).at(-1)).toBeCloseTo(spread, 1);
    const n = 12;
    const changes = changesOf(close.subarray(0, 400));
    const short = { ...bars, close: close.subarray(0, 400) };
    for (const key of ["time", "open", "high", "low", "volume"] as const)
      short[key] = bars[key].subarray(0, 400);
    for (const otherwise of ["nan", "zero"] as const)
      expectNear(column(rollSpread(n, otherwise), short), (i) => {
        const after = window(changes, i, n, 2);
        if (after === undefined) return Number.NaN;
        const c = covariance(window(changes, i - 1, n, 1)!, after);
        return c <= 0 ? 2 * Math.sqrt(-c) : otherwise === "zero" ? 0 : Number.NaN;
      });
  });

  test("Corwin and Schultz's spread finds that of highs and lows which lie at ask and bid", () => {
    const rng = createRng(3);
    const [length, spread, steps] = [4000, 0.01, 390];
    const bars = randomBars({ seed: 1, length, gaps: 0, jumps: 0, deviation: 0 });
    const [high, low, close] = [new Float64Array(length), new Float64Array(length), new Float64Array(length)];
    let value = 100;
    for (let i = 0; i < length; i++) {
      let [top, bottom] = [0, Number.POSITIVE_INFINITY];
      for (let k = 0; k < steps; k++) {
        value *= Math.exp((0.01 / Math.sqrt(steps)) * rng.nextNormal());
        close[i] = value * (rng.next() < 0.5 ? 1 + spread / 2 : 1 - spread / 2);
        top = Math.max(top, close[i]!);
        bottom = Math.min(bottom, close[i]!);
      }
      high[i] = top;
      low[i] = bottom;
    }
    const world = { ...bars, high, low, close };
    // Their own simulation says so: unbiased with negative estimates kept, to about a tenth.
    expect(column(corwinSchultz(3000, "keep"), world).at(-1)! / spread).toBeGreaterThan(0.85);
    expect(column(corwinSchultz(3000, "keep"), world).at(-1)! / spread).toBeLessThan(1.1);
    expect(column(corwinSchultz(5, "zero"), world).every((one) => !(one < 0))).toBe(true);
    expect(column(corwinSchultz(1, "keep"), world).some((one) => one < 0)).toBe(true);
    // A gap over night leaves no trace: each bar is moved back to the close before it.
    const factor = Float64Array.from({ length }, (_, i) => (i % 2 === 0 ? 1 : 0));
    const shifted = (x: Float64Array) => x.map((price, i) => price + 50 * factor[i]!);
    const gapped = { ...world, high: shifted(high), low: shifted(low), close: shifted(close) };
    const last = column(corwinSchultz(3000, "keep"), gapped).at(-1)!;
    expect(Math.abs(last)).toBeLessThan(3 * spread);
  });
});

describe("from signed volume", () => {
  test("Kyle's lambda is the slope of price changes on it", () => {
    return fc.assert(
      fc.property(shapes, fc.integer({ min: 2, max: 30 }), (shape, n) => {
        const bars = randomBars(shape);
        const signed = column(signedVolume("tick"), bars);
        const changes = changesOf(bars.close);
        expectNear(
          column(kyleLambda(n), bars),
          (i) => {
            // The signed volume begins at bar 1, and the change that belongs to it at bar 2.
            const x = window(signed, i, n, 2);
            if (x === undefined || x.every((value) => value === x[0])) return Number.NaN;
            return covariance(x, window(changes, i, n, 2)!) / covariance(x, x);
          },
          1e-6,
        );
      }),
      { numRuns: 60 },
    );
  });

  test("and from trades finds the slope that made the prices", () => {
    const rng = createRng(5);
    const length = 500;
    const bars = randomBars({ seed: 1, length, gaps: 0, jumps: 0, deviation: 0 });
    const value = Float64Array.from({ length }, () => 100 * rng.nextNormal());
    let price = 100;
    const close = value.map((signed) => {
      price += 0.02 * signed + 0.1 * rng.nextNormal();
      return price;
    });
    const published = bars.time.map((time) => time + 6e4);
    const series = { "trades.signedVolume": { time: bars.time, published, value } };
    const lambda = column(kyleLambda(400).of("close", tradeFlow()), { ...bars, close }, series);
    expect(lambda.at(-1)).toBeCloseTo(0.02, 3);
    expect(features({ a: kyleLambda() }).needs.series).toEqual([]);
  });

  test("trade imbalance is its share of all volume", () => {
    return fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: 20 }), (shape, n) => {
        const bars = randomBars(shape);
        const signed = column(signedVolume("bulk"), bars);
        expectNear(column(tradeImbalance(n), bars), (i) => {
          const x = window(signed, i, n, 50);
          const all = window(bars.volume, i, n, 50);
          if (x === undefined || mean(all!) === 0) return Number.NaN;
          return mean(x) / mean(all!);
        });
      }),
      { numRuns: 60 },
    );
  });

  test("VPIN is the mean imbalance of buckets filled one unit at a time", () => {
    const sizes = fc.record({
      bucket: fc.integer({ min: 1, max: 700 }),
      buckets: fc.integer({ min: 1, max: 8 }),
    });
    return fc.assert(
      fc.property(shapes, sizes, (shape, { bucket, buckets }) => {
        const bars = randomBars({ ...shape, length: Math.min(shape.length, 60) });
        const rng = createRng(shape.seed);
        const share = bars.volume.map(() => 2 * rng.next() - 1);
        const value = share.map((part, i) => part * bars.volume[i]!);
        const series = {
          "trades.signedVolume": { time: bars.time, published: bars.time.map((time) => time + 6e4), value },
        };
        const done: number[] = [];
        let [filled, signed] = [0, 0];
        const expected = Array.from(bars.volume, (volume, i) => {
          for (let unit = 0; unit < volume; unit++) {
            filled++;
            signed += share[i]!;
            if (filled < bucket) continue;
            done.push(Math.abs(signed) / bucket);
            [filled, signed] = [0, 0];
          }
          return done.length < buckets ? Number.NaN : mean(done.slice(-buckets));
        });
        const actual = column(vpin(bucket, buckets).of("volume", tradeFlow()), bars, series);
        expectNear(actual, (i) => expected[i]!, 1e-7);
      }),
      { numRuns: 60 },
    );
  });

  test("a bar of a million buckets takes no longer than one of the remembered ones", () => {
    const bars = randomBars({ seed: 1, length: 3000, gaps: 0, jumps: 0, deviation: 0.01 });
    const volume = bars.volume.map((value) => value * 1e12 + 1);
    const values = column(vpin(1e-3, 20), { ...bars, volume });
    expect(values.subarray(60).every((value) => value >= 0 && value <= 1)).toBe(true);
  });
});
