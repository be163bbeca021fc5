/** Dated values: what is known, how old it is, and features that count values and not bars. */

import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng, isTickbookError, parseTime } from "#core";
import {
  type Feature,
  fearGreed,
  features,
  fundingRate,
  hashRate,
  lagged,
  openInterest,
  rsi,
  sentiment,
  seriesChange,
  seriesValue,
  seriesZscore,
  type TimedBars,
  vix,
} from "#features";
import { aggregateBars } from "#market";
import type { TableColumns } from "#model";
import { realData } from "../../real-data.ts";
import { randomBars } from "../random-bars.ts";

const HOUR = 36e5;
const DAY = 864e5;

/** Bars of an hour. */
function hourly(length: number, start = 0): TimedBars {
  const bars = randomBars({ seed: 2, length, gaps: 0, jumps: 0, deviation: 0.01 });
  return { ...bars, time: bars.time.map((_, i) => start + i * HOUR), timeframeMs: HOUR };
}

function daily(seed: number, days: number): Record<"time" | "value", Float64Array> {
  const rng = createRng(seed);
  return {
    time: Float64Array.from({ length: days }, (_, i) => i * DAY),
    value: Float64Array.from({ length: days }, () => (rng.next() < 0.2 ? Number.NaN : rng.nextInt(100))),
  };
}

const column = (feature: Feature, bars: TimedBars, given: Record<string, TableColumns<"series">>) =>
  features({ it: feature }).compute(bars, { series: given }).column("it");

describe("a dated value", () => {
  const cases = fc.record({
    seed: fc.nat(),
    days: fc.integer({ min: 0, max: 12 }),
    ageHours: fc.integer({ min: 1, max: 80 }),
  });

  test("is the newest that was published, and gone when it is too old", () => {
    return fc.assert(
      fc.property(cases, ({ seed, days, ageHours }) => {
        const raw = daily(seed, days);
        const bars = hourly(days * 24 + 100);
        const rows = { mood: lagged(raw, "1d") };
        const feature = seriesValue("mood", { maxAge: `${ageHours}h` });
        const [values, ages] = [column(feature, bars, rows), column(feature.ageDays, bars, rows)];
        bars.time.forEach((start, i) => {
          const close = start + HOUR;
          // Day D is known from D+1 on; a day without a value is none.
          const day = raw.value.findLastIndex((value, k) => Number.isFinite(value) && (k + 1) * DAY <= close);
          const age = close - (day + 1) * DAY;
          expect(values[i]).toBe(day < 0 || age > ageHours * HOUR ? Number.NaN : raw.value[day]);
          if (day >= 0) expect(ages[i]).toBe(age / DAY);
          else expect(ages[i]).toBeNaN();
        });
      }),
      { numRuns: 60 },
    );
  });

  test("ages by the close of the bars that the feature runs on", () => {
    const rows = {
      mood: { time: Float64Array.of(0), published: Float64Array.of(0), value: Float64Array.of(7) },
    };
    const bars = hourly(48);
    const age = column(seriesValue("mood").ageDays.on("4h"), bars, rows);
    expect(age[3]).toBe(4 / 24);
    expect(age[6]).toBe(4 / 24);
    expect(age[7]).toBe(8 / 24);
  });

  test("has a usual name and age, and can have others", () => {
    const bars = hourly(24 * 12);
    const value = { time: Float64Array.of(0), published: Float64Array.of(0), value: Float64Array.of(7) };
    const lastDay = (feature: Feature, name: string) => {
      expect(features({ a: feature }).needs.series).toEqual([name]);
      return (column(feature, bars, { [name]: value }).findLastIndex(Number.isFinite) + 1) / 24;
    };
    expect(lastDay(fearGreed(), "fear-greed")).toBe(3);
    expect(lastDay(fundingRate(), "funding-rate")).toBe(1);
    expect(lastDay(openInterest(), "open-interest")).toBe(1);
    expect(lastDay(hashRate(), "hash-rate")).toBe(4);
    expect(lastDay(vix(), "vix")).toBe(5);
    expect(lastDay(sentiment(), "sentiment")).toBe(3);
    expect(lastDay(vix({ series: "VIX", maxAge: "36h" }), "VIX")).toBe(1.5);
    expect(lastDay(vix({ maxAge: null }), "vix")).toBe(12);
    expect(lastDay(seriesValue("any"), "any")).toBe(12);
    expect(seriesValue("any", { maxAge: "1d" }).id).toBe(
      "alternative.series(86400000).value@1 of (series any, series any published)",
    );
  });

  test("is refused where it could be known before its date, or has no name", () => {
    const code = (run: () => unknown) => {
      try {
        run();
      } catch (error) {
        return isTickbookError(error) ? error.code : String(error);
      }
      return "no error";
    };
    const rows = daily(1, 5);
    expect(code(() => lagged(rows, -1))).toBe("features.bad-series");
    expect(code(() => lagged(rows, Number.NaN))).toBe("features.bad-series");
    expect(code(() => lagged(rows, "soon"))).toBe("core.bad-timeframe");
    expect(code(() => lagged({ ...rows, value: new Float64Array(2) }, "1d"))).toBe("features.bad-series");
    expect(code(() => seriesValue(""))).toBe("features.bad-source");
    expect(code(() => seriesValue("a", { maxAge: "3 days" }))).toBe("core.bad-timeframe");
  });
});

describe("a series on its own clock", () => {
  const cases = fc.record({
    seed: fc.nat(),
    days: fc.integer({ min: 0, max: 20 }),
    n: fc.integer({ min: 2, max: 6 }),
  });

  test("changes and scores by its values, however short or long the bars", () => {
    return fc.assert(
      fc.property(cases, ({ seed, days, n }) => {
        const raw = daily(seed, days);
        const rows = { mood: lagged(raw, "1d") };
        const bars = hourly(days * 24 + 60);
        const known = rows.mood.value;
        const at = (make: (k: number) => number) => (i: number) => {
          const k = rows.mood.published.findLastIndex((published) => published <= bars.time[i]! + HOUR);
          return k < 0 ? Number.NaN : make(k);
        };
        const change = at((k) => known[k]! - (known[k - n] ?? Number.NaN));
        const score = at((k) => {
          if (k + 1 < n) return Number.NaN;
          const last = known.slice(k + 1 - n, k + 1);
          const mean = last.reduce((a, b) => a + b, 0) / n;
          const spread = Math.sqrt(last.reduce((a, b) => a + (b - mean) ** 2, 0) / n);
          return spread < 1e-9 ? Number.NaN : (known[k]! - mean) / spread;
        });
        const [changes, scores] = [seriesChange("mood", n), seriesZscore("mood", n)];
        column(changes, bars, rows).forEach((value, i) => {
          expect(value).toBe(change(i));
        });
        column(scores, bars, rows).forEach((value, i) => {
          if (Number.isNaN(score(i))) expect(value).toBeNaN();
          else expect(value).toBeCloseTo(score(i), 9);
        });
        // Bars longer than the days between two values: none is passed over.
        const long = aggregateBars(bars, "3d", HOUR);
        const seen = column(changes, { ...long, timeframeMs: 3 * DAY }, rows);
        seen.forEach((value, i) => {
          const hour = bars.time.indexOf(long.end[i]! - HOUR);
          expect(value).toBe(change(hour));
        });
      }),
      { numRuns: 60 },
    );
  });

  test("takes any feature of a value", () => {
    const raw = {
      time: Float64Array.from({ length: 30 }, (_, i) => i * DAY),
      value: Float64Array.from({ length: 30 }, (_, i) => (i * 37) % 11),
    };
    const asBars = {
      ...{ time: raw.time, open: raw.value, high: raw.value, low: raw.value, close: raw.value },
      ...{ volume: raw.value, timeframeMs: DAY },
    };
    const expected = features({ it: rsi(5) })
      .compute(asBars)
      .column("it");
    const actual = column(rsi(5).on({ series: "mood" }), hourly(31 * 24), { mood: lagged(raw, "1d") });
    for (let day = 0; day < 30; day++) expect(actual[(day + 1) * 24]).toBe(expected[day]);
  });
});

const file = realData("alternative/bitcoin/fear_greed.csv");

test.skipIf(!file)("fear and greed of day D is seen from D+1 on, and not before", () => {
  const lines = readFileSync(file as string, "utf8")
    .trim()
    .split("\n")
    .slice(1);
  const cells = lines.map((line) => line.trim().split(","));
  const raw = {
    time: Float64Array.from(cells, ([date]) => parseTime(date!)),
    value: Float64Array.from(cells, ([, value]) => (value ? Number(value) : Number.NaN)),
  };
  const first = raw.time[0]!;
  const days = Math.round((raw.time.at(-1)! - first) / DAY);
  const bars = hourly((days + 2) * 24, first);
  const values = column(fearGreed(), bars, { "fear-greed": lagged(raw, "1d") });
  const byDay = new Map(cells.map(([date, value]) => [parseTime(date!), Number(value)]));
  let seen = 0;
  bars.time.forEach((start, i) => {
    const yesterday = Math.floor((start + HOUR) / DAY) * DAY - DAY;
    const wanted = byDay.get(yesterday);
    if (wanted === undefined) return;
    expect(values[i], new Date(start).toISOString()).toBe(wanted);
    seen++;
  });
  expect(seen).toBeGreaterThan(24 * 1900);
});
