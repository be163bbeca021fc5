import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isTickbookError } from "#core";
import { features, returns, rsi, sma } from "#features";
import { direction, fitScaling, forwardReturn, makeDataset, scaleRows, splitInTime } from "#ml";
import { createInstrument, indexAtTime, sliceBars } from "#model";
import { walkBars } from "../bars.ts";

const bars = walkBars(400, 1);
const set = features({ strength: rsi(14), ret: returns(1) });
const table = set.compute(bars);
const day = (i: number) => bars.time[i]!;

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isTickbookError(error)) return error.code;
    throw error;
  }
  return "no error";
}

describe("labels", () => {
  test("look h bars ahead, end with them, and are missing for the last h bars", () => {
    for (const horizon of [1, 5]) {
      const up = direction(bars, { horizon });
      const ret = forwardReturn(bars, { horizon });
      for (let t = 0; t < 400 - horizon; t++) {
        expect(ret.values[t]).toBe(bars.close[t + horizon]! / bars.close[t]! - 1);
        expect(up.values[t]).toBe(ret.values[t]! > 0 ? 1 : 0);
        expect(up.endTime[t]).toBe(day(t) + (horizon + 1) * 864e5);
      }
      expect(up.values.subarray(400 - horizon).every(Number.isNaN)).toBe(true);
      expect(up.endTime.subarray(400 - horizon).every(Number.isNaN)).toBe(true);
    }
  });

  test("a price that stays is not a rise, and a missing price gives no label", () => {
    const close = Float64Array.of(1, 1, Number.NaN, 2, 3);
    const few = { ...sliceBars(bars, 0, 5), close };
    expect([...direction(few, { horizon: 1 }).values]).toEqual([0, NaN, NaN, 1, NaN]);
  });

  test("refuse a horizon that is no number of bars", () => {
    expect(codeOf(() => direction(bars, { horizon: 0 }))).toBe("ml.bad-option");
    expect(codeOf(() => forwardReturn(bars, { horizon: 1.5 }))).toBe("ml.bad-option");
  });
});

describe("makeDataset", () => {
  const labels = direction(bars, { horizon: 5 });

  test("keeps the complete rows of the range and counts the others", () => {
    const dataset = makeDataset({ table, labels, from: day(10), to: day(300) });
    expect(dataset.dropped).toEqual({ missing: 4, unlabelled: 0, purged: 5 });
    expect(dataset.length).toBe(290 - 4 - 5);
    expect(dataset.time[0]).toBe(day(14));
    expect(dataset.columns.map((column) => column[0])).toEqual(table.columns.map((column) => column[14]));
    expect(makeDataset({ table, labels }).dropped).toEqual({ missing: 14, unlabelled: 5, purged: 0 });
  });

  test("is the same whatever happens after `to`", () => {
    return fc.assert(
      fc.property(fc.integer({ min: 30, max: 399 }), fc.integer({ min: 1, max: 10 }), (cut, horizon) => {
        const to = day(cut);
        const seen = sliceBars(bars, 0, indexAtTime(bars, to));
        const whole = makeDataset({ table, labels: direction(bars, { horizon }), to });
        const past = makeDataset({ table: set.compute(seen), labels: direction(seen, { horizon }), to });
        expect(past.columns).toEqual(whole.columns);
        expect(past.target).toEqual(whole.target);
      }),
      { numRuns: 30 },
    );
  });

  test("leaves out rows with a gap", () => {
    const close = bars.close.slice();
    close[100] = Number.NaN;
    const holed = { ...bars, close };
    const dataset = makeDataset({
      table: features({ mean: sma(2) }).compute(holed),
      labels: direction(holed, { horizon: 1 }),
    });
    // The first bar warms up, bar 100 has no feature, bar 99 no label, and the last bar no future.
    expect(dataset.dropped).toEqual({ missing: 2, unlabelled: 2, purged: 0 });
  });

  test("says why nothing is left", () => {
    expect(codeOf(() => makeDataset({ table, labels, to: day(10) }))).toBe("ml.empty-dataset");
    expect(() => makeDataset({ table, labels, to: day(10) })).toThrow("10 without a feature value");
  });

  test("refuses labels of another instrument, on the same times too", () => {
    const other = {
      ...bars,
      instrument: createInstrument({ symbol: "ETH/USDT", tick: "0.01", lot: "0.0001" }),
    };
    expect(codeOf(() => makeDataset({ table, labels: direction(other, { horizon: 5 }) }))).toBe(
      "ml.ragged-rows",
    );
    const tables = [table, set.compute(other)];
    const own = [labels, direction(other, { horizon: 5 })];
    expect(makeDataset({ table: tables, labels: own }).length).toBeGreaterThan(700);
    expect(codeOf(() => makeDataset({ table: tables, labels: own.toReversed() }))).toBe("ml.ragged-rows");
  });

  test("refuses labels of other bars", () => {
    const others = direction(sliceBars(bars, 1, 400), { horizon: 5 });
    expect(codeOf(() => makeDataset({ table, labels: others }))).toBe("ml.ragged-rows");
    const shifted = { ...labels, time: labels.time.map((time) => time + 1) };
    expect(codeOf(() => makeDataset({ table, labels: shifted }))).toBe("ml.ragged-rows");
  });
});

describe("splitInTime", () => {
  test("no training label is known later than the first validation bar starts", () => {
    return fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        (horizon, share) => {
          const dataset = makeDataset({ table, labels: direction(bars, { horizon }) });
          const { train, validation } = splitInTime(dataset, share);
          expect(validation.length).toBe(Math.floor(dataset.length * share));
          const first = dataset.length - validation.length;
          if (validation.length === 0) expect(train.length).toBe(first);
          else expect(train.length).toBe(Math.max(0, first - horizon));
          expect([...train, ...validation]).toEqual([
            ...train.keys(),
            ...validation.map((_, i) => first + i),
          ]);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe("scaling", () => {
  test("gives mean 0 and deviation 1, and 0 for a column that does not move", () => {
    const rows = scaleRows(fitScaling([bars.close, new Float64Array(400).fill(0.1)]), [
      bars.close,
      new Float64Array(400).fill(0.1),
    ]);
    const scaled = Array.from({ length: 400 }, (_, i) => rows[2 * i]!);
    const mean = scaled.reduce((a, b) => a + b) / 400;
    const variance = scaled.reduce((a, b) => a + (b - mean) ** 2, 0) / 400;
    expect(mean).toBeCloseTo(0, 6);
    expect(variance).toBeCloseTo(1, 6);
    expect(Array.from({ length: 400 }, (_, i) => rows[2 * i + 1]).every((z) => z === 0)).toBe(true);
  });
});
