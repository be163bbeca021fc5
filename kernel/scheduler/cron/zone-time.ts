import { fail, suggest } from "#core";

/** A moment as the clocks of a zone show it. Months and days count from 1, weekdays from Sunday, 0. */
export interface ZoneTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();
/** Clocks are changed by less than this. */
const NEAR_MS = 3 * 36e5;

/** Errors: `scheduler.bad-zone`. */
export function checkZone(zone: string): void {
  try {
    formatOf(zone);
  } catch (cause) {
    const near = suggest(zone, Intl.supportedValuesOf("timeZone"));
    fail("scheduler.bad-zone", {
      message: `there is no time zone "${zone}"`,
      hint: `${near ? `Did you mean ${near}? ` : ""}Use a name such as America/New_York, Europe/London or UTC.`,
      fields: { zone },
      cause,
    });
  }
}

/** @param at milliseconds since the epoch. @param zone a name that {@link checkZone} takes. */
export function zoneTime(at: number, zone: string): ZoneTime {
  const part = Object.fromEntries(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  ) as Record<"year" | "month" | "day" | "hour" | "minute" | "second", number>;
  const { year, month, day, hour, minute, second } = part;
  const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
  return { year, month, day, weekday, hour, minute, second };
}

/** "Mon 2026-03-09 16:30", with seconds if there are any. */
export function localText(at: number, zone: string): string {
  const { year, month, day, weekday, hour, minute, second } = zoneTime(at, zone);
  const two = (value: number) => String(value).padStart(2, "0");
  const name = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][weekday];
  const seconds = second === 0 ? "" : `:${two(second)}`;
  return `${name} ${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}${seconds}`;
}

/** How far the zone's clocks are ahead of UTC at a moment, milliseconds. */
export function offsetMs(at: number, zone: string): number {
  const { year, month, day, hour, minute, second } = zoneTime(at, zone);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

/** Which of two moments with this local time it is, where the clocks are set back; undefined where there is one. */
export function occurrence(at: number, zone: string): "first" | "second" | undefined {
  const back = offsetMs(at - NEAR_MS, zone) - offsetMs(at + NEAR_MS, zone);
  if (back <= 0) return undefined;
  if (localText(at + back, zone) === localText(at, zone)) return "first";
  return localText(at - back, zone) === localText(at, zone) ? "second" : undefined;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      ...({ year: "numeric", month: "numeric", day: "numeric" } as const),
      ...({ hour: "numeric", minute: "numeric", second: "numeric" } as const),
    });
    formats.set(zone, format);
  }
  return format;
}
