import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isTickbookError } from "#core";
import {
  direction,
  ewmVolatility,
  type Labels,
  metaLabels,
  returnWeights,
  timeDecay,
  trendScanning,
  tripleBarrier,
  uniqueness,
} from "#ml";
import { type Bars, sliceBars } from "#model";
import { walkBars } from "../bars.ts";

const DAY = 864e5;

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isTickbookError(error)) return error.code;
    throw error;
  }
  return "no error";
}

function barsOf(rows: readonly (readonly [number, number, number, number])[]): Bars {
  const column = (k: number) => Float64Array.from(rows, (row) => row[k]!);
  const base = sliceBars(walkBars(rows.length, 1), 0, rows.length);
  return { ...base, open: column(0), high: column(1), low: column(2), close: column(3) };
}

/** Bars whose extremes lie around open and close. */
function wideBars(length: number, seed: number): Bars {
  const bars = walkBars(length, seed);
  const open = bars.close.map((close, i) => (i === 0 ? close : bars.close[i - 1]!));
  const high = bars.close.map((close, i) => Math.max(close, open[i]!) * 1.004);
  const low = bars.close.map((close, i) => Math.min(close, open[i]!) * 0.996);
  return { ...bars, open, high, low };
}

describe("tripleBarrier", () => {
  test("takes the barrier that is touched first, the loss where a bar spans both, an open beyond it at the open", () => {
    const bars = barsOf([
      [100, 100, 100, 100],
      [100, 102, 99.5, 101],
      [101, 106, 100, 105],
      [105, 120, 80, 100],
      [80, 81, 79, 80],
      [80, 80.5, 79.5, 80.2],
      [80.2, 80.3, 80, 80.1],
    ]);
    const labels = tripleBarrier(bars, { horizon: 2, profit: 1, loss: 1, width: 0.05, vertical: "class" });
    // 100 -> 105 in bar 2; 101 -> 95.95 or 106.05: bar 3 spans both; 105: bar 3 too; 100 -> opens at 80.
    expect([...labels.values]).toEqual([2, 0, 0, 0, 1, NaN, NaN]);
    expect(labels.returns[0]).toBeCloseTo(0.05, 12);
    expect(labels.returns[1]).toBeCloseTo(-0.05, 12);
    expect(labels.returns[3]).toBeCloseTo(-0.2, 12);
    expect([...labels.endTime].slice(0, 5)).toEqual([3, 4, 4, 5, 7].map((n) => bars.time[0]! + n * DAY));
  });

  test("agrees with a plain search over the future, for any barriers", () => {
    const bars = wideBars(120, 7);
    return fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.option(fc.double({ min: 0.3, max: 4, noNaN: true })),
        fc.option(fc.double({ min: 0.3, max: 4, noNaN: true })),
        fc.constantFrom("range", "close"),
        (horizon, profit, loss, touch) => {
          const width = ewmVolatility(bars, { span: 10 });
          const labels = tripleBarrier(bars, { horizon, profit, loss, width, touch, vertical: "class" });
          for (let t = 0; t < bars.length; t++) {
            // Without a loss barrier there is no class for it.
            const expected =
              searched(bars, t, horizon, profit, loss, width[t]!, touch) - Number(loss === null);
            expect(labels.values[t], `bar ${t}`).toBe(expected);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test("a bar that opens beyond the profit barrier was left there, whatever came after", () => {
    const bars = barsOf([
      [100, 100, 100, 100],
      [110, 111, 80, 85],
      [85, 86, 84, 85],
    ]);
    const { values, returns } = tripleBarrier(bars, { horizon: 1, width: 0.05, vertical: "class" });
    expect(values[0]).toBe(2);
    expect(returns[0]).toBeCloseTo(0.1, 12);
    const short = metaLabels(bars, { horizon: 1, width: 0.05, side: new Float64Array(3).fill(-1) });
    expect([short.values[0], short.returns[0]]).toEqual([0, expect.closeTo(-0.1, 12)]);
  });

  test("one far barrier is the direction of the horizon", () => {
    const bars = wideBars(200, 3);
    const far = tripleBarrier(bars, { horizon: 5, profit: null, loss: null, width: 0.01 });
    const plain = direction(bars, { horizon: 5 });
    expect(far.values).toEqual(plain.values);
    expect(far.endTime).toEqual(plain.endTime);
    far.returns.forEach((value, t) => {
      if (!Number.isNaN(value)) expect(value).toBeCloseTo(plain.returns[t]!, 14);
    });
  });

  test("refuses what makes no sense", () => {
    const bars = walkBars(20, 1);
    const refused = (options: object) =>
      codeOf(() => tripleBarrier(bars, { horizon: 5, width: 0.01, ...options }));
    for (const options of [
      { horizon: 0 },
      { profit: 0 },
      { loss: -1 },
      { width: 0 },
      { width: new Float64Array(3) },
      { touch: "high" },
      { vertical: 1 },
      { horizn: 3 },
    ])
      expect(refused(options)).toBe("ml.bad-option");
    expect(codeOf(() => tripleBarrier(bars, null as never))).toBe("ml.bad-option");
    expect(codeOf(() => direction(bars, undefined as never))).toBe("ml.bad-option");
    expect(codeOf(() => trendScanning(bars, { shortest: 2, longest: 5, step: 1 } as never))).toBe(
      "ml.bad-option",
    );
  });
});

function searched(
  { high, low, close, length }: Bars,
  t: number,
  horizon: number,
  profit: number | null,
  loss: number | null,
  width: number,
  touch: "range" | "close",
): number {
  if (!(width > 0)) return Number.NaN;
  const up = close[t]! * (1 + (profit ?? 1e9) * width);
  const down = loss === null ? -1 : close[t]! * (1 - loss * width);
  for (let i = t + 1; i <= t + horizon && i < length; i++) {
    if ((touch === "close" ? close : low)[i]! <= down) return 0;
    if ((touch === "close" ? close : high)[i]! >= up) return 2;
  }
  return t + horizon < length ? 1 : Number.NaN;
}

describe("metaLabels", () => {
  test("are those of the triple barrier for long trades, and of the mirrored prices for short ones", () => {
    const bars = wideBars(150, 5);
    const options = { horizon: 6, profit: 2, loss: 1, width: 0.01 };
    const long = metaLabels(bars, { ...options, side: new Float64Array(150).fill(1) });
    const plain = tripleBarrier(bars, options);
    expect(long.values).toEqual(plain.values);
    expect(long.returns).toEqual(plain.returns);
    const short = metaLabels(bars, { ...options, side: new Float64Array(150).fill(-2) });
    short.values.forEach((value, t) => {
      if (!Number.isNaN(value)) expect(value).toBe(short.returns[t]! > 0 ? 1 : 0);
    });
    // What a short trade makes is the fall of the price.
    const first = short.values.indexOf(1);
    const until = bars.time.findIndex((time) => time + DAY === short.endTime[first]);
    expect(bars.low[until]).toBeLessThan(bars.close[first]!);
    const none = metaLabels(bars, { ...options, side: new Float64Array(150) });
    expect(none.values.every(Number.isNaN)).toBe(true);
  });
});

describe("trendScanning", () => {
  test("finds the horizon with the largest t-value of a least squares line", () => {
    const bars = walkBars(80, 11);
    const labels = trendScanning(bars, { shortest: 3, longest: 15 });
    for (let t = 0; t < 65; t++) {
      let best = { t: 0, lag: 0 };
      for (let lag = 3; lag <= 15; lag++) {
        const y = Array.from({ length: lag + 1 }, (_, i) => Math.log(bars.close[t + i]!));
        const value = tValueOf(y);
        if (Math.abs(value) > Math.abs(best.t)) best = { t: value, lag };
      }
      expect(labels.tValues[t]! / best.t).toBeCloseTo(1, 6);
      expect(labels.values[t]).toBe(best.t > 0 ? 1 : 0);
      expect(labels.endTime[t]).toBe(bars.time[t + best.lag]! + DAY);
    }
    expect(labels.values.subarray(65).every(Number.isNaN)).toBe(true);
  });
});

test.each([1e9, 1e-9])("trend scanning keeps the digits of small moves at prices of %f", (level) => {
  const bars = walkBars(60, 4);
  // Moves of a hundred millionth.
  const scaled = { ...bars, close: bars.close.map((close) => level * (1 + 1e-8 * (close - 100))) };
  const labels = trendScanning(scaled, { shortest: 3, longest: 8 });
  for (let t = 0; t < 52; t++) {
    const lag = scaled.time.findIndex((time) => time + DAY === labels.endTime[t]) - t;
    // ln(1 + x) = x to 1e-6 of it here; the ratio to the first close by the moves alone.
    const y = Array.from({ length: lag + 1 }, (_, i) => 1e-8 * (bars.close[t + i]! - bars.close[t]!));
    expect(labels.tValues[t]! / tValueOf(y)).toBeCloseTo(1, 4);
  }
});

/** By two passes, as a text book has it. */
function tValueOf(y: readonly number[]): number {
  const n = y.length;
  const mean = y.reduce((a, b) => a + b) / n;
  const centre = (n - 1) / 2;
  const spread = y.reduce((sum, _, i) => sum + (i - centre) ** 2, 0);
  const slope = y.reduce((sum, value, i) => sum + (i - centre) * (value - mean), 0) / spread;
  const residual = y.reduce((sum, value, i) => sum + (value - mean - slope * (i - centre)) ** 2, 0);
  return slope / Math.sqrt(residual / (n - 2) / spread);
}

describe("weights", () => {
  const bars = wideBars(200, 9);
  const labels = tripleBarrier(bars, { horizon: 10, width: ewmVolatility(bars, { span: 20 }) });

  /** The bars of each label's outcome, found by time. */
  const spanOf = ({ time, endTime }: Labels, t: number) =>
    [...time.keys()].filter((i) => i > t && time[i]! < endTime[t]!);
  const labelled = [...labels.values.keys()].filter((t) => !Number.isNaN(labels.values[t]));
  const counts = new Float64Array(200);
  for (const t of labelled) for (const i of spanOf(labels, t)) counts[i]!++;

  test("uniqueness is the mean of one over the labels that share a bar", () => {
    const weights = uniqueness(labels);
    for (let t = 0; t < 200; t++) {
      const span = spanOf(labels, t);
      const expected = labelled.includes(t)
        ? span.reduce((sum, i) => sum + 1 / counts[i]!, 0) / span.length
        : 0;
      expect(weights[t]).toBeCloseTo(expected, 10);
    }
    const alone = direction(bars, { horizon: 1 });
    expect([...uniqueness(alone).subarray(0, 199)].every((each) => Math.abs(each - 1) < 1e-9)).toBe(true);
  });

  test("return weights share each bar's return among its labels, with mean 1", () => {
    const weights = returnWeights(labels, bars);
    const raw = Float64Array.from({ length: 200 }, (_, t) =>
      labelled.includes(t)
        ? Math.abs(
            spanOf(labels, t).reduce(
              (sum, i) => sum + Math.log(bars.close[i]! / bars.close[i - 1]!) / counts[i]!,
              0,
            ),
          )
        : 0,
    );
    const total = raw.reduce((a, b) => a + b);
    weights.forEach((weight, t) => {
      expect(weight).toBeCloseTo((raw[t]! * labelled.length) / total, 8);
    });
  });

  test("time decay ends at the full weight and begins near the oldest's", () => {
    const full = uniqueness(labels);
    const weights = timeDecay(labels, { oldest: 0.25 });
    const newest = labelled.at(-1)!;
    expect(weights[newest]).toBeCloseTo(full[newest]!, 12);
    expect(weights[labelled[0]!]! / full[labelled[0]!]!).toBeLessThan(0.27);
    expect(codeOf(() => timeDecay(labels, { oldest: 1.5 }))).toBe("ml.bad-option");
  });
});
