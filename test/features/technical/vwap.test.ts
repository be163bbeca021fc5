import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isTickbookError } from "#core";
import { anchoredVwap, features, sessionVwap } from "#features";
import type { BarColumns } from "#model";
import { barAt, barShapes, randomBars } from "../random-bars.ts";

const HOUR = 36e5;
const DAY = 24 * HOUR;

/** Random bars of four hours from a moment on. */
function barsFrom(shape: Parameters<typeof randomBars>[0], start: number): BarColumns {
  const bars = randomBars(shape);
  return { ...bars, time: bars.time.map((_, i) => start + i * 4 * HOUR) };
}

const starts = fc.integer({ min: -3000, max: 3000 }).map((hours) => Date.UTC(2024, 1, 27) + hours * HOUR);
const sessions = fc.constantFrom("day" as const, "week" as const, "month" as const);
const offsets = fc.integer({ min: -168, max: 168 }).map((hours) => hours * HOUR);

describe("session VWAP", () => {
  test("gives the same bits wherever the history begins, or none", () => {
    return fc.assert(
      fc.property(barShapes, starts, sessions, offsets, fc.nat(60), (shape, start, session, offset, skip) => {
        const bars = barsFrom(shape, start);
        const set = features({
          value: sessionVwap(session, 2, offset),
          upper: sessionVwap(session, 2, offset).upper,
        });
        const table = set.compute({ ...bars, timeframeMs: 4 * HOUR });
        const late = set.stream();
        for (let i = skip; i < shape.length; i++) {
          late.push(barAt(bars, i)).forEach((value, k) => {
            if (!Number.isNaN(value)) expect(value).toBe(table.columns[k]![i]);
          });
        }
      }),
    );
  });

  test("is a VWAP anchored at the session's start", () => {
    return fc.assert(
      fc.property(barShapes, starts, (shape, start) => {
        const bars = barsFrom(shape, start);
        const day = Math.ceil(start / DAY) * DAY;
        const anchored = anchoredVwap(day, 1.5);
        const session = sessionVwap("day", 1.5);
        const table = features({ anchored, low: anchored.lower, session, sessionLow: session.lower }).compute(
          {
            ...bars,
            timeframeMs: 4 * HOUR,
          },
        );
        for (let i = 0; i < shape.length; i++) {
          const time = bars.time[i]!;
          if (time < day || time >= day + DAY || start > day) continue;
          expect(table.column("session")[i]).toBe(table.column("anchored")[i]);
          expect(table.column("sessionLow")[i]).toBe(table.column("low")[i]);
        }
      }),
    );
  });

  test("lies inside the session's range, its bands around it", () => {
    return fc.assert(
      fc.property(barShapes, starts, (shape, start) => {
        const bars = barsFrom({ ...shape, gaps: 0 }, start);
        const week = sessionVwap("week", 1);
        const table = features({ week, upper: week.upper, lower: week.lower }).compute({
          ...bars,
          timeframeMs: 4 * HOUR,
        });
        for (let i = 0; i < shape.length; i++) {
          const value = table.column("week")[i]!;
          if (Number.isNaN(value)) continue;
          // Monday 00:00 of the bar's week.
          const monday = Math.floor((bars.time[i]! + 3 * DAY) / (7 * DAY)) * 7 * DAY - 3 * DAY;
          const from = bars.time.findIndex((time) => time >= monday);
          const slack = 1e-12 * value;
          expect(value).toBeLessThanOrEqual(Math.max(...bars.high.subarray(from, i + 1)) + slack);
          expect(value).toBeGreaterThanOrEqual(Math.min(...bars.low.subarray(from, i + 1)) - slack);
          expect(table.column("upper")[i]! - value).toBeGreaterThanOrEqual(0);
          expect((table.column("upper")[i]! + table.column("lower")[i]!) / value).toBeCloseTo(2, 10);
        }
      }),
    );
  });

  test("one price has exactly itself as its mean, and bands without width", () => {
    const bars = barsFrom({ seed: 3, length: 60, gaps: 0, jumps: 0, deviation: 0 }, Date.UTC(2024, 0));
    for (const column of [bars.open, bars.high, bars.low, bars.close]) column.fill(0.1);
    bars.volume.fill(0.3);
    const day = sessionVwap("month", 2);
    const row = features({ day, upper: day.upper, lower: day.lower }).compute(bars).row(59);
    const typical = (0.1 + 0.1 + 0.1) / 3;
    expect(row).toEqual({ day: typical, upper: typical, lower: typical });
  });

  test("is NaN until something is traded", () => {
    const bars = barsFrom({ seed: 3, length: 8, gaps: 0, jumps: 0, deviation: 0.01 }, Date.UTC(2024, 0));
    bars.volume.fill(0);
    bars.volume[4] = 5;
    const values = features({ day: sessionVwap() }).compute(bars).column("day");
    expect([...values].map(Number.isFinite)).toEqual([false, false, false, false, true, true, false, false]);
  });
});

describe("anchored VWAP", () => {
  test("takes a date, and refuses what is none", () => {
    const anchor = Date.UTC(2024, 2, 9, 14, 30);
    expect(anchoredVwap("2024-03-09T14:30:00Z").id).toBe(anchoredVwap(anchor).id);
    expect(anchoredVwap(new Date(anchor)).id).toBe(anchoredVwap(anchor).id);
    for (const wrong of ["soon", "2024-02-30", Number.NaN]) {
      try {
        anchoredVwap(wrong);
        expect.fail(`${wrong} was taken`);
      } catch (error) {
        expect(isTickbookError(error) && error.code).toBe("core.bad-time");
      }
    }
  });

  test("has no value where bars between the anchor and the history are missing", () => {
    const start = Date.UTC(2024, 0);
    const bars = barsFrom({ seed: 5, length: 30, gaps: 0, jumps: 0, deviation: 0.01 }, start);
    const set = features({
      before: anchoredVwap(start - 1),
      at: anchoredVwap(start),
      within: anchoredVwap(start + 10 * HOUR),
    });
    const table = set.compute(bars);
    expect(table.column("before").every(Number.isNaN)).toBe(true);
    expect(table.column("at").every(Number.isFinite)).toBe(true);
    expect(table.column("within").findIndex(Number.isFinite)).toBe(3);
  });
});
