import { fail, type Millis, suggest } from "#core";

const HOUR_MS = 36e5;

/** Turns the wall time of a place into UTC, by the rules of its clocks at that time. */
export interface Zone {
  readonly name: string;
  /**
   * @param wall the wall time as if it were UTC (ms). @param later which of two to take where clocks went back.
   * @returns UTC ms; NaN for a wall time that clocks jumped over.
   */
  toUtc(wall: Millis, later?: boolean): Millis;
}

/** A zone by its IANA name: "America/New_York". Errors: `data.bad-time-zone`. */
export function findZone(name: string): Zone {
  const format = formatOf(name);
  const cache = new Map<number, number>();
  /** What the clocks were ahead of UTC by; constant within a quarter of an hour everywhere. */
  const offsetAt = (utc: Millis): number => {
    const key = Math.floor(utc / (HOUR_MS / 4));
    let offset = cache.get(key);
    if (offset === undefined) {
      if (cache.size > 50_000) cache.clear();
      const at = key * (HOUR_MS / 4);
      offset = wallOf(format, at) - at;
      cache.set(key, offset);
    }
    return offset;
  };
  return {
    name,
    toUtc(wall, later = false) {
      // The offset a day before and a day after: around a change of the clocks they differ.
      const early = wall - offsetAt(wall - 24 * HOUR_MS);
      const late = wall - offsetAt(wall + 24 * HOUR_MS);
      const fits = (utc: Millis) => utc + offsetAt(utc) === wall;
      const found = [early, late].filter(fits).sort((a, b) => a - b);
      return (later ? found.at(-1) : found[0]) ?? Number.NaN;
    },
  };
}

function formatOf(name: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      hourCycle: "h23",
      era: "short",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch (cause) {
    const near = suggest(name, ["UTC", ...Intl.supportedValuesOf("timeZone")]);
    return fail("data.bad-time-zone", {
      message: `there is no time zone "${name}"${near ? `; did you mean ${near}?` : ""}`,
      hint: "Give its IANA name, such as America/New_York, Europe/London or UTC.",
      fields: { name, suggestion: near },
      cause,
    });
  }
}

function wallOf(format: Intl.DateTimeFormat, utc: Millis): Millis {
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(utc)) part[type] = Number(value);
  return Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!, part.second!);
}
