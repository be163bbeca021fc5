import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTickbookError } from "#core";
import { explain } from "#scheduler";
import { explainCron, loadCron } from "../../../kernel/scheduler/cron/cron.ts";
import { cronText } from "../../../kernel/scheduler/cron/cron-text.ts";
import { zoneTime } from "../../../kernel/scheduler/cron/zone-time.ts";
import { type Predicate, readCronText } from "./read-cron-text.ts";

const cron = await loadCron();

describe("changes of the clocks", () => {
  /** What the clocks show, and the note's first words. */
  const next = (text: string, zone: string, after: string, count: number) =>
    explainCron(cron, { cron: text, zone }, Date.parse(after), count).next.map(
      ({ local, utc, note }) => `${local} = ${utc.slice(5, 16)}${note ? ` (${note.split(":")[0]})` : ""}`,
    );
  const FORWARD = "(the clocks go forward over its time)";
  const BACK = "(the clocks go back, and this time comes twice)";

  it.each([
    // zone, cron, from, runs
    [
      "America/New_York",
      "30 2 * * *",
      "2026-03-07T12:00Z",
      [`Sun 2026-03-08 03:00 = 03-08T07:00 ${FORWARD}`, "Mon 2026-03-09 02:30 = 03-09T06:30"],
    ],
    [
      "America/New_York",
      "30 1 * * *",
      "2026-10-31T12:00Z",
      [`Sun 2026-11-01 01:30 = 11-01T05:30 ${BACK}`, "Mon 2026-11-02 01:30 = 11-02T06:30"],
    ],
    [
      "America/New_York",
      "*/30 * * * *",
      "2026-11-01T04:45Z",
      [
        `Sun 2026-11-01 01:00 = 11-01T05:00 ${BACK}`,
        `Sun 2026-11-01 01:30 = 11-01T05:30 ${BACK}`,
        `Sun 2026-11-01 01:00 = 11-01T06:00 ${BACK}`,
        `Sun 2026-11-01 01:30 = 11-01T06:30 ${BACK}`,
        "Sun 2026-11-01 02:00 = 11-01T07:00",
      ],
    ],
    [
      "Europe/London",
      "15,45 1 * * *",
      "2026-03-28T12:00Z",
      [`Sun 2026-03-29 02:00 = 03-29T01:00 ${FORWARD}`, "Mon 2026-03-30 01:15 = 03-30T00:15"],
    ],
    [
      "Europe/London",
      "30 1 * * *",
      "2026-10-24T12:00Z",
      [`Sun 2026-10-25 01:30 = 10-25T00:30 ${BACK}`, "Mon 2026-10-26 01:30 = 10-26T01:30"],
    ],
    [
      "Australia/Lord_Howe",
      "15 2 * * *",
      "2026-10-03T00:00Z",
      [`Sun 2026-10-04 02:30 = 10-03T15:30 ${FORWARD}`, "Mon 2026-10-05 02:15 = 10-04T15:15"],
    ],
    [
      "Australia/Lord_Howe",
      "45 1 * * *",
      "2026-04-04T00:00Z",
      [`Sun 2026-04-05 01:45 = 04-04T14:45 ${BACK}`, "Mon 2026-04-06 01:45 = 04-05T15:15"],
    ],
    [
      "Asia/Tokyo",
      "30 2 * * *",
      "2026-03-07T12:00Z",
      ["Sun 2026-03-08 02:30 = 03-07T17:30", "Mon 2026-03-09 02:30 = 03-08T17:30"],
    ],
  ])("in %s: %s after %s", (zone, text, after, runs) => {
    expect(next(text, zone, after, runs.length)).toEqual(runs);
  });
});

const zones = fc.constantFrom(
  "America/New_York",
  "Europe/London",
  "Australia/Lord_Howe",
  "Asia/Tokyo",
  "UTC",
);
const start = fc
  .integer({ min: Date.UTC(2025, 0, 1) / 6e4, max: Date.UTC(2028, 0, 1) / 6e4 })
  .map((m) => m * 6e4);

/** One field: any, a list, a range, steps. */
function field(min: number, max: number): fc.Arbitrary<string> {
  const value = fc.integer({ min, max });
  const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  const step = fc.constantFrom(...[2, 3, 5, 7, 10, 15, 20].filter((by) => by <= max));
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant("*") },
    { weight: 3, arbitrary: value.map(String) },
    fc.uniqueArray(value, { minLength: 1, maxLength: 5 }).map((values) => values.join(",")),
    range,
    step.map((by) => `*/${by}`),
    fc.tuple(range, step).map(([text, by]) => `${text}/${by}`),
  );
}
const expressions = fc
  .tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6))
  .map((fields) => fields.join(" "));

describe("the first run that a change of the clocks moves", () => {
  it("is found a year ahead, as by looking at every run", () => {
    let found = 0;
    fc.assert(
      fc.property(
        fc.tuple(
          fc.integer({ min: 0, max: 59 }),
          fc.integer({ min: 0, max: 3 }),
          fc.constantFrom("*", "0", "5-7"),
        ),
        zones,
        start,
        ([minute, hour, weekday], zone, after) => {
          const spec = { cron: `${minute} ${hour} * * ${weekday}`, zone };
          const { next, moved } = explainCron(cron, spec, after, 2);
          const all = explainCron(cron, spec, after, 363).next;
          const first = all.find(({ at, note }) => note !== undefined && at < after + 365 * 864e5);
          if (next.some(({ note }) => note)) expect(moved).toBeUndefined();
          else if (first) expect(moved).toEqual(first);
          if (moved) found++;
        },
      ),
      { numRuns: 60 },
    );
    expect(found).toBeGreaterThan(0);
  });

  it("is quick to find for a job that runs every minute", () => {
    const { moved } = explainCron(cron, { cron: "* 1-3 * * *", zone: "Europe/London" }, Date.UTC(2026, 5, 1));
    expect(moved).toMatchObject({ utc: "2026-10-25T00:00:00Z" });
  });
});

describe("the words for a cron expression", () => {
  it.each([
    ["30 16 * * 1-5", "America/New_York", "At 16:30, Monday to Friday, New York time"],
    ["0 9,12,15 * * *", "Europe/London", "At 09:00, 12:00 and 15:00, London time"],
    [
      "*/15 9-16 * * MON-FRI",
      "America/New_York",
      "Every 15 minutes from 09:00 to 16:45, Monday to Friday, New York time",
    ],
    ["5 * * * *", "UTC", "At minute 5 of every hour, UTC"],
    ["@daily", "UTC", "At 00:00, UTC"],
    [
      "0 0 1 1,7 *",
      "Australia/Lord_Howe",
      "At 00:00, on day 1 of the month, in January and July, Lord Howe time",
    ],
    ["0 0 L * *", "UTC", "At 00:00, on the last day of the month, UTC"],
    ["0 8 1 * 1", "UTC", "At 08:00, on day 1 of the month or on Monday, UTC"],
    ["*/10 * * * * *", "UTC", "Every 10 seconds, UTC"],
    ["0 12 * * 6,0", "UTC", "At 12:00, on Saturday and Sunday, UTC"],
    ["0 12 * * FRI#2", "UTC", "At 0 12 * * FRI#2, UTC"],
  ])("%s in %s", (text, zone, words) => {
    expect(cronText(text, zone)).toBe(words);
    expect(cron.read(text, zone).next(0)).not.toBeNull();
  });

  it("mean what croner does: read back, they are true of its runs and of no other minute", () => {
    fc.assert(
      fc.property(expressions, start, (text, after) => {
        const times = cron.read(text, "UTC");
        const isTrue: Predicate = readCronText(cronText(text, "UTC"));
        let at: number = after;
        for (let count = 0; count < 8; count++) {
          const run = times.next(at);
          if (run === null) return;
          expect(isTrue(zoneTime(run, "UTC"))).toBe(true);
          // Between two runs it is true of nothing; days are looked at by the hour where runs are far apart.
          const step = run - at > 2 * 864e5 ? 61 * 6e4 : 6e4;
          for (let between = at + 6e4; between < run; between += step)
            if (isTrue(zoneTime(between, "UTC")))
              throw new Error(`${text}: ${new Date(between).toISOString()} too`);
          at = run;
          if (run - after > 60 * 864e5) return;
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe("moments", () => {
  it("looked for from behind are those found one after another, also across changes of the clocks", () => {
    const near = fc
      .constantFrom(
        "2026-03-08T05:00Z",
        "2026-11-01T03:00Z",
        "2026-10-03T13:00Z",
        "2026-04-04T13:00Z",
        "2026-03-28T23:00Z",
        "2026-10-24T23:00Z",
      )
      .map(Date.parse);
    fc.assert(
      fc.property(
        expressions,
        zones,
        fc.oneof(near, start),
        fc.integer({ min: 1, max: 72 }),
        (text, zone, from, hours) => {
          const times = cron.read(text, zone);
          const to = from + hours * 36e5;
          const found: number[] = [];
          for (let at = times.next(from); at !== null && at <= to; at = times.next(at)) found.push(at);
          expect(times.between(from, to, 101)).toEqual(found.slice(-101));
        },
      ),
      { numRuns: 400 },
    );
  });

  it.each([
    ["61 * * * *", "UTC", "scheduler.bad-cron"],
    ["every day", "UTC", "scheduler.bad-cron"],
    ["0 0 31 2 *", "UTC", "scheduler.bad-cron"],
    ["0 0 * * *", "Mars/Olympus", "scheduler.bad-zone"],
    ["0 0 * * *", "America/NewYork", "scheduler.bad-zone"],
  ])("%s in %s is refused", async (text, zone, code) => {
    const error = await explain(text, zone, 0).catch((caught: unknown) => caught);
    expect(isTickbookError(error) && error.code).toBe(code);
    if (zone === "America/NewYork")
      expect(isTickbookError(error) && error.hint).toContain("America/New_York");
  });
});
