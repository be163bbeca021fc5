import { fail } from "./error.ts";

/** Milliseconds since 1970-01-01 00:00 UTC, fractions allowed: the unit of Date, ccxt and Plotly. */
export type Millis = number;

const UNIT_MS = { s: 1e3, m: 6e4, h: 36e5, d: 864e5, w: 6048e5 } as const;

/** Length in milliseconds of a bar such as "1m", "4h", "1d". Errors: `core.bad-timeframe`. */
export function timeframeMs(timeframe: string): Millis {
  const match = /^([1-9]\d{0,3})([smhdw])$/.exec(timeframe);
  if (!match) {
    fail("core.bad-timeframe", {
      message: `"${timeframe}" is not a timeframe`,
      hint: "Use a whole number and one of s, m, h, d, w: 1m, 15m, 4h, 1d.",
      fields: { timeframe },
    });
  }
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}

/**
 * The start of a year, month, day or instant in UTC: "2019", "2019-03", "2019-03-09", "2019-03-09T14:30:00Z",
 * or milliseconds. A time without a zone is UTC. Errors: `core.bad-time`.
 */
export function parseTime(value: string | number | Date): Millis {
  const ms = typeof value === "string" ? millisFromText(value.trim()) : Number(value);
  if (!Number.isFinite(ms)) {
    fail("core.bad-time", {
      message: `"${String(value)}" is not a time`,
      hint: "Write a year, month, day or instant in UTC: 2019, 2019-03, 2019-03-09, 2019-03-09T14:30:00Z.",
      fields: { value: String(value) },
    });
  }
  return ms;
}

/**
 * The end of a named period, so that "2018" as an end means all of 2018: the start of the next year, month or day;
 * an instant ends at itself. Errors: `core.bad-time`.
 */
export function parseTimeEnd(value: string | number | Date): Millis {
  const start = parseTime(value);
  const parts = typeof value === "string" ? /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(value.trim()) : null;
  if (!parts) return start;
  const date = new Date(start);
  if (parts[3]) date.setUTCDate(date.getUTCDate() + 1);
  else if (parts[2]) date.setUTCMonth(date.getUTCMonth() + 1);
  else date.setUTCFullYear(date.getUTCFullYear() + 1);
  return date.getTime();
}

function millisFromText(text: string): Millis {
  const match = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(text);
  if (match) {
    const [, year, month = "01", day = "01"] = match;
    const ms = Date.UTC(Number(year), Number(month) - 1, Number(day));
    // Date.UTC turns February 30 into March 2: a date that does not come back unchanged never existed.
    return dateText(ms) === `${year}-${month}-${day}` ? ms : Number.NaN;
  }
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(text)) return Number.NaN;
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`;
  return Date.parse(zoned.replace(" ", "T"));
}

/** "2019-03-09" in UTC. */
export function dateText(ms: Millis): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** "2019-03-09" at midnight, else "2019-03-09 14:30:00 UTC"; "(no time)" for NaN. */
export function timeText(ms: Millis): string {
  if (!Number.isFinite(ms)) return "(no time)";
  const iso = new Date(ms).toISOString();
  return iso.endsWith("T00:00:00.000Z") ? iso.slice(0, 10) : `${iso.slice(0, 19).replace("T", " ")} UTC`;
}
