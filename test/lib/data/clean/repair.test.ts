import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng, timeText } from "#core";
import { adjustBars, type DataCheck, type Fix, findSplits, inspectBars, parseFixes } from "#data";
import { type BarColumns, createInstrument, type RawCandle } from "#model";
import { checkCandles } from "../../../../lib/data/clean/check-candles.ts";
import { findClockChanges } from "../../../../lib/data/clean/clock-changes.ts";
import { repairCandles } from "../../../../lib/data/clean/repair.ts";
import { rollingMedians } from "../../../../lib/data/clean/robust.ts";
import { BTC, candlesAt, candlesFromColumns, columnsFromCandles, DAY, HOUR, SPX, times } from "../candles.ts";

const PENNY = createInstrument({ symbol: "A/B", tick: "0.00000001", lot: "1", assetDecimals: 10 });
const N = 400;

/** A calm random walk: a tenth of a percent an hour. */
function calm(n: number, seed: number, step = HOUR, start = Date.UTC(2020, 0, 1)): RawCandle[] {
  const rng = createRng(seed);
  let close = 100;
  return times(n, step, start).map((time): RawCandle => {
    const open = close;
    close *= Math.exp((rng.nextInt(2001) - 1000) / 1e6);
    return [
      time,
      open,
      Math.max(open, close) * 1.0002,
      Math.min(open, close) / 1.0002,
      close,
      1 + rng.nextInt(100),
    ];
  });
}

const finding = (checks: readonly DataCheck[], start: string): DataCheck => {
  const found = checks.find(({ name }) => name.startsWith(start));
  if (!found) throw new Error(`no check "${start}": ${checks.map(({ name }) => name).join("; ")}`);
  return found;
};

const repair = (rows: readonly RawCandle[], fixes: readonly Fix[], timeframe = "1h") =>
  repairCandles(PENNY, timeframe, columnsFromCandles(rows), fixes);

/** Places far enough from each other and from the ends that each fault stands alone. */
const places = fc
  .uniqueArray(fc.integer({ min: 5, max: N / 5 - 5 }), { maxLength: 6 })
  .map((list) => list.map((place) => place * 5).sort((a, b) => a - b));
const seeds = fc.integer({ min: 0, max: 1e6 });

describe("planted faults are found, exactly those, and nothing is changed", () => {
  it("outliers: a close, a high or a low that stands alone", () => {
    fc.assert(
      fc.property(
        seeds,
        places,
        fc.constantFrom(3, 2, 4),
        fc.constantFrom(1.3, 0.7),
        (seed, at, column, factor) => {
          const rows = calm(N, seed);
          for (const i of at) {
            const [time, open, high, low, close, volume] = rows[i]!;
            const value = column === 2 ? high * 1.3 : column === 3 ? low * 0.7 : close * factor;
            rows[i] = [
              time,
              open,
              Math.max(high, column === 3 ? high : value),
              Math.min(low, column === 2 ? low : value),
              column === 4 ? value : close,
              volume,
            ];
          }
          const check = finding(inspectBars(PENNY, "1h", columnsFromCandles(rows)), "Outliers");
          expect(check.found).toBe(at.length);
          expect(check.where).toEqual(at.slice(0, 3).map((i) => timeText(rows[i]![0])));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("a crash that stays is no outlier", () => {
    const rows = calm(N, 1).map(
      (row, i): RawCandle =>
        i < 200
          ? row
          : [row[0], ...(row.slice(1, 5).map((x) => x * 0.6) as [number, number, number, number]), row[5]],
    );
    expect(finding(inspectBars(PENNY, "1h", columnsFromCandles(rows)), "Outliers").found).toBe(0);
  });

  it("a crash of which a part is made good at once is no outlier", () => {
    const rows = calm(N, 1);
    const scaled = rows.map(([time, ...prices], i): RawCandle => {
      const factor = i < 200 ? 1 : i === 200 ? 0.6 : 0.75;
      const [open, , , close, volume] = prices;
      // The bars of the fall and of the rise begin where the one before ended.
      const from = i === 200 ? open : i === 201 ? open * 0.6 : open * factor;
      const to = close * factor;
      return [time, from, Math.max(from, to), Math.min(from, to), to, volume];
    });
    expect(finding(inspectBars(PENNY, "1h", columnsFromCandles(scaled)), "Outliers").found).toBe(0);
  });

  it("bars without volume, unless none has any", () => {
    fc.assert(
      fc.property(seeds, places, (seed, at) => {
        const rows = calm(N, seed).map(
          (row, i): RawCandle => (at.includes(i) ? [row[0], row[1], row[2], row[3], row[4], 0] : row),
        );
        expect(finding(inspectBars(PENNY, "1h", columnsFromCandles(rows)), "Bars without").found).toBe(
          at.length,
        );
      }),
      { numRuns: 30 },
    );
    const index = columnsFromCandles(calm(50, 1).map(([t, o, h, l, c]): RawCandle => [t, o, h, l, c, 0]));
    expect(finding(inspectBars(PENNY, "1h", index), "Bars without")).toMatchObject({
      found: 50,
      verdict: "in order",
    });
  });

  it("splits that were not adjusted for, with their ratio", () => {
    fc.assert(
      fc.property(
        seeds,
        fc.constantFrom(2, 3, 4, 10, 1.5, 0.1, 0.5),
        fc.integer({ min: 60, max: N - 60 }),
        (seed, ratio, at) => {
          const rows = columnsFromCandles(calm(N, seed, DAY));
          const divide = (column: Float64Array) => column.map((price, i) => (i < at ? price : price / ratio));
          const split: BarColumns = {
            ...rows,
            open: divide(rows.open),
            high: divide(rows.high),
            low: divide(rows.low),
            close: divide(rows.close),
          };
          expect(findSplits(split)).toEqual([{ index: at, ratio }]);
          expect(finding(inspectBars(SPX, "1d", split), "Jumps by")).toMatchObject({
            found: 1,
            verdict: "kept, look",
          });
          expect(finding(inspectBars(SPX, "1d", split), "Outliers").found).toBe(0);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("stamps of local clocks, daily and hourly", () => {
    const offset = (ms: number) => {
      const hour = Number(
        new Intl.DateTimeFormat("en-US", {
          timeZone: "America/New_York",
          hour: "numeric",
          hourCycle: "h23",
        }).format(ms + 12 * HOUR),
      );
      return (12 - hour) * HOUR;
    };
    const days = times(1000, DAY, Date.UTC(2018, 0, 2)).map((day) => day + offset(day));
    const changes = findClockChanges(days, DAY);
    expect(changes.map((i) => new Date(days[i]!).toISOString().slice(0, 10))).toEqual([
      "2018-03-11",
      "2018-11-04",
      "2019-03-10",
      "2019-11-03",
      "2020-03-08",
    ]);
    expect(findClockChanges(times(1000, DAY), DAY)).toEqual([]);
    const someHours = times(1000, DAY).map((day, i) => day + (i % 7 === 0 ? HOUR : 0));
    expect(findClockChanges(someHours, DAY)).toEqual([]);
    const springs = [Date.UTC(2018, 2, 11, 2), Date.UTC(2019, 2, 10, 2), Date.UTC(2020, 2, 8, 2)];
    const hours = times(24 * 1000, HOUR, Date.UTC(2018, 0, 1)).filter((hour) => !springs.includes(hour));
    expect(findClockChanges(hours, HOUR).length).toBe(3);
    expect(
      findClockChanges(
        hours.filter((_, i) => i % 997 !== 0),
        HOUR,
      ),
    ).toEqual([]);
  });
});

describe("rules", () => {
  it("change nothing unless they are named, and in clean rows find nothing", () => {
    fc.assert(
      fc.property(
        seeds,
        fc.subarray(["off-grid", "impossible", "conflicts", "outliers", "daylight-saving"] as Fix[]),
        (seed, fixes) => {
          const rows = calm(N, seed);
          const { rows: after, removed, checks } = repair(rows, fixes);
          expect([candlesFromColumns(after), removed]).toEqual([rows, []]);
          expect(checks.length).toBe(fixes.length);
        },
      ),
      { numRuns: 30 },
    );
    const bad = candlesAt(times(30, HOUR)).with(7, [times(30, HOUR)[7]!, 5, 4, 3, 5, 1]);
    expect(candlesFromColumns(repair(bad, []).rows)).toEqual(bad);
  });

  it("take out exactly the planted rows, in any order of rows, and hand them back as they were", () => {
    fc.assert(
      fc.property(
        seeds,
        places,
        fc.constantFrom("impossible", "off-grid", "conflicts", "outliers") as fc.Arbitrary<Fix>,
        fc.boolean(),
        (seed, at, fix, isReversed) => {
          const clean = calm(N, seed);
          let faulty = [...clean];
          const planted = at.map((i) => plant(fix, clean[i]!));
          if (fix === "conflicts")
            faulty = clean.flatMap((row, i) => (at.includes(i) ? [planted[at.indexOf(i)]!, row] : [row]));
          else for (const [k, i] of at.entries()) faulty[i] = planted[k]!;
          // The last of two that differ counts, so their order may not be turned.
          if (isReversed && fix !== "conflicts") faulty.reverse();
          const { rows, removed, checks } = repair(faulty, [fix]);
          const sorted = candlesFromColumns(rows).sort((a, b) => a[0] - b[0]);
          expect(sorted).toEqual(fix === "conflicts" ? clean : clean.filter((_, i) => !at.includes(i)));
          expect(removed.map(({ row }) => row).sort((a, b) => a[0] - b[0])).toEqual(planted);
          expect(checks).toEqual([
            expect.objectContaining({ found: at.length, verdict: at.length > 0 ? "repaired" : "in order" }),
          ]);
          checkCandles({ instrument: PENNY, timeframe: "1h", rows });
        },
      ),
      { numRuns: 80 },
    );
  });

  it("daylight-saving puts daily stamps of any place on their day", () => {
    const days = times(800, DAY, Date.UTC(2018, 0, 1));
    for (const [zone, summer, winter] of [
      ["New York's midnight", 4, 5],
      ["Berlin's midnight", -2, -1],
      ["New York's close", 20, 21],
    ] as const) {
      const isSummer = (day: number) => new Date(day).getUTCMonth() >= 3 && new Date(day).getUTCMonth() <= 9;
      const stamped = candlesAt(days.map((day) => day + (isSummer(day) ? summer : winter) * HOUR));
      expect(() =>
        checkCandles({ instrument: BTC, timeframe: "1d", rows: columnsFromCandles(stamped) }),
      ).toThrowError(
        expect.objectContaining({
          code: "data.bad-time",
          hint: expect.stringContaining("--fix daylight-saving"),
        }),
      );
      const { rows, removed } = repair(stamped, ["daylight-saving"], "1d");
      expect([zone, [...rows.time]]).toEqual([zone, days]);
      expect(removed.length).toBe(800);
    }
  });

  it("are refused by a name that is none", () => {
    expect(parseFixes("outliers, order")).toEqual(["outliers", "order"]);
    expect(() => parseFixes("outlier")).toThrowError(
      expect.objectContaining({
        code: "data.unknown-fix",
        message: expect.stringContaining("did you mean outliers"),
      }),
    );
  });
});

function plant(fix: Fix, [time, open, high, low, close, volume]: RawCandle): RawCandle {
  if (fix === "impossible") return [time, open, low / 2, low, close, volume];
  if (fix === "off-grid") return [time + 60_000, open, high, low, close, volume];
  if (fix === "outliers") return [time, open, high * 1.5, low, close * 1.5, volume];
  return [time, open, high, low, close, volume + 1];
}

describe("splits and dividends", () => {
  const days = columnsFromCandles(calm(40, 3, DAY));
  const on = (...events: readonly (readonly [day: number, split: number, dividend: number])[]) => ({
    time: Float64Array.from(events, ([day]) => days.time[day]!),
    split: Float64Array.from(events, ([, split]) => split),
    dividend: Float64Array.from(events, ([, , dividend]) => dividend),
  });
  const none = Number.NaN;

  it("leave the bars since the last event as they were traded, and returns through a split as they were", () => {
    const adjusted = adjustBars(days, on([10, 2, none], [25, 0.2, none]), "splits");
    const factors = [1 / (2 * 0.2), 1 / 0.2, 1];
    days.close.forEach((close, i) => {
      const era = i < 10 ? 0 : i < 25 ? 1 : 2;
      expect(adjusted.close[i]! / close).toBeCloseTo(factors[era]!, 12);
      expect(adjusted.close[i]! * adjusted.volume[i]!).toBeCloseTo(close * days.volume[i]!, 8);
    });
  });

  it("give the total return that whoever reinvests a dividend had", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 39 }), { minLength: 1, maxLength: 5 }),
        fc.double({ min: 0.01, max: 5, noNaN: true }),
        (at, cash) => {
          const events = at.sort((a, b) => a - b).map((day) => [day, 1, cash] as const);
          const adjusted = adjustBars(days, on(...events), "all");
          // Shares bought with each dividend at the price before it, less the dividend: the method's own definition.
          let shares = 1;
          for (const [day] of events) shares *= 1 / (1 - cash / days.close[day - 1]!);
          const total = (shares * days.close[39]!) / days.close[0]!;
          expect(adjusted.close[39]! / adjusted.close[0]!).toBeCloseTo(total, 9);
          expect(adjusted.close[39]).toBe(days.close[39]);
          expect(adjustBars(days, on(...events), "splits").close).toEqual(days.close);
        },
      ),
    );
  });

  it("of one day: the dividend is cash for a share after the split", () => {
    const [day, split, cash] = [12, 4, 0.5];
    const adjusted = adjustBars(days, on([day, split, cash]), "all");
    // Four shares for one, and the cash of all four bought at the price before, less the cash.
    const before = days.close[day - 1]!;
    const shares = split / (1 - (split * cash) / before);
    const total = (shares * days.close[39]!) / days.close[0]!;
    expect(adjusted.close[39]! / adjusted.close[0]!).toBeCloseTo(total, 9);
    expect(adjusted.volume[0]! / days.volume[0]!).toBe(split);
  });

  it("before and after all bars change nothing or everything, and impossible ones are refused", () => {
    const early = {
      time: Float64Array.of(days.time[0]! - DAY),
      split: Float64Array.of(2),
      dividend: Float64Array.of(none),
    };
    expect(adjustBars(days, early, "all").close).toEqual(days.close);
    const late = { ...early, time: Float64Array.of(days.time[39]! + 9 * DAY) };
    expect(adjustBars(days, late, "all").close[7]).toBe(days.close[7]! / 2);
    for (const [split, dividend] of [
      [0, 0],
      [-2, 0],
      [Number.POSITIVE_INFINITY, 0],
      [1, 500],
      [1, -1],
    ] as const) {
      expect(() => adjustBars(days, on([10, split, dividend]), "all")).toThrowError(
        expect.objectContaining({ code: "data.bad-factor" }),
      );
    }
  });
});

describe("rolling medians", () => {
  it("equal those of each window sorted anew", () => {
    const middle = (values: number[]) => {
      const sorted = values.toSorted((a, b) => a - b);
      return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
    };
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constant(Number.NaN)), { maxLength: 60 }),
        fc.integer({ min: 1, max: 12 }),
        (values, half) => {
          const { median, mad } = rollingMedians(Float64Array.from(values), half);
          values.forEach((_, i) => {
            const window = values.slice(Math.max(0, i - half), i + half + 1).filter((x) => !Number.isNaN(x));
            expect(median[i]).toBe(window.length === 0 ? Number.NaN : middle(window));
            if (window.length === 0) return;
            expect(mad[i]).toBe(middle(window.map((x) => Math.abs(x - median[i]!))));
          });
        },
      ),
    );
  });
});
