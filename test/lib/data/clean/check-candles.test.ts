import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timeText } from "#core";
import { checkCandles, csvSource, type DataCheck, parquetSource } from "#data";
import { type CandleSource, createInstrument, type Instrument, type RawCandle } from "#model";
import { realData } from "../../../real-data.ts";
import { BTC, candlesAt, candlesFromColumns, columnsFromCandles, DAY, HOUR, SPX, times } from "../candles.ts";

function check(
  rows: readonly RawCandle[],
  instrument: Instrument = BTC,
  timeframe = "1h",
  maxCorrection?: number,
) {
  const request = { instrument, timeframe, rows: columnsFromCandles(rows) };
  return checkCandles(maxCorrection === undefined ? request : { ...request, maxCorrection });
}

function finding(checks: readonly DataCheck[], name: string): DataCheck {
  const found = checks.find((each) => each.name.startsWith(name));
  if (!found) throw new Error(`no check ${name}`);
  return found;
}

async function readAll(
  source: CandleSource,
  instrument: Instrument,
  timeframe: string,
): Promise<RawCandle[]> {
  const rows: RawCandle[] = [];
  for await (const batch of source.candles({ instrument, timeframe })) rows.push(...batch);
  await source.close();
  return rows;
}

/** Changes one number of one candle: 0 time, 1 open, 2 high, 3 low, 4 close, 5 volume. */
function withValue(rows: readonly RawCandle[], row: number, place: number, value: number): RawCandle[] {
  return rows.map((each, i) => (i === row ? (each.with(place, value) as unknown as RawCandle) : each));
}

describe("checkCandles", () => {
  it("passes clean rows unchanged, every check in order", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer(), (n, seed) => {
        const rows = candlesAt(times(n, HOUR), seed);
        const { columns, checks } = check(rows);
        expect(candlesFromColumns(columns)).toEqual(rows);
        const still = rows.filter(([, open, high, low]) => open === low && high === low).length;
        for (const { name, verdict } of checks) {
          expect([name, verdict]).toEqual([
            name,
            still > 0 && name.startsWith("Bars that") ? "kept, look" : "in order",
          ]);
        }
      }),
    );
  });

  it("gives the same columns for any order and any repetition of the rows, and counts both", () => {
    const rows = candlesAt(times(40, HOUR));
    fc.assert(
      fc.property(
        fc.shuffledSubarray(rows, { minLength: 40 }),
        fc.array(fc.integer({ min: 0, max: 39 }), { maxLength: 10 }),
        (shuffled, repeated) => {
          const given = [...shuffled, ...repeated.map((i) => rows[i]!)];
          const { columns, checks } = check(given);
          expect(candlesFromColumns(columns)).toEqual(rows);
          const late = given.filter(([time], i) =>
            given.slice(0, i).some(([earlier]) => earlier > time),
          ).length;
          expect(finding(checks, "Out of order").found).toBe(late);
          expect(finding(checks, "Out of order").verdict).toBe(late > 0 ? "repaired" : "in order");
          expect(finding(checks, "Duplicate times").found).toBe(repeated.length);
        },
      ),
    );
  });

  it("finds every removed hour as missing, and the gaps between", () => {
    const all = candlesAt(times(80, HOUR));
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 77 }), { maxLength: 20 }), (removed) => {
        fc.pre(removed.every((i) => i !== 40 && i !== 41));
        const kept = all.filter((_, i) => !removed.includes(i));
        const { checks } = check(kept);
        const gaps = removed.filter((i) => !removed.includes(i - 1));
        expect(finding(checks, "Missing bars").found).toBe(removed.length);
        expect(finding(checks, "Gaps").found).toBe(gaps.length);
        expect(finding(checks, "Gaps").where).toEqual(
          gaps
            .sort((a, b) => a - b)
            .slice(0, 3)
            .map((i) => timeText(all[i - 1]![0])),
        );
      }),
    );
  });

  it("takes weekends as due and reports missing weekdays and the largest closure", () => {
    const monday = Date.UTC(2001, 8, 3);
    const week = (start: number) => times(5, DAY, start);
    const days = [...week(monday), ...week(monday + 7 * DAY), ...week(monday + 14 * DAY)];
    const closed = days.filter((day) => day < Date.UTC(2001, 8, 11) || day > Date.UTC(2001, 8, 14));
    const { checks } = check(candlesAt(closed), SPX, "1d");
    expect(finding(checks, "Days without")).toMatchObject({ found: 4, verdict: "in order" });
    expect(finding(checks, "Largest gap")).toMatchObject({
      found: 7,
      unit: "days",
      allowed: 7,
      where: ["2001-09-10"],
      verdict: "in order",
    });
    const longer = closed.filter((day) => day !== Date.UTC(2001, 8, 10));
    expect(finding(check(candlesAt(longer), SPX, "1d").checks, "Largest gap")).toMatchObject({
      found: 10,
      verdict: "kept, look",
    });
    const saturday = [...closed, Date.UTC(2001, 8, 22)];
    expect(finding(check(candlesAt(saturday), SPX, "1d").checks, "Bars on a weekend")).toMatchObject({
      found: 1,
      where: ["2001-09-22"],
      verdict: "kept, look",
    });
  });

  it("keeps bars that did not move and says where they are", () => {
    const rows = candlesAt(times(5, HOUR));
    const [time] = rows[2]!;
    const still = rows.with(2, [time, 50, 50, 50, 50, 0]);
    expect(finding(check(still).checks, "Bars that did not move")).toMatchObject({
      found: 1,
      where: [timeText(time)],
      verdict: "kept, look",
    });
  });

  const good = candlesAt(times(20, HOUR));
  const [, , high, low] = good[7]!;
  it.each<[string, number, number]>([
    ["a low above the high", 3, high + 1],
    ["a high below the low", 2, low - 1],
    ["an open above the high", 1, high + 1],
    ["a close below the low", 4, low - 0.01],
    ["a price of zero", 3, 0],
    ["a negative price", 3, -1],
    ["a price that rounds to no tick", 3, 0.001],
    ["a price that is not a number", 4, Number.NaN],
    ["an infinite price", 2, Number.POSITIVE_INFINITY],
    ["a price too large to count", 2, 1e18],
    ["a negative volume", 5, -1],
    ["a volume that is not a number", 5, Number.NaN],
  ])("refuses %s, with its row and values", (_, place, value) => {
    expect(() => check(withValue(good, 7, place, value))).toThrowError(
      expect.objectContaining({
        code: "data.impossible-bar",
        message: expect.stringMatching(new RegExp(`row 8 \\(2020-01-01 07:00:00 UTC\\).*${String(value)}`)),
      }),
    );
  });

  it("refuses two different rows for one time", () => {
    const changed = withValue([good[3]!], 0, 5, 123.5);
    expect(() => check([...good, ...changed])).toThrowError(
      expect.objectContaining({ code: "data.conflicting-bars", message: expect.stringContaining("123.5") }),
    );
  });

  it.each([
    [
      "off the timeframe's grid",
      good[4]![0] + 60_000,
      /row 5: a 1h bar can't start at 2020-01-01 04:01:00 UTC/,
    ],
    ["that is missing", Number.NaN, /row 5: the time NaN is not in milliseconds/],
    ["in nanoseconds", good[4]![0] * 1e6, /row 5: the time 15778512\d+ is not in milliseconds/],
    ["in microseconds", good[4]![0] * 1e3, /is not in milliseconds/],
  ])("refuses a time %s", (_, time, message) => {
    expect(() => check(withValue(good, 4, 0, time))).toThrowError(
      expect.objectContaining({ code: "data.bad-time", message: expect.stringMatching(message) }),
    );
  });

  it("lets weeks start on any day, if always the same", () => {
    const weeks = candlesAt(times(12, 7 * DAY, Date.UTC(2020, 0, 6)));
    expect(finding(check(weeks, BTC, "1w").checks, "Gaps").found).toBe(0);
    expect(() => check(withValue(weeks, 3, 0, weeks[3]![0] + DAY), BTC, "1w")).toThrowError(
      expect.objectContaining({ code: "data.bad-time" }),
    );
  });

  it("refuses daily rows that are declared hourly", () => {
    expect(() => check(candlesAt(times(30, DAY)))).toThrowError(
      expect.objectContaining({
        code: "data.bad-timeframe",
        message: expect.stringContaining("1440 minutes"),
      }),
    );
  });

  it("rounds every price to the nearest tick and reports the largest correction", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 30 }),
        fc.constantFrom("0.01", "0.25", "5", "0.00001"),
        (prices, tick) => {
          fc.pre(prices.every((price) => price >= Number(tick)));
          const instrument = createInstrument({ symbol: "A/B", tick, lot: "0.001" });
          const rows = prices.map((price, i): RawCandle => [i * HOUR, price, price, price, price, 0]);
          const { columns, checks } = check(rows, instrument);
          const largest = Math.max(...prices.map((price, i) => Math.abs(columns.close[i]! - price)));
          expect(finding(checks, "Largest rounding").found).toBe(Number(largest.toPrecision(6)));
          expect(largest).toBeLessThanOrEqual(Number(tick) / 2 + 1e-9);
          for (const close of columns.close) expect(close).toBe(Number(close.toFixed(5)));
        },
      ),
    );
  });

  it("refuses a larger correction than stated, with the price", () => {
    const rows = withValue(good, 7, 5, 1).map(
      (row): RawCandle => [row[0], 50.004, 50.004, 50.004, 50.004, 1],
    );
    expect(finding(check(rows).checks, "Largest rounding")).toMatchObject({
      found: 0.004,
      allowed: 0.005,
      unit: "USDT",
    });
    expect(() => check(rows, BTC, "1h", 0.001)).toThrowError(
      expect.objectContaining({
        code: "data.rounding-too-large",
        message: expect.stringContaining("50.004"),
      }),
    );
  });
});

describe("real data", () => {
  const spx = realData("equities/sp500-2000.csv");
  it.runIf(spx)("sp500-2000.csv passes every check", async () => {
    const { columns, checks } = check(await readAll(csvSource({ path: spx!, ...SPX }), SPX, "1d"), SPX, "1d");
    expect(columns.time.length).toBe(5105);
    expect(finding(checks, "Largest gap")).toMatchObject({
      found: 7,
      where: ["2001-09-10"],
      verdict: "in order",
    });
    expect(finding(checks, "Largest rounding").found).toBeLessThanOrEqual(0.005);
    expect(checks.filter(({ verdict }) => verdict !== "in order")).toEqual([]);
  });

  const gaps = realData("ohlcv/binance-btc-1h-2017-2024-with-gaps/BTC_USDT-1h.parquet");
  it.runIf(gaps)(
    "BTC/USDT 1h 2017 to 2024 has 58,419 rows and exactly 28 gaps, the largest of 34 hours",
    async () => {
      const { columns, checks } = check(await readAll(parquetSource({ path: gaps!, ...BTC }), BTC, "1h"));
      expect(columns.time.length).toBe(58_419);
      expect(finding(checks, "Gaps").found).toBe(28);
      expect(finding(checks, "Largest gap")).toMatchObject({ found: 34, unit: "hours" });
    },
  );

  const minutes = realData("ohlcv/binance-1m-5m-15m-2025/BTC_USDT-1m.parquet");
  it.runIf(minutes)("BTC/USDT 1m 2025 has no gap", async () => {
    const { columns, checks } = check(
      await readAll(parquetSource({ path: minutes!, ...BTC }), BTC, "1m"),
      BTC,
      "1m",
    );
    expect(columns.time.length).toBe(130_708);
    expect(finding(checks, "Gaps").found).toBe(0);
  });
});
