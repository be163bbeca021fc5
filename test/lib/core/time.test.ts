import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dateText, parseTime, parseTimeEnd, timeframeMs, timeText } from "#core";

const utc = (...parts: [number, number, number?, number?, number?, number?]) => Date.UTC(...parts);

describe("a time", () => {
  it.each([
    ["2019", utc(2019, 0)],
    ["2019-03", utc(2019, 2)],
    [" 2019-03-09 ", utc(2019, 2, 9)],
    ["2019-03-09T14:30", utc(2019, 2, 9, 14, 30)],
    ["2019-03-09 14:30:15", utc(2019, 2, 9, 14, 30, 15)],
    ["2019-03-09T14:30:15.250Z", utc(2019, 2, 9, 14, 30, 15) + 250],
    ["2019-03-09T14:30:00+02:00", utc(2019, 2, 9, 12, 30)],
    ["2020-02-29", utc(2020, 1, 29)],
    [1552141800000, 1552141800000],
    [new Date(5), 5],
  ])("%s is read as UTC", (text, ms) => {
    expect(parseTime(text)).toBe(ms);
  });

  it.each([
    "",
    "soon",
    "2019-13",
    "2019-02-29",
    "2019-02-30",
    "2019-1-1",
    "19",
    "2019-03-09T25:00",
    "09.03.2019",
  ])('refuses "%s"', (text) => {
    for (const parse of [parseTime, parseTimeEnd]) {
      expect(() => parse(text)).toThrowError(expect.objectContaining({ code: "core.bad-time" }));
    }
  });

  it("that is not a number is refused", () => {
    expect(() => parseTime(Number.NaN)).toThrowError(expect.objectContaining({ code: "core.bad-time" }));
    expect(() => parseTime(new Date(Number.NaN))).toThrowError(
      expect.objectContaining({ code: "core.bad-time" }),
    );
  });

  it.each([
    ["2018", utc(2019, 0)],
    ["2018-12", utc(2019, 0)],
    ["2018-12-31", utc(2019, 0)],
    ["2020-02", utc(2020, 2)],
    ["2020-02-28", utc(2020, 1, 29)],
    ["2019-03-09T14:30:00Z", utc(2019, 2, 9, 14, 30)],
    [17, 17],
  ])("%s ends where the next begins", (text, ms) => {
    expect(parseTimeEnd(text)).toBe(ms);
  });

  it("written as a day is read back", () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), (day) => {
        expect(parseTime(dateText(day * 864e5))).toBe(day * 864e5);
        expect(parseTimeEnd(dateText(day * 864e5))).toBe((day + 1) * 864e5);
      }),
    ));

  it("is written for people", () => {
    expect(timeText(utc(2019, 2, 9))).toBe("2019-03-09");
    expect(timeText(utc(2019, 2, 9, 14, 30))).toBe("2019-03-09 14:30:00 UTC");
    expect(timeText(Number.NaN)).toBe("(no time)");
  });
});

describe("a timeframe", () => {
  it.each([
    ["1s", 1e3],
    ["15m", 9e5],
    ["4h", 144e5],
    ["1d", 864e5],
    ["2w", 12096e5],
  ])("%s is %d ms", (text, ms) => {
    expect(timeframeMs(text)).toBe(ms);
  });

  it.each(["", "1", "m", "0m", "1.5h", "-1d", "1M", "1y", "1 d", "10000m"])('refuses "%s"', (text) => {
    expect(() => timeframeMs(text)).toThrowError(expect.objectContaining({ code: "core.bad-timeframe" }));
  });
});
