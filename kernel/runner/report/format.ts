/** Counts, durations and times as the report writes them: unit after a no-break space, "–" for what is not known. */
import { countText, dateText, monthName, numberText, timeframeMs } from "#core";
import { TABLE_KINDS } from "#model";

const UNKNOWN = "–";
const DAY_MS = 864e5;

/** A count with its noun: "1 trade", "8 trades". */
export function countOf(value: number, noun: string): string {
  return `${countText(value)} ${noun}${value === 1 ? "" : "s"}`;
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
  return `${date.getUTCDate()} ${monthName(date.getUTCMonth() + 1)} ${date.getUTCFullYear()} ${time} UTC`;
}

/**
 * When a trade or a bar was: the day, and the minute with bars shorter than a day. The zone stands in the heading.
 * @param kind a timeframe, or another kind of dataset.
 */
export function stampText(ms: number, kind: string): string {
  if (!Number.isFinite(ms)) return UNKNOWN;
  const isFine = kind in TABLE_KINDS ? kind !== "series" : timeframeMs(kind) < DAY_MS;
  return isFine ? new Date(ms).toISOString().slice(0, 16).replace("T", " ") : dateText(ms);
}

export function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
