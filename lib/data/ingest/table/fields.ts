import { fail, suggest } from "#core";
import type { RawColumn } from "./raw-table.ts";

/** What files can hold. */
export const ROW_KINDS = ["candles", "trades", "quotes", "funding", "series", "factors"] as const;
export type RowKind = (typeof ROW_KINDS)[number];

interface FieldSpec {
  /** Names under which files carry the field, the surest first. */
  readonly aliases: readonly string[];
  /** "side": buy or sell; "maker": true where the buyer waited in the book, so that the seller took. */
  readonly kind: "time" | "number" | "side" | "maker";
  readonly isOptional?: true;
  /** A cell may be empty; it becomes NaN. */
  readonly mayMiss?: true;
}

const time = (...aliases: string[]): FieldSpec => ({ kind: "time", aliases: ["time", ...aliases] });
const num = (...aliases: string[]): FieldSpec => ({ kind: "number", aliases });
const DATES = ["timestamp", "datetime", "date", "ts"];

const FIELDS: Readonly<Record<RowKind, Readonly<Record<string, FieldSpec>>>> = {
  candles: {
    time: time("open_time", ...DATES),
    open: num("open", "o"),
    high: num("high", "h"),
    low: num("low", "l"),
    close: num("close", "c"),
    volume: num("volume", "vol", "v"),
  },
  trades: {
    time: time("transact_time", "trade_time", ...DATES),
    received: { ...time(), aliases: ["received", "received_time", "local_timestamp"], isOptional: true },
    id: { ...num("id", "trade_id", "agg_trade_id"), isOptional: true },
    price: num("price"),
    quantity: num("quantity", "qty", "amount", "size", "volume"),
    side: { kind: "side", aliases: ["side", "taker_side"], isOptional: true },
    buyerIsMaker: { kind: "maker", aliases: ["is_buyer_maker", "buyer_is_maker"], isOptional: true },
  },
  quotes: {
    time: time(...DATES),
    received: { ...time(), aliases: ["received", "received_time", "local_timestamp"], isOptional: true },
    id: { ...num("id", "update_id"), isOptional: true },
    bid: num("bid", "bid_price", "best_bid_price"),
    bidQuantity: num("bid_quantity", "bid_qty", "bid_size", "best_bid_qty", "bid_amount"),
    ask: num("ask", "ask_price", "best_ask_price"),
    askQuantity: num("ask_quantity", "ask_qty", "ask_size", "best_ask_qty", "ask_amount"),
  },
  funding: {
    time: time("calc_time", "funding_time", ...DATES),
    rate: num("rate", "funding_rate", "last_funding_rate"),
  },
  series: {
    time: time(...DATES),
    published: { ...time(), aliases: ["published", "publication_time", "release_date"], isOptional: true },
  },
  factors: {
    time: time("ex_date", ...DATES),
    split: { ...num("split", "split_ratio", "ratio"), isOptional: true, mayMiss: true },
    dividend: { ...num("dividend", "dividends", "amount"), isOptional: true, mayMiss: true },
  },
};
const VALUE: FieldSpec = { ...num("value"), mayMiss: true };
const VALUE_PREFIX = "value:";

/** A field of rows, and the columns of a file that hold it: two for a date and an hour. */
export interface PlacedField {
  readonly name: string;
  readonly kind: FieldSpec["kind"];
  readonly mayMiss: boolean;
  readonly places: readonly number[];
}

/** Column by field: {time: "Date"}; a time in two columns is "Date+Time"; series name their values "value:<name>". */
export type ColumnMapping = Readonly<Record<string, string>>;

/** Reads "time=Date,open=Open". A comma in a name stands in double quotes. Errors: `data.bad-columns`. */
export function parseColumns(text: string): ColumnMapping {
  const mapping: Record<string, string> = {};
  for (const [part] of text.matchAll(/(?:"[^"]*"|[^,"])+/g)) {
    const at = part.indexOf("=");
    const [field, column] = [
      part.slice(0, at).trim(),
      part
        .slice(at + 1)
        .trim()
        .replaceAll('"', ""),
    ];
    if (at < 1 || column === "" || Object.hasOwn(mapping, field)) {
      fail("data.bad-columns", {
        message: `${JSON.stringify(part.trim())} ${at > 0 && column !== "" ? "names a field for the second time" : "does not say which column holds which field"}`,
        hint: 'Write field=column, with commas between: "time=Date,open=Open".',
        fields: { text, part },
      });
    }
    mapping[field] = column;
  }
  return mapping;
}

/**
 * Where the fields of a kind stand among a file's columns: as mapped, else by the names they usually have. Upper and
 * lower case, spaces and underscores in names do not matter. Errors: `data.bad-file`, `data.bad-columns`.
 */
export function placeFields(
  path: string,
  columns: readonly RawColumn[],
  kind: RowKind,
  mapping: ColumnMapping = {},
): PlacedField[] {
  const names = columns.map(({ name }) => name);
  const specs = specsOf(kind, mapping);
  const unknown = Object.keys(mapping).find((field) => !Object.hasOwn(specs, field));
  if (unknown !== undefined) refuseField(kind, unknown, Object.keys(specs));
  return Object.entries(specs).flatMap(([name, spec]): PlacedField[] => {
    const mapped = mapping[name];
    const places =
      mapped === undefined
        ? findAlias(names, spec.aliases)
        : findMapped(path, names, mapped, spec.kind === "time");
    if (places) return [{ name, kind: spec.kind, mayMiss: spec.mayMiss === true, places }];
    return spec.isOptional ? [] : missingColumn(path, names, name, spec.aliases);
  });
}

/** The names of a series' values: "" for the one that has none. */
export function valueNames(mapping: ColumnMapping): string[] {
  const named = Object.keys(mapping).filter((field) => field.startsWith(VALUE_PREFIX));
  return named.length === 0 ? [""] : named.map((field) => field.slice(VALUE_PREFIX.length));
}

function specsOf(kind: RowKind, mapping: ColumnMapping): Record<string, FieldSpec> {
  if (kind !== "series") return FIELDS[kind];
  const values = valueNames(mapping).map(
    (name) => [name === "" ? "value" : `${VALUE_PREFIX}${name}`, VALUE] as const,
  );
  return { ...FIELDS.series, ...Object.fromEntries(values) };
}

function findAlias(names: readonly string[], aliases: readonly string[]): [number] | undefined {
  const plain = names.map(plainName);
  for (const alias of aliases) {
    const index = plain.indexOf(plainName(alias));
    if (index >= 0) return [index];
  }
  return undefined;
}

function findMapped(path: string, names: readonly string[], mapped: string, isTime: boolean): number[] {
  const find = (name: string) => {
    const exact = names.indexOf(name);
    return exact >= 0 ? exact : names.map(plainName).indexOf(plainName(name));
  };
  const whole = find(mapped);
  if (whole >= 0) return [whole];
  const parts = isTime ? mapped.split("+") : [mapped];
  return parts.map((part) => {
    const place = find(part.trim());
    return place >= 0 ? place : missingColumn(path, names, part.trim(), [part.trim()]);
  });
}

function missingColumn(
  path: string,
  names: readonly string[],
  column: string,
  aliases: readonly string[],
): never {
  const close = suggest(column, names);
  fail("data.bad-file", {
    message: `${path} has no column "${column}": it has ${names.map((name) => JSON.stringify(name)).join(", ")}`,
    hint: `Name one of its columns ${aliases.map((name) => `"${name}"`).join(" or ")}, or say which it is: --columns ${column}=<column>${close ? `; is it "${close}"?` : ""}`,
    fields: { path, column, columns: names },
  });
}

function refuseField(kind: RowKind, field: string, known: readonly string[]): never {
  const near = suggest(field, known);
  fail("data.bad-columns", {
    message: `${kind} have no field "${field}"${near ? `; did you mean ${near}?` : ""}`,
    hint: `They have ${known.join(", ")}${kind === "series" ? " and value:<name>" : ""}.`,
    fields: { kind, field, known },
  });
}

function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_]/g, "");
}
