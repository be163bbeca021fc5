/**
 * Bars that were stamped by clocks which change twice a year.
 *
 * Daily bars: the hour of the stamp is one of two that lie an hour apart, and changes between them about every half
 * year. Hours: one hour is missing in spring and doubled in autumn, on a Sunday, year after year.
 */
import type { Millis } from "#core";

const HOUR_MS = 36e5;
const DAY_MS = 864e5;
/** Clocks change in March or April, and in September to November, everywhere. */
const MONTHS = [2, 3, 8, 9, 10];
/** Shares of changes that must fall in these months; holidays move a first bar. */
const MOST = 0.9;

/**
 * The bars from which on daily stamps are an hour off, if they are for that reason.
 * @param time bar starts (UTC ms), rising. @returns indices of the first bar after each change; none if the stamps
 * do not move or move otherwise.
 */
export function findClockChanges(time: ArrayLike<number>, stepMs: Millis): number[] {
  return stepMs >= DAY_MS ? changesOfDays(time) : stepMs <= HOUR_MS ? jumpsOfHours(time, stepMs) : [];
}

function changesOfDays(time: ArrayLike<number>): number[] {
  const hourOf = (i: number) => ((time[i]! % DAY_MS) + DAY_MS) % DAY_MS;
  const changes: number[] = [];
  const hours = new Set<number>();
  for (let i = 0; i < time.length; i++) {
    hours.add(hourOf(i));
    if (hours.size > 2) return [];
    if (i > 0 && hourOf(i) !== hourOf(i - 1)) changes.push(i);
  }
  const [a = 0, b = a] = [...hours];
  // 23:00 and 00:00 lie an hour apart as well.
  const apart = Math.min(Math.abs(a - b), DAY_MS - Math.abs(a - b));
  return apart === HOUR_MS && areSeasonal(time, changes) ? changes : [];
}

/** An hour is missing each spring, in the night to a Sunday, at most once a year: clocks jumped over it. */
function jumpsOfHours(time: ArrayLike<number>, stepMs: Millis): number[] {
  const jumps: number[] = [];
  let others = 0;
  for (let i = 1; i < time.length; i++) {
    if (time[i]! - time[i - 1]! === stepMs) continue;
    const date = new Date(time[i]!);
    const isSpring = [2, 3].includes(date.getUTCMonth()) && date.getUTCDay() === 0 && date.getUTCHours() <= 4;
    if (isSpring && time[i]! - time[i - 1]! === HOUR_MS + stepMs) jumps.push(i);
    else others++;
  }
  const years = new Set(jumps.map((i) => new Date(time[i]!).getUTCFullYear()));
  return jumps.length >= 2 && years.size === jumps.length && others <= jumps.length ? jumps : [];
}

function areSeasonal(time: ArrayLike<number>, changes: readonly number[]): boolean {
  const inSeason = changes.filter((i) => MONTHS.includes(new Date(time[i]!).getUTCMonth())).length;
  const years = ((time[time.length - 1] ?? 0) - (time[0] ?? 0)) / (365.25 * DAY_MS);
  return changes.length > 0 && inSeason >= MOST * changes.length && changes.length <= 2 * years + 2;
}
