/**
 * Local time of a place: local = utc + offset(utc), milliseconds, daylight saving included (the runtime's zone table).
 */
import { fail, type Millis } from "#core";

export const DAY_MS = 864e5;

/** Clocks change on quarters of an hour (in this century and the last): within one the offset is asked for once. */
const SLOT_MS = 9e5;
const SLOTS_KEPT = 4096;

export interface Zone {
  /** Local time minus UTC at an instant. */
  offset(utc: Millis): Millis;
  /**
   * The instant at which clocks there show `local` (milliseconds as if it were UTC). Shown twice: the first. Never shown
   * (clocks went forward): the instant as far after the change as `local` is.
   */
  utc(local: Millis): Millis;
}

const UTC: Zone = { offset: () => 0, utc: (local) => local };

/** @param name IANA name: "America/New_York". Errors: `market.bad-bar-rule`. */
export function createZone(name: string): Zone {
  if (name === "UTC") return UTC;
  const format = formatOf(name);
  const known = new Map<number, Millis>();
  const offset = (utc: Millis): Millis => {
    const slot = Math.floor(utc / SLOT_MS);
    let value = known.get(slot);
    if (value === undefined) {
      value = offsetAt(utc);
      if (known.size >= SLOTS_KEPT) known.clear();
      known.set(slot, value);
    }
    return value;
  };
  const offsetAt = (utc: Millis): Millis => {
    const at: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(utc)) at[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = at;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(utc / 1000) * 1000;
  };
  const utcOf = (local: Millis): Millis => {
    const before = offset(local - DAY_MS);
    const first = local - before;
    if (offset(first) === before) return first;
    const after = offset(local + DAY_MS);
    return offset(local - after) === after ? local - after : first;
  };
  return { offset, utc: utcOf };
}

function formatOf(name: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat("en-u-ca-iso8601-nu-latn", {
      timeZone: name,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch (cause) {
    fail("market.bad-bar-rule", {
      message: `"${name}" is not a time zone`,
      hint: 'Use an IANA name: "America/New_York", "Europe/London", "UTC".',
      fields: { zone: name },
      cause,
    });
  }
}
