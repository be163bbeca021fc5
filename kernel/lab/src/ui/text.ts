// Figures, times and hashes as texts. Grouping is ",", the decimal sign ".", minus is a true minus sign.

const MINUS = "−";

/** 1234.5 with 2 decimals is "1,234.50"; not a number is "–". */
export function figure(value: number | string | null | undefined, decimals?: number): string {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number)) return "–";
  const places = decimals ?? decimalsOf(number);
  const text = new Intl.NumberFormat("en-US", {
    minimumFractionDigits: decimals === undefined ? 0 : places,
    maximumFractionDigits: places,
  }).format(Math.abs(number));
  return number < 0 && /[1-9]/.test(text) ? MINUS + text : text;
}

/** With its sign: "+61.44", "−138.07", "0.00". */
export function signed(value: number | string | null | undefined, decimals?: number): string {
  const text = figure(value, decimals);
  return text === "–" || text.startsWith(MINUS) || !/[1-9]/.test(text) ? text : `+${text}`;
}

/** A fraction as "12.3 %". */
export function percent(fraction: number | null | undefined, decimals = 1): string {
  return fraction == null ? "–" : `${figure(fraction * 100, decimals)} %`;
}

/** Enough decimals for a price or a quantity, at most 8. */
function decimalsOf(value: number): number {
  const size = Math.abs(value);
  if (size === 0) return 0;
  if (size >= 1000) return 2;
  return Math.min(8, Math.max(2, 5 - Math.ceil(Math.log10(size))));
}

/** A decimal text as the venue wrote it, with grouping and its sign kept: nothing is rounded. */
export function decimalText(text: string): string {
  const match = /^([+-]?)(\d+)(\.\d+)?$/.exec(text.trim());
  if (!match) return text;
  const [, sign = "", whole = "", rest = ""] = match;
  return (sign === "-" ? MINUS : sign) + whole.replace(/\B(?=(\d{3})+$)/g, ",") + rest;
}

/** 1.8e-7 is "1.8e−7". */
export function exponent(value: number): string {
  return value === 0 ? "0" : value.toExponential(1).replace("-", MINUS).replace(".0e", "e");
}

/** "0.4 s", "12 s", "3 min", "4 h", "9 d". */
export function age(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** A wait in two units: "in 3 h 42 min". */
export function until(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  if (minutes === 0) return "in less than a minute";
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  if (days > 0) return `in ${days} d${hours > 0 ? ` ${hours} h` : ""}`;
  return hours > 0 ? `in ${hours} h${rest > 0 ? ` ${rest} min` : ""}` : `in ${rest} min`;
}

/** A duration as a clock: "0:38", "12:05", "1:02:03". */
export function clock(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** "0.1 s", "38.2 s", "2 min 5 s". */
export function seconds(ms: number): string {
  if (ms < 60_000) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** "14:32:08". */
export function timeUtc(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}

/** The time of the same UTC day as `now`, else the day: "14:32:08", "4 Mar 19"; "–" if it is not known. */
export function momentUtc(at: number | null, now: number): string {
  if (at === null) return "–";
  const [date, today] = [new Date(at), new Date(now)];
  if (date.toISOString().slice(0, 10) === today.toISOString().slice(0, 10)) return timeUtc(at);
  const month = date.toLocaleString("en-US", { month: "short", timeZone: "UTC" });
  return `${date.getUTCDate()} ${month} ${String(date.getUTCFullYear()).slice(2)}`;
}

/** "Tue 10 Mar, 16:30 EDT" in a time zone; in UTC if the zone is unknown. */
export function dateIn(at: number, zone: string, withZone = true): string {
  const options: Intl.DateTimeFormatOptions = {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone: isZone(zone) ? zone : "UTC",
    timeZoneName: "short",
  };
  const parts = new Map(
    new Intl.DateTimeFormat("en-US", options).formatToParts(at).map(({ type, value }) => [type, value]),
  );
  const day = `${parts.get("weekday")} ${parts.get("day")} ${parts.get("month")}`;
  const name = withZone ? ` ${parts.get("timeZoneName")}` : "";
  return `${day}, ${parts.get("hour")}:${parts.get("minute")}${name}`;
}

export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** The first 8 characters of a hash; "sha256:" in front is dropped. */
export function hash8(hash: string): string {
  return hash.replace(/^\w+:/, "").slice(0, 8);
}

/** "41.8 kB". */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  return count < 1_000_000 ? `${(count / 1000).toFixed(1)} kB` : `${(count / 1_000_000).toFixed(1)} MB`;
}

/** "1 order", "4 orders". */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number.toLocaleString("en-US")} ${number === 1 ? noun : plural}`;
}

/** "cell 9, line 4", as far as it is known. */
export function placeText(place: {
  readonly cell?: number | undefined;
  readonly line?: number | undefined;
}): string {
  const cell = place.cell === undefined ? "Cell" : `Cell ${place.cell}`;
  return place.line === undefined ? cell : `${cell}, line ${place.line}`;
}
