import { expect, test } from "vitest";
import {
  durationText,
  momentText,
  numberText,
  percentText,
  shortText,
  spanText,
  stampText,
} from "../../../../kernel/runner/report/format.ts";

test.each([
  [1234.5, 2, false, "1,234.50"],
  [-1234.5, 2, false, "−1,234.50"],
  [0.5, 1, true, "+0.5"],
  [-0.001, 2, true, "0.00"],
  [0.001, 2, true, "0.00"],
  [Number.NaN, 2, true, "–"],
  [Number.POSITIVE_INFINITY, 2, false, "∞"],
])("the number %d with %d digits and sign %s is %s", (value, digits, sign, text) => {
  expect(numberText(value, digits, sign)).toBe(text);
});

test("a share is a percentage with a true minus and a space that does not break", () => {
  expect(percentText(-0.1234)).toBe("−12.3\u00a0%");
  expect(percentText(Number.NaN)).toBe("–");
});

test.each([
  [0, "0"],
  [60_000, "60,000"],
  [0.005, "0.005"],
  [-0.25, "−0.25"],
  [1.8e-7, "1.8e−7"],
  [1e-5, "1e−5"],
])("%d is %s", (value, text) => {
  expect(shortText(value)).toBe(text);
});

test.each([
  [0.024, "0.02\u00a0s"],
  [72, "72\u00a0s"],
  [185, "3\u00a0min 5\u00a0s"],
  [7800, "2\u00a0h 10\u00a0min"],
])("%d seconds are %s", (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

test("a moment carries its zone; bars of a day carry no time of day", () => {
  const time = Date.UTC(2026, 2, 10, 17, 42);
  expect(momentText(time)).toBe("10 Mar 2026 17:42 UTC");
  expect(stampText(time, "1d")).toBe("2026-03-10");
  expect(stampText(time, "1h")).toBe("2026-03-10 17:42");
  expect(momentText(Number.NaN)).toBe("–");
});

test.each([
  ["2000-02-21", "2015-12-31", "2000–2015"],
  ["2019-01-02", "2019-12-31", "2019"],
  ["2018-10-01", "2019-03-31", "Oct 2018 to Mar 2019"],
  ["2020-09-13", "2020-09-16", "2020-09-13 to 2020-09-16"],
])("%s to %s is %s", (from, to, text) => {
  expect(spanText(Date.parse(from), Date.parse(to))).toBe(text);
});
