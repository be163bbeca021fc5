/** The fields of raw exchange messages that we read, and what a text in them means. */
import { powerOfTen } from "#core";

export type TextForm = "name" | "decimal" | "instant" | "ignored";

const TEXT_FORMS = {
  // Binance
  stream: "name",
  data: "ignored",
  e: "name",
  E: "ignored",
  T: "ignored",
  s: "name",
  symbol: "name",
  U: "ignored",
  u: "ignored",
  pu: "ignored",
  b: "decimal",
  a: "decimal",
  B: "decimal",
  A: "decimal",
  p: "decimal",
  q: "decimal",
  t: "ignored",
  m: "ignored",
  lastUpdateId: "ignored",
  bids: "ignored",
  asks: "ignored",
  // Coinbase
  type: "name",
  product_id: "name",
  changes: "ignored",
  time: "instant",
  sequence: "ignored",
  price: "decimal",
  size: "decimal",
  side: "name",
  trade_id: "ignored",
  best_bid: "decimal",
  best_ask: "decimal",
  best_bid_size: "decimal",
  best_ask_size: "decimal",
  // Bybit
  topic: "name",
  ts: "ignored",
} as const satisfies Record<string, TextForm>;

export type Field = keyof typeof TEXT_FORMS;
export const FIELDS = Object.keys(TEXT_FORMS) as Field[];
export const FIELD_COUNT = FIELDS.length;
export const FORMS: readonly TextForm[] = FIELDS.map((field) => TEXT_FORMS[field]);

/** Number of a field. */
export const F = Object.fromEntries(FIELDS.map((field, number) => [field, number])) as Record<Field, number>;

/** Fields that hold price levels. */
export const HOLDS_LEVELS = FIELDS.map((field) => ["b", "a", "bids", "asks", "changes"].includes(field));

/** The number in a decimal text; NaN for any other text. */
export function decimalFromText(text: string): number {
  return /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
}

/** UTC milliseconds of "2021-04-17T16:43:37.075687Z", microseconds kept as a fraction; NaN for any other text. */
export function instantFromText(text: string): number {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(text);
  if (!match) return Number.NaN;
  const fraction = match[2] ?? "0";
  return Date.parse(`${match[1]}Z`) + (Number(fraction) / powerOfTen(fraction.length)) * 1e3;
}
