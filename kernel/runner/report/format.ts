/** Numbers and times as the report writes them: true minus sign, unit after a no-break space, "–" for what is not known. */
import { dateText, timeframeMs } from "#core";

const UNKNOWN = "–";
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY_MS = 864e5;

/** 1234.5 as "1,234.50"; with `sign`, gains carry a plus. */
export function numberText(value: number, digits = 2, sign = false): string {
  if (Number.isNaN(value)) return UNKNOWN;
  if (!Number.isFinite(value)) return value < 0 ? "−∞" : "∞";
  const size = Math.abs(value).toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  // What rounds to zero has no sign: "−0.00" would read as a loss.
  if (!/[1-9]/.test(size)) return size;
  return value < 0 ? `−${size}` : sign ? `+${size}` : size;
}

/** 0.0123 as "1.2 %". */
export function percentText(value: number, digits = 1, sign = false): string {
  return Number.isFinite(value) ? `${numberText(value * 100, digits, sign)}\u00a0%` : UNKNOWN;
}

/** 5105 as "5,105". */
export function countText(value: number): string {
  return numberText(value, 0);
}

/** A count with its noun: "1 trade", "8 trades". */
export function countOf(value: number, noun: string): string {
  return `${countText(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** A number of unknown size with at most so many digits: "0.0049", "1.8e−7", "60,000". */
export function shortText(value: number, digits = 6): string {
  if (!Number.isFinite(value)) return numberText(value);
  const size = Math.abs(value);
  if (size !== 0 && size < 1e-3) return value.toExponential(1).replaceAll("-", "−").replace(".0e", "e");
  const text = Number(size.toPrecision(digits)).toLocaleString("en-US", { maximumFractionDigits: 6 });
  return value < 0 ? `−${text}` : text;
}

/** "0.02 s", "72 s", "3 min 5 s", "2 h 10 min". */
export function durationText(seconds: number): string {
  if (!Number.isFinite(seconds)) return UNKNOWN;
  if (seconds < 9.995) return `${numberText(seconds, 2)}\u00a0s`;
  const whole = Math.round(seconds);
  if (whole < 100) return `${whole}\u00a0s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}\u00a0min ${whole % 60}\u00a0s`;
  return `${Math.floor(whole / 3600)}\u00a0h ${Math.round((whole % 3600) / 60)}\u00a0min`;
}

/** "10 Mar 2026 17:42 UTC". */
export function momentText(ms: number): string {
  if (!Number.isFinite(ms)) return UNKNOWN;
  const date = new Date(ms);
  const time = date.toISOString().slice(11, 16);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()} ${time} UTC`;
}

/** When a trade or a bar was: the day, and the minute with bars shorter than a day. The zone stands in the heading. */
export function stampText(ms: number, timeframe: string): string {
  if (!Number.isFinite(ms)) return UNKNOWN;
  return timeframeMs(timeframe) < DAY_MS
    ? new Date(ms).toISOString().slice(0, 16).replace("T", " ")
    : dateText(ms);
}

/** A stretch of time, as coarse as it may be: "2000–2015", "Jan 2019 to Mar 2020", "2020-09-13 to 2020-09-16". */
export function spanText(from: number, to: number): string {
  if (!(Number.isFinite(from) && Number.isFinite(to))) return UNKNOWN;
  if (to - from < 90 * DAY_MS) return `${dateText(from)} to ${dateText(to)}`;
  const [a, b] = [new Date(from), new Date(to)];
  // A span that leaves out more than half of its first or last year is not told by the years alone.
  if (to - from > 3 * 365 * DAY_MS || (a.getUTCMonth() === 0 && to - from > 360 * DAY_MS)) {
    return a.getUTCFullYear() === b.getUTCFullYear()
      ? String(a.getUTCFullYear())
      : `${a.getUTCFullYear()}–${b.getUTCFullYear()}`;
  }
  const month = (date: Date) => `${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  return `${month(a)} to ${month(b)}`;
}

export function monthName(month: number): string {
  return MONTHS[month - 1]!;
}

export function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
