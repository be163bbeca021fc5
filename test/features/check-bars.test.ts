/** Bars and settings that would give wrong numbers in silence are refused; ids never say less than the feature is. */
import { describe, expect, test } from "vitest";
import { isTickbookError } from "#core";
import { type Feature, features, seriesValue, sma, type TimedBars } from "#features";
import { barAt, randomBars } from "./random-bars.ts";

const MINUTE = 6e4;
const bars: TimedBars = {
  ...randomBars({ seed: 2, length: 30, gaps: 0, jumps: 0, deviation: 0.01 }),
  timeframeMs: MINUTE,
};

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isTickbookError(error)) return error.code;
    throw error;
  }
  return "no error";
}

const withTime = (change: (time: number, i: number) => number): TimedBars => ({
  ...bars,
  time: bars.time.map(change),
});

describe("bars", () => {
  const own = features({ a: sma(2) });
  const other = features({ a: sma(2).at("ETH") });
  const longer = features({ a: sma(2).on("5m").at("ETH") });

  test("that go back in time, have no time or differ in length are refused, whosever they are", () => {
    const bad: [TimedBars, string][] = [
      [withTime((time) => -time), "features.bad-bars"],
      [withTime((time, i) => (i === 7 ? Number.NaN : time)), "features.bad-bars"],
      [withTime((time, i) => (i === 29 ? Number.POSITIVE_INFINITY : time)), "features.bad-bars"],
      [withTime((time, i) => (i === 9 ? time - 2 * MINUTE : time)), "features.bad-bars"],
      [{ ...bars, close: bars.close.subarray(0, 5) }, "features.ragged-bars"],
    ];
    for (const [wrong, code] of bad) {
      expect(codeOf(() => own.compute(wrong))).toBe(code);
      expect(codeOf(() => other.compute(bars, { at: { ETH: wrong } }))).toBe(code);
    }
    // Bars by ticks or volume can begin in one millisecond.
    expect(codeOf(() => own.compute(withTime((time, i) => (i === 9 ? time - MINUTE : time))))).toBe(
      "no error",
    );
  });

  test("of another instrument that lie across the end of a longer bar are refused", () => {
    const late = withTime((time) => time + MINUTE / 2);
    expect(codeOf(() => longer.compute(bars, { at: { ETH: late } }))).toBe("features.bad-bars");
    expect(codeOf(() => longer.stream().see("ETH", barAt(late, 0)))).toBe("features.bad-bars");
    expect(codeOf(() => longer.compute(bars, { at: { ETH: bars } }))).toBe("no error");
    // As they come, they are known at their own ends.
    const column = other.compute(bars, { at: { ETH: late } }).column("a");
    const whole = own.compute(bars).column("a");
    for (let i = 1; i < column.length; i++) expect(column[i]).toBe(whole[i - 1]);
  });
});

describe("a stream", () => {
  test("refuses a number of revisions that is none, and values without a date", () => {
    const set = features({ a: seriesValue("mood") });
    for (const revise of [-1, 1.5, Number.NaN, 1e9, "3" as never])
      expect(codeOf(() => set.stream({ revise }))).toBe("features.bad-param");
    const stream = set.stream();
    for (const time of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(codeOf(() => stream.publish("mood", { time, published: MINUTE, value: 1 }))).toBe(
        "features.bad-series",
      );
  });
});

describe("a feature", () => {
  test("has another id wherever it reads something else", () => {
    const list: Feature[] = [
      sma(2).of({ series: "x", part: "published" }),
      sma(2).of({ series: "x published" }),
      sma(2).on({ series: "x at ETH" }),
      sma(2).on({ series: "x" }),
      sma(2).on("1h").at("ETH"),
      sma(2).at("1h at ETH"),
      sma(2).of({ series: "close) on 1h" }),
      sma(2).of({ series: "close" }).on("1h"),
    ];
    expect(new Set(list.map(({ id }) => id)).size).toBe(list.length);
    expect(sma(2).at("ETH/USDT:USDT").id).toMatch(/ at ETH\/USDT:USDT$/);
  });

  test("is refused where it could not run", () => {
    for (const clock of [undefined, null, {}, 5] as never[])
      expect(codeOf(() => sma(2).on(clock))).toBe("features.bad-source");
    for (const symbol of ["", undefined, 5] as never[])
      expect(codeOf(() => sma(2).at(symbol))).toBe("features.bad-source");
    expect(codeOf(() => sma(2).at("ETH").on({ series: "x" }))).toBe("features.bad-source");
    expect(codeOf(() => sma(2).of({ series: "x", part: "date" as "time" }))).toBe("features.bad-source");
    expect(codeOf(() => features(undefined as never))).toBe("features.empty-set");
  });

  test("set can't be changed by who reads its names", () => {
    const set = features({ a: sma(2) });
    expect(() => (set.compute(bars).names as string[]).push("b")).toThrow(TypeError);
    expect(() => (set.ids as string[]).push("b")).toThrow(TypeError);
  });
});
