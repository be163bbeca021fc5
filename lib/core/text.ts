/** Numbers, spans of time and foreign texts as people read them: true minus sign, "–" for what is not known. */
import { dateText, type Millis } from "./time.ts";

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

/** 0.0123 as "1.2 %", with a space that does not break. */
export function percentText(value: number, digits = 1, sign = false): string {
  return Number.isFinite(value) ? `${numberText(value * 100, digits, sign)}\u00a0%` : UNKNOWN;
}

/** 5105 as "5,105". */
export function countText(value: number): string {
  return numberText(value, 0);
}

/** A number of unknown size with at most so many digits: "0.0049", "1.8e−7", "60,000". */
export function shortText(value: number, digits = 6): string {
  if (!Number.isFinite(value)) return numberText(value);
  const size = Math.abs(value);
  if (size !== 0 && size < 1e-3) return value.toExponential(1).replaceAll("-", "−").replace(".0e", "e");
  const text = Number(size.toPrecision(digits)).toLocaleString("en-US", { maximumFractionDigits: 6 });
  return value < 0 ? `−${text}` : text;
}

/** A stretch of time, as coarse as it may be: "2000–2015", "Jan 2019 to Mar 2020", "2020-09-13 to 2020-09-16". */
export function spanText(from: Millis, to: Millis): string {
  if (!(Number.isFinite(from) && Number.isFinite(to))) return UNKNOWN;
  if (to - from < 90 * DAY_MS) return `${dateText(from)} to ${dateText(to)}`;
  const [a, b] = [new Date(from), new Date(to)];
  // A span that leaves out more than half of its first or last year is not told by the years alone.
  if (to - from > 3 * 365 * DAY_MS || (a.getUTCMonth() === 0 && to - from > 360 * DAY_MS)) {
    return a.getUTCFullYear() === b.getUTCFullYear()
      ? String(a.getUTCFullYear())
      : `${a.getUTCFullYear()}–${b.getUTCFullYear()}`;
  }
  const month = (date: Date) => `${monthName(date.getUTCMonth() + 1)} ${date.getUTCFullYear()}`;
  return `${month(a)} to ${month(b)}`;
}

/** "Jan" for 1. */
export function monthName(month: number): string {
  return MONTHS[month - 1]!;
}

/** A text that stays text in HTML, also in a quoted attribute, and in Plotly, which reads numbered entities only. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&#34;")
    .replaceAll("'", "&#39;");
}

const VALUE_SHOWN = 100;

/** Plain data in few words, at most 100 characters: "enter 0.58, exit 0.44", "[1, 2]", "Float64Array(500)". */
export function valueText(value: unknown): string {
  const text = partText(value, 0);
  return text.length > VALUE_SHOWN ? `${text.slice(0, VALUE_SHOWN)}…` : text;
}

function partText(value: unknown, depth: number): string {
  if (typeof value === "number") return shortText(value);
  if (ArrayBuffer.isView(value))
    return `${value.constructor.name}(${(value as unknown as ArrayLike<unknown>).length})`;
  if (Array.isArray(value)) return `[${value.map((item) => partText(item, depth + 1)).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const entries = Object.entries(value).map(([name, content]) => `${name} ${partText(content, depth + 1)}`);
  return depth === 0 ? entries.join(", ") : `{${entries.join(", ")}}`;
}
