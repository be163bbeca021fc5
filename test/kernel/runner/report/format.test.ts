import { expect, test } from "vitest";
import { durationText, momentText, stampText } from "../../../../kernel/runner/report/format.ts";

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
  expect(stampText(time, "series")).toBe("2026-03-10");
  expect(stampText(time, "trades")).toBe("2026-03-10 17:42");
  expect(momentText(Number.NaN)).toBe("–");
});
