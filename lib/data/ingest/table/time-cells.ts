/**
 * Times as files write them.
 *
 * Without a format: ISO dates and instants, or epochs whose unit follows from their size (s below 1e11, ms below 1e14,
 * microseconds below 1e17, else nanoseconds). A format is "s", "ms", "us", "ns", or a pattern of YYYY YY MM MMM DD HH
 * hh mm ss SSS A (AM or PM); everything else stands for itself.
 */
import { fail, type Millis, parseTime } from "#core";
import type { RawColumn } from "./raw-table.ts";
import { findZone, type Zone } from "./zone.ts";

export interface TimeOptions {
  readonly format?: string;
  /** IANA name of the place whose clocks the file shows. Default UTC. Epochs and times with an offset are as they are. */
  readonly zone?: string;
}

/** UTC ms of a cell; undefined if it is no time, "skipped" if clocks jumped over it. */
export type ReadTime = (cell: string | number, kind: RawColumn["kind"]) => Millis | undefined | "skipped";

const UNIT_MS: Readonly<Record<string, number>> = { s: 1e3, ms: 1, us: 1e-3, ns: 1e-6 };
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const EPOCH = /^-?\d{1,19}(?:\.\d+)?$/;
const TOKENS: Readonly<Record<string, string>> = {
  YYYY: "(?<year>\\d{4})",
  YY: "(?<shortYear>\\d{2})",
  MMM: "(?<monthName>[A-Za-z]{3})[A-Za-z]*",
  MM: "(?<month>\\d{1,2})",
  DD: "(?<day>\\d{1,2})",
  HH: "(?<hour>\\d{1,2})",
  hh: "(?<hour12>\\d{1,2})",
  mm: "(?<minute>\\d{1,2})",
  ss: "(?<second>\\d{1,2})",
  SSS: "(?<fraction>\\d{1,9})",
  A: "(?<half>[AaPp][Mm])",
};

/** Makes the reader of one file's times. Errors: `data.bad-time-format`, `data.bad-time-zone`. */
export function createTimeReader({ format, zone: zoneName }: TimeOptions): ReadTime {
  const zone = zoneName === undefined || zoneName === "UTC" ? undefined : findZone(zoneName);
  const unit = format === undefined ? undefined : UNIT_MS[format];
  const pattern = format === undefined || unit !== undefined ? undefined : compile(format);
  const toUtc = createWallReader(zone);
  return (cell, kind) => {
    if (typeof cell === "number") {
      if (Number.isNaN(cell)) return undefined;
      if (kind === "instant") return cell;
      if (kind === "moment") return toUtc(cell);
      if (pattern) return local(pattern, String(cell), toUtc);
      return unit === undefined ? cell * unitOf(cell) : cell * unit;
    }
    if (pattern) return local(pattern, cell, toUtc);
    if (EPOCH.test(cell) && (unit !== undefined || cell.replace(/[-.].*/, "").length >= 9)) {
      return epoch(cell, unit ?? unitOf(Number(cell)));
    }
    return unit === undefined ? isoTime(cell, toUtc) : undefined;
  };
}

type ToUtc = (wall: Millis) => Millis | "skipped";

/**
 * Where clocks go back an hour comes twice: the second time is taken when rows would go back otherwise. In a file
 * with the newest row first it is the first time that comes second.
 */
function createWallReader(zone: Zone | undefined): ToUtc {
  if (!zone) return (wall) => wall;
  let before = Number.NEGATIVE_INFINITY;
  let isFalling = false;
  return (wall) => {
    const first = zone.toUtc(wall);
    if (Number.isNaN(first)) return "skipped";
    const later = zone.toUtc(wall, true);
    if (later === first) isFalling = first < before;
    const isLater = isFalling ? later < before : first <= before && later > before;
    before = isLater ? later : first;
    return before;
  };
}

function unitOf(value: number): number {
  const size = Math.abs(value);
  if (size < 1e11) return 1e3;
  if (size < 1e14) return 1;
  return size < 1e17 ? 1e-3 : 1e-6;
}

/** Nineteen digits are more than a double has: whole milliseconds first, the rest behind the point. */
function epoch(text: string, unit: number): Millis {
  if (unit >= 1 || text.includes(".")) return Number(text) * unit;
  const digits = unit === 1e-3 ? 3 : 6;
  const isNegative = text.startsWith("-");
  const padded = text.replace("-", "").padStart(digits + 1, "0");
  const ms = Number(`${padded.slice(0, -digits)}.${padded.slice(-digits)}`);
  return isNegative ? -ms : ms;
}

function isoTime(cell: string, toUtc: ToUtc): Millis | undefined | "skipped" {
  if (!cell.includes("-")) return undefined;
  try {
    const ms = parseTime(cell);
    return /(?:Z|[+-]\d\d:?\d\d)$/.test(cell) && /\d\d:\d\d/.test(cell) ? ms : toUtc(ms);
  } catch {
    return undefined;
  }
}

function compile(format: string): RegExp {
  const seen = new Set<string>();
  const source = format.replace(/YYYY|YY|MMM|MM|DD|HH|hh|mm|ss|SSS|A|[^A-Za-z0-9]|[A-Za-z0-9]/g, (token) => {
    const known = TOKENS[token];
    if (!known) return /[A-Za-z0-9]/.test(token) ? token : `\\${token}`;
    if (seen.has(token)) refuseFormat(format, `${token} stands in it twice`);
    seen.add(token);
    return known;
  });
  if (!(seen.has("YYYY") || seen.has("YY"))) refuseFormat(format, "it has no year");
  return new RegExp(`^${source}$`);
}

function refuseFormat(format: string, what: string): never {
  fail("data.bad-time-format", {
    message: `"${format}" is no format of times: ${what}`,
    hint: 'Write s, ms, us or ns for epochs, else a pattern such as "DD/MM/YYYY HH:mm:ss".',
    fields: { format },
  });
}

function local(pattern: RegExp, text: string, toUtc: ToUtc): Millis | undefined | "skipped" {
  const found = pattern.exec(text)?.groups;
  if (!found) return undefined;
  const num = (name: string, otherwise: number) =>
    found[name] === undefined ? otherwise : Number(found[name]);
  const short = num("shortYear", 0);
  // As POSIX has it: 69 to 99 are of the last century.
  const year = num("year", short < 69 ? 2000 + short : 1900 + short);
  const month = found.monthName ? MONTHS.indexOf(found.monthName.toLowerCase()) + 1 : num("month", 1);
  const [day, minute, second] = [num("day", 1), num("minute", 0), num("second", 0)];
  const hour = found.hour12
    ? (Number(found.hour12) % 12) + (/p/i.test(found.half ?? "") ? 12 : 0)
    : num("hour", 0);
  const fraction = found.fraction ? Number(`0.${found.fraction}`) * 1000 : 0;
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  const back = new Date(wall);
  const isReal =
    back.getUTCFullYear() === year &&
    back.getUTCMonth() === month - 1 &&
    back.getUTCDate() === day &&
    back.getUTCHours() === hour &&
    back.getUTCMinutes() === minute &&
    back.getUTCSeconds() === second;
  return isReal ? toUtc(wall + fraction) : undefined;
}
