/**
 * The store of datasets. A dataset is the bars of one timeframe or a table (`lib/model/tables.ts`):
 *
 *   <folder>/<source>/<symbol>/<kind>/current.json            {"version": hash}: the version that reads see
 *   <folder>/<source>/<symbol>/<kind>/versions/<hash>.json    schema, instrument, parts, checks
 *   <folder>/<source>/<symbol>/<kind>/parts/<sha256>.parquet  the rows of one UTC year or day; versions share parts
 *
 * Parts and versions never change once they have their name; current.json is replaced last. So a process killed at any
 * point leaves the version that stood before.
 */
import { join } from "node:path";
import { fail, isTickbookError, timeframeMs } from "#core";
import { type BarColumns, type Bars, createInstrument, type TableColumns, type TableKind } from "#model";
import { withDatasetLock } from "./dataset-lock.ts";
import { createDuckdb, type Duckdb } from "./duckdb.ts";
import { exportParquet } from "./export-parquet.ts";
import { segmentFromName } from "./files.ts";
import { findAnyVersion, findVersion, listVersions } from "./find-version.ts";
import type { Columns } from "./layout.ts";
import { pruneVersions } from "./prune.ts";
import { runQuery } from "./query.ts";
import { readRows, scanRows, type TimeRange } from "./read-rows.ts";
import type {
  ReadOptions,
  Store,
  StoredKey,
  StoredRanges,
  StoredTable,
  TableKey,
  TableMeta,
  WriteOptions,
} from "./store.ts";
import { type AnyKey, readCurrent, type VersionFile, versionOf } from "./version-file.ts";
import { type WriteRequest, writeVersion } from "./write-version.ts";

/** Opens the store in an absolute folder; nothing is made or read before the first call. */
export function openStore(folder: string): Store {
  const duckdb = createDuckdb();
  const folderOf = ({ source, symbol, kind }: AnyKey) =>
    join(folder, ...[source, symbol, kind].map(segmentFromName));
  const find = (key: AnyKey, version?: string) => findVersion(folder, folderOf(key), key, version);
  const write = (request: WriteRequest, columns: Columns) =>
    inFolder(folder, () => {
      const dataset = folderOf(request);
      return withDatasetLock(dataset, () => writeVersion(duckdb, dataset, request, columns));
    });
  const read = (key: AnyKey, range: TimeRange & ReadOptions) =>
    readVersion(duckdb, folderOf(key), () => find(key, range.version), range);
  async function* scan(key: AnyKey, range: TimeRange & ReadOptions): AsyncGenerator<Columns> {
    const file = await inFolder(folder, () => find(key, range.version));
    yield* scanRows(duckdb, folderOf(key), file, range);
  }

  return {
    write: async ({ timeframe: kind, ...meta }, columns, { mode = "replace", ...options } = {}) => {
      timeframeMs(kind); // What is no timeframe could be stored, but never read.
      return write({ ...meta, ...options, symbol: meta.instrument.symbol, kind, mode }, { ...columns });
    },
    writeTable: <K extends TableKind>(
      meta: TableMeta<K>,
      columns: TableColumns<K>,
      { mode = "merge", ...options }: WriteOptions = {},
    ) => write({ ...meta, ...options, mode }, { ...columns } as Columns),
    read: (request) =>
      inFolder(folder, async () => {
        const { file, columns } = await read(keyOf(request), request);
        return barsOf(file, columns);
      }),
    readTable: <K extends TableKind>(request: TableKey<K> & TimeRange & ReadOptions) =>
      inFolder(folder, async () => {
        const { file, columns } = await read(keyOf(request), request);
        return tableOf<K>(file, columns);
      }),
    scan: <K extends TableKind>(request: TableKey<K> & TimeRange & ReadOptions) =>
      scan(keyOf(request), request) as AsyncIterable<Columns> as AsyncIterable<TableColumns<K>>,
    scanBars: (request) =>
      scan(keyOf(request), request) as AsyncIterable<Columns> as AsyncIterable<BarColumns>,
    ranges: (key) => inFolder(folder, async () => rangesOf(await find(keyOf(key)))),
    list: () => inFolder(folder, () => listVersions(folder)),
    report: (id, key) =>
      inFolder(folder, async () => {
        const file = await (key ? find(keyOf(key), id) : findAnyVersion(folder, id));
        return { ...versionOf(file), checks: file.checks };
      }),
    exportParquet: (request, path) =>
      inFolder(folder, async () => {
        const key = keyOf(request);
        return exportParquet(duckdb, folderOf(key), await find(key, request.version), {
          range: request,
          path,
        });
      }),
    query: (sql) => inFolder(folder, () => runQuery(sql, folder)),
    prune: (key) =>
      inFolder(folder, async () => {
        const dataset = folderOf(keyOf(key));
        await find(keyOf(key));
        return withDatasetLock(dataset, () => pruneVersions(dataset));
      }),
    close: () => duckdb.close(),
  };
}

/** A reader that a prune overtakes, which removed what it was about to read, looks again. */
async function readVersion(
  duckdb: Duckdb,
  dataset: string,
  find: () => Promise<VersionFile>,
  range: TimeRange & ReadOptions,
): Promise<{ readonly file: VersionFile; readonly columns: Columns }> {
  for (let attempt = 1; ; attempt++) {
    const file = await find();
    try {
      return { file, columns: await readRows(duckdb, dataset, file, range, range.shared) };
    } catch (error) {
      const isOvertaken = attempt < 3 && (await readCurrent(dataset)) !== file.hash;
      if (range.version !== undefined || !isOvertaken) throw error;
    }
  }
}

function keyOf(key: StoredKey): AnyKey {
  const { source, symbol } = key;
  return { source, symbol, kind: "kind" in key ? key.kind : key.timeframe };
}

function barsOf({ symbol, kind, hash, instrument }: VersionFile, columns: Columns): Bars {
  const length = timeframeMs(kind);
  const spec = instrument ?? fail("core.bug", { message: `bars of ${symbol} have no instrument` });
  return {
    instrument: createInstrument(spec),
    timeframe: kind,
    timeframeMs: length,
    length: columns.time!.length,
    hash,
    ...(columns as unknown as BarColumns),
  };
}

function tableOf<K extends TableKind>(file: VersionFile, columns: Columns): StoredTable<K> {
  const { source, symbol, kind, hash, instrument, unit } = file;
  const facts = { source, symbol, kind, length: columns.time!.length, hash };
  return {
    ...facts,
    ...(instrument && { instrument: createInstrument(instrument) }),
    ...(unit !== undefined && { unit }),
    ...columns,
  } as unknown as StoredTable<K>;
}

function rangesOf(file: VersionFile): StoredRanges {
  const periods = file.parts.map(({ period, rows, from, to }) => ({ period, rows, from, to }));
  return { ...versionOf(file), periods };
}

/** Turns what the operating system says about the folder into an error with a remedy. */
async function inFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isUnwritable = isTickbookError(error) && error.code === "storage.unwritable";
    const { code, message } = (isUnwritable ? error.cause : error) as NodeJS.ErrnoException;
    if ((isTickbookError(error) && !isUnwritable) || typeof code !== "string") throw error;
    return fail("data.store-unusable", {
      message: `the data store in ${folder} can't be used: ${message}`,
      hint: "Check that the folder can be read and written and that the disk is not full.",
      fields: { folder, code },
      cause: error,
    });
  }
}
