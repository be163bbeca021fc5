/**
 * Which bar a moment belongs to. A bar is labelled with its start, holds start <= t < end, and is known at its end.
 *
 *   plain UTC        multiples of the length since 1970-01-01, of whole weeks since Monday 1970-01-05 (as Binance does)
 *   months           from the first of the month; "3M" are quarters, "12M" years
 *   zone, session    days are local days (or sessions) and shorter bars count from the day's start; the last is cut at
 *                    the day's end, so a 6.5 h session has six bars of 1h and one of 30 minutes. Several days, weeks (from
 *                    Monday) and months go from the first session's open to the last session's close.
 *
 * A session that closes at or before its open belongs to the day on which it closes (futures: Sunday 18:00 is Monday's).
 * What lies outside any session belongs to no bar.
 */
import { fail, type Millis, timeframeMs } from "#core";
import type { Calendar } from "#model";
import { barStart } from "../bars-from-trades.ts";
import { createZone, DAY_MS, type Zone } from "./zone.ts";

/** How long bars are made. As a text only a timeframe: "5m", "4h", "1d", "1w", "1M". */
export interface BarRule {
  /** A number and one of s, m, h, d, w, M (months). */
  readonly timeframe: string;
  /** IANA name; default "UTC". */
  readonly zone?: string;
  /** Local times "HH:MM". Default: the whole day. */
  readonly session?: { readonly open: string; readonly close: string };
  /** "weekdays": sessions on Monday to Friday only. Default "always". */
  readonly calendar?: Calendar;
}

export interface Period {
  readonly start: Millis;
  readonly end: Millis;
  /** The stretch without a pause around the moment asked for, from <= t < until: a session of a week, for one. */
  readonly from: Millis;
  readonly until: Millis;
}

export interface Periods {
  /** The longest that a bar of this rule lasts by its name: 31 days a month. */
  readonly length: Millis;
  /** True where every bar has exactly this length. */
  readonly isFixed: boolean;
  /** The bar that a moment belongs to; undefined outside sessions. Precondition: finite. */
  at(time: Millis): Period | undefined;
  /** For a moment outside every session: one up to which all others are outside, too. */
  pauseEnd(time: Millis): Millis;
}

interface Days {
  /** The trading day that a moment lies in, days since 1970-01-01; undefined outside sessions. */
  dayAt(time: Millis): number | undefined;
  open(day: number): Millis;
  close(day: number): Millis;
  isOpen(day: number): boolean;
  pauseEnd(time: Millis): Millis;
}

/** Errors: `market.bad-bar-rule`, `core.bad-timeframe`. */
export function createPeriods(rule: string | BarRule): Periods {
  const {
    timeframe,
    zone = "UTC",
    session,
    calendar = "always",
  } = typeof rule === "string" ? { timeframe: rule } : rule;
  const months = Number(/^([1-9]\d{0,2})M$/.exec(timeframe)?.[1] ?? 0);
  const length = months > 0 ? months * 31 * DAY_MS : timeframeMs(timeframe);
  if (calendar !== "always" && calendar !== "weekdays")
    refuse("calendar", calendar, '"always" or "weekdays"');
  if (months === 0 && zone === "UTC" && !session && calendar === "always") {
    const at = (time: Millis): Period => {
      const start = barStart(time, length);
      const end = start + length;
      return { start, end, from: start, until: end };
    };
    return { length, isFixed: true, at, pauseEnd: (time) => time };
  }
  if (months === 0 && length > DAY_MS && length % DAY_MS !== 0) {
    refuse("timeframe", timeframe, "whole days where a zone, session or calendar is given");
  }
  const days = createDays(createZone(zone), session, calendar === "weekdays");
  const at = (time: Millis): Period | undefined => {
    const day = days.dayAt(time);
    if (day === undefined) return undefined;
    if (months === 0 && length < DAY_MS) return partOfDay(days, day, length, time);
    const [first, last] = months > 0 ? monthsAround(day, months) : daysAround(day, length / DAY_MS);
    return { ...spanOf(days, first, last), from: days.open(day), until: days.close(day) };
  };
  return { length, isFixed: false, at, pauseEnd: days.pauseEnd };
}

function createDays(zone: Zone, session: BarRule["session"], weekdaysOnly: boolean): Days {
  const opens = session ? timeOfDay("session.open", session.open) : 0;
  const closes = session ? timeOfDay("session.close", session.close) : DAY_MS;
  const isOvernight = closes <= opens;
  const open = (day: number): Millis => zone.utc((isOvernight ? day - 1 : day) * DAY_MS + opens);
  const close = (day: number): Millis => zone.utc(day * DAY_MS + closes);
  const isOpen = (day: number): boolean => !weekdaysOnly || weekday(day) < 5;
  const dayAt = (time: Millis): number | undefined => {
    const local = Math.floor((time + zone.offset(time)) / DAY_MS);
    // A day's start by the clock can lie on the other side of a change of the clocks: so the neighbours, too.
    for (const day of [local, local + 1, local - 1]) {
      if (isOpen(day) && open(day) <= time && time < close(day)) return day;
    }
    return undefined;
  };
  const pauseEnd = (time: Millis): Millis => {
    const local = Math.floor((time + zone.offset(time)) / DAY_MS);
    const ahead = [local - 1, local, local + 1, local + 2].filter((day) => isOpen(day) && open(day) > time);
    return ahead.length > 0 ? open(ahead[0]!) : zone.utc((local + 1) * DAY_MS);
  };
  return { dayAt, open, close, isOpen, pauseEnd };
}

function partOfDay(days: Days, day: number, length: Millis, time: Millis): Period {
  const open = days.open(day);
  const start = open + Math.floor((time - open) / length) * length;
  const end = Math.min(start + length, days.close(day));
  return { start, end, from: start, until: end };
}

function spanOf(days: Days, from: number, to: number): Pick<Period, "start" | "end"> {
  let [first, last] = [from, to];
  while (!days.isOpen(first)) first++;
  while (!days.isOpen(last)) last--;
  return { start: days.open(first), end: days.close(last) };
}

/** First and last day of the group; whole weeks begin on a Monday. */
function daysAround(day: number, count: number): [number, number] {
  const first = barStart(day * DAY_MS, count * DAY_MS) / DAY_MS;
  return [first, first + count - 1];
}

function monthsAround(day: number, count: number): [number, number] {
  const date = new Date(day * DAY_MS);
  const month = (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
  const first = Math.floor(month / count) * count;
  return [Date.UTC(1970, first, 1) / DAY_MS, Date.UTC(1970, first + count, 1) / DAY_MS - 1];
}

/** 0 on Mondays; 1970-01-01 was a Thursday. */
function weekday(day: number): number {
  return (((day + 3) % 7) + 7) % 7;
}

function timeOfDay(name: string, text: string): Millis {
  const match = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(text);
  const ms = match ? Number(match[1]) * 36e5 + Number(match[2]) * 6e4 : Number.NaN;
  if (!(ms <= DAY_MS)) refuse(name, text, 'a time of day such as "09:30"');
  return ms;
}

function refuse(name: string, value: unknown, allowed: string): never {
  fail("market.bad-bar-rule", {
    message: `a rule for bars has ${name} ${JSON.stringify(value)}`,
    hint: `It must be ${allowed}.`,
    fields: { [name]: value },
  });
}
