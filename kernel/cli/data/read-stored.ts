import type { DatasetVersion, Store, StoredKey, TimeRange } from "#data";
import { TABLE_KINDS, type TableKind } from "#model";

type Columns = Readonly<Record<string, Float64Array>>;

/** Columns that a chart shows best, by what kinds call them. */
const MAIN_COLUMNS = ["close", "price", "bid", "rate", "value"];

/** All columns of a version of any kind, in batches of some thousand rows. */
export function scanStored(
  store: Store,
  version: DatasetVersion,
  range: TimeRange = {},
): AsyncIterable<Columns> {
  const request = { ...keyOf(version), version: version.hash, ...range };
  return "kind" in request
    ? store.scan(request)
    : (store.scanBars(request) as AsyncIterable<unknown> as AsyncIterable<Columns>);
}

/** A version of any kind in memory. */
export function readStored(
  store: Store,
  version: DatasetVersion,
  range: TimeRange,
): Promise<{ readonly length: number }> {
  const request = { ...keyOf(version), version: version.hash, ...range };
  return "kind" in request ? store.readTable(request) : store.read(request);
}

/** The dataset of a version, as the store is asked for it. */
export function keyOf({ source, symbol, kind }: DatasetVersion): StoredKey {
  const isTable = Object.hasOwn(TABLE_KINDS, kind);
  return isTable ? { source, symbol, kind: kind as TableKind } : { source, symbol, timeframe: kind };
}

/** The column of a dataset to draw. */
export function mainColumn(names: readonly string[]): string {
  return MAIN_COLUMNS.find((name) => names.includes(name)) ?? names[0]!;
}
