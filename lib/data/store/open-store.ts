/**
 * The store of datasets:
 *
 *   <folder>/<source>/<symbol>/<timeframe>/current.json              {"version": hash}: the version that reads see
 *   <folder>/<source>/<symbol>/<timeframe>/<hash>/version.json       instrument, parts, report
 *   <folder>/<source>/<symbol>/<timeframe>/<hash>/<year>.parquet     time, open, high, low, close, volume
 *
 * A version never changes once its folder has its name; current.json is replaced last. So a process killed at any
 * point leaves the version that stood before.
 */
import { dirname, join } from "node:path";
import { fail, isTickbookError, suggest } from "#core";
import type { BarColumns, Bars } from "#model";
import type { DataReport } from "../clean/report.ts";
import { createDuckdb } from "./duckdb.ts";
import { segmentFromName } from "./files.ts";
import { readBars, type TimeRange } from "./read-bars.ts";
import {
  type DatasetKey,
  type DatasetVersion,
  findVersions,
  readCurrent,
  readVersionFile,
} from "./version-file.ts";
import { type WriteMeta, writeVersion } from "./write-version.ts";

/** Datasets on disk. Errors everywhere: `data.store-unusable`, `data.damaged`. */
export interface Store {
  /**
   * Stores checked columns as a version and makes it the current one. The same rows give the same version and
   * change nothing, unless its files are damaged: then they are written anew.
   */
  write(meta: WriteMeta, columns: BarColumns): Promise<DatasetVersion>;
  /**
   * The bars of the current version with from <= time < to. Every file that is read is verified by its hash.
   * Errors: `data.unknown-dataset`, `data.no-rows`.
   */
  read(request: DatasetKey & TimeRange): Promise<Bars>;
  /** The current version of each dataset, by source, symbol and timeframe. */
  list(): Promise<DatasetVersion[]>;
  /** The report of any version, by its hash or the start of it. Errors: `data.unknown-dataset`. */
  report(id: string): Promise<DataReport>;
  close(): Promise<void>;
}

/** Opens the store in an absolute folder; nothing is made or read before the first call. */
export function openStore(folder: string): Store {
  const duckdb = createDuckdb();
  const folderOf = ({ source, symbol, timeframe }: DatasetKey) =>
    join(folder, ...[source, symbol, timeframe].map(segmentFromName));
  const currentVersions = async () => {
    const current = (await findVersions(folder)).filter(({ isCurrent }) => isCurrent);
    const files = await Promise.all(current.map(({ path, hash }) => readVersionFile(path, hash)));
    return files.map(({ report: { checks: _, ...version } }): DatasetVersion => version);
  };
  return {
    write: (meta, columns) =>
      inFolder(folder, () => {
        const key = { source: meta.source, symbol: meta.instrument.symbol, timeframe: meta.timeframe };
        return writeVersion(duckdb, folderOf(key), meta, columns);
      }),
    read: (request) =>
      inFolder(folder, async () => {
        const dataset = folderOf(request);
        const hash = await readCurrent(dataset);
        if (hash === undefined) return unknownDataset(folder, request, await currentVersions());
        const path = join(dataset, hash);
        return readBars(duckdb, path, await readVersionFile(path, hash), request);
      }),
    list: () => inFolder(folder, currentVersions),
    report: (id) =>
      inFolder(folder, async () => {
        const found = (await findVersions(folder)).find(({ hash }) => hash.startsWith(id));
        return found ? (await readVersionFile(found.path, found.hash)).report : unknownVersion(id);
      }),
    close: () => duckdb.close(),
  };
}

/** Turns what the operating system says about the folder into an error with a remedy. */
async function inFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (isTickbookError(error) || typeof code !== "string") throw error;
    return fail("data.store-unusable", {
      message: `the data store in ${folder} can't be used: ${(error as Error).message}`,
      hint: "Check that the folder can be read and written and that the disk is not full.",
      fields: { folder, code },
      cause: error,
    });
  }
}

function unknownDataset(folder: string, key: DatasetKey, versions: readonly DatasetVersion[]): never {
  const name = datasetName(key);
  const names = versions.map(datasetName);
  const close = suggest(name, names);
  const known = names.length === 0 ? "The store is empty." : `It has ${names.slice(0, 8).join(", ")}.`;
  const { source, symbol, timeframe } = key;
  const isExchange = source === "binance" || source === "coinbase";
  const command = isExchange
    ? `tickbook data fetch ${symbol} ${timeframe} --from ${source}`
    : `tickbook data import <file> --symbol ${symbol} --timeframe ${timeframe} --tick <step> --lot <step>`;
  fail("data.unknown-dataset", {
    message: `the data store has no ${name}${close ? `; did you mean ${close}?` : ""}`,
    hint: `${known} To add it: ${command} --home ${dirname(folder)}`,
    fields: { ...key, known: names },
  });
}

function datasetName({ source, symbol, timeframe }: DatasetKey): string {
  return `${source} ${symbol} ${timeframe}`;
}

function unknownVersion(id: string): never {
  fail("data.unknown-dataset", {
    message: `the data store has no version ${JSON.stringify(id)} of any dataset`,
    hint: "See the versions with: tickbook data ls",
    fields: { id },
  });
}
