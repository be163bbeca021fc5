/**
 * Missing bars, by the instrument's calendar.
 *
 * "always": a bar is due every T. "weekdays" up to one day: a day without any bar is missing if it is one of Monday
 * to Friday in UTC; hours of trading are not known, so bars missing within a day are not counted. Longer bars are
 * due every T in both.
 * A gap is the time between the starts of two bars that follow each other, where it is not as due.
 */
import { timeText } from "#core";
import type { Calendar } from "#model";
import { addPlace, type DataCheck, noFinding } from "./report.ts";

const DAY_MS = 864e5;
/** Longest closure of a stock exchange that is taken for holidays: 2001-09-10 to 2001-09-17 in New York. */
const HOLIDAY_DAYS = 7;

/** The rows of the report on gaps. @param time n bar starts (UTC ms), strictly rising. */
export function checkGaps(calendar: Calendar, stepMs: number, time: Float64Array): DataCheck[] {
  return calendar === "weekdays" && stepMs <= DAY_MS ? checkWeekdays(time) : checkEveryBar(stepMs, time);
}

function checkEveryBar(stepMs: number, time: Float64Array): DataCheck[] {
  const gaps = noFinding();
  let missing = 0;
  let largest = 0;
  let largestAt = 0;
  for (let i = 1; i < time.length; i++) {
    const step = time[i]! - time[i - 1]!;
    if (step > largest) {
      largest = step;
      largestAt = i - 1;
    }
    if (step === stepMs) continue;
    addPlace(gaps, time[i - 1]!);
    missing += step / stepMs - 1;
  }
  const [unitMs, unit] = durationUnit(stepMs);
  const verdict = gaps.found > 0 ? "kept, look" : "in order";
  return [
    { name: "Gaps", ...gaps, unit: "gaps", allowed: 0, verdict },
    { name: "Missing bars", found: missing, unit: "bars", allowed: 0, where: [], verdict },
    {
      name: "Largest gap between bars",
      found: largest / unitMs,
      unit,
      allowed: stepMs / unitMs,
      where: gaps.found > 0 ? [timeText(time[largestAt]!)] : [],
      verdict,
    },
  ];
}

function checkWeekdays(time: Float64Array): DataCheck[] {
  const missing = noFinding();
  const weekend = noFinding();
  let largest = 0;
  let largestAt = 0;
  for (let i = 0; i < time.length; i++) {
    const day = Math.floor(time[i]! / DAY_MS);
    if (!isWeekday(day)) addPlace(weekend, time[i]!);
    if (i === 0) continue;
    const before = Math.floor(time[i - 1]! / DAY_MS);
    if (day - before > largest) {
      largest = day - before;
      largestAt = i - 1;
    }
    for (let between = before + 1; between < day; between++) {
      if (isWeekday(between)) addPlace(missing, between * DAY_MS);
    }
  }
  return [
    {
      name: "Bars on a weekend",
      ...weekend,
      unit: "rows",
      allowed: 0,
      verdict: weekend.found > 0 ? "kept, look" : "in order",
    },
    // Holidays are missing by right, and no list of them is at hand: the largest gap decides.
    {
      name: "Days without a bar, Monday to Friday",
      ...missing,
      unit: "days",
      allowed: undefined,
      verdict: "in order",
    },
    {
      name: "Largest gap between bars",
      found: largest,
      unit: "days",
      allowed: HOLIDAY_DAYS,
      where: largest > 0 ? [timeText(time[largestAt]!)] : [],
      verdict: largest > HOLIDAY_DAYS ? "kept, look" : "in order",
    },
  ];
}

/** @param day days since 1970-01-01, which was a Thursday. */
function isWeekday(day: number): boolean {
  const weekday = (((day + 4) % 7) + 7) % 7;
  return weekday !== 0 && weekday !== 6;
}

function durationUnit(stepMs: number): [number, string] {
  if (stepMs >= DAY_MS) return [DAY_MS, "days"];
  if (stepMs >= 36e5) return [36e5, "hours"];
  return [6e4, "minutes"];
}
