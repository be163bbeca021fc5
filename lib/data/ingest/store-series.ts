import { fail } from "#core";
import { TABLE_KINDS, type TableColumns } from "#model";
import type { Store } from "../store/store.ts";
import type { DatasetVersion } from "../store/version-file.ts";
import type { WriteMode } from "../store/write-version.ts";
import { storePieces } from "./fetch/store-pieces.ts";

export interface SeriesTarget {
  readonly store: Store;
  readonly source: string;
  /** What the series is stored as. */
  readonly symbol: string;
  /** Of the value: "USD", "%". */
  readonly unit?: string;
  /** How the values join those stored: see the store's `WriteOptions`. */
  readonly mode: WriteMode;
}

/**
 * Checks a series that was made, not read of a file, and stores it. The same once more changes nothing.
 * @param values in any order. Errors: `data.bad-columns`, `data.publication-needed`, `data.no-rows`, `data.bad-time`,
 * `data.impossible-row`, `data.conflicting-rows`, `data.bad-name`.
 */
export async function storeSeries(
  { store, mode, ...key }: SeriesTarget,
  values: TableColumns<"series">,
): Promise<DatasetVersion> {
  const columns = columnsOf(key.symbol, values);
  const piece = { rows: columns.time!.length, columns };
  const stored = await storePieces({ store, ...key, kind: "series" }, [piece], mode);
  if (stored !== undefined) return stored.version;
  return fail("data.no-rows", {
    message: `the series "${key.symbol}" has no values`,
    hint: "Look at what made it: a window that is longer than the series gives nothing.",
    fields: { series: key.symbol },
  });
}

function columnsOf(symbol: string, values: TableColumns<"series">): Readonly<Record<string, Float64Array>> {
  const given = (values ?? {}) as Readonly<Record<string, unknown>>;
  if (given.published === undefined && isColumn(given.time) && isColumn(given.value)) {
    fail("data.publication-needed", {
      message: `it is not said when the values of "${symbol}" became known`,
      hint: 'Give `published` (UTC ms) beside time and value, or make it of a lag: lagged(values, "1d").',
      fields: { series: symbol },
    });
  }
  const names = TABLE_KINDS.series;
  const rows = isColumn(given.time) ? given.time.length : 0;
  const wrong = names.find((name) => !isColumn(given[name]) || given[name].length !== rows);
  if (wrong !== undefined) {
    const column = given[wrong];
    fail("data.bad-columns", {
      message: `"${symbol}": ${wrong} is ${isColumn(column) ? `a column of ${column.length}, time one of ${rows}` : `${column === null ? "null" : typeof column}, not a column of numbers`}`,
      hint: `A series has ${names.join(", ")}, each with one number a row.`,
      fields: { series: symbol, column: wrong },
    });
  }
  return Object.fromEntries(names.map((name) => [name, Float64Array.from(given[name] as ArrayLike<number>)]));
}

function isColumn(value: unknown): value is ArrayLike<number> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value);
}
