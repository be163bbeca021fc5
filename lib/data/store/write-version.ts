import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { assert, isTickbookError } from "#core";
import type { BarColumns, Instrument } from "#model";
import { ALL_COLUMNS, mapColumns } from "../clean/columns.ts";
import type { DataCheck, DataReport } from "../clean/report.ts";
import { hashPart, hashVersion, type Part, specFromInstrument } from "./content-hash.ts";
import type { Duckdb } from "./duckdb.ts";
import { createUnfinishedFolder, replaceFile, syncPath, writeSynced } from "./files.ts";
import { writeParquet } from "./parquet.ts";
import { readBars } from "./read-bars.ts";
import { type DatasetVersion, readCurrent, readVersionFile, type VersionFile } from "./version-file.ts";

export interface WriteMeta {
  readonly source: string;
  readonly instrument: Instrument;
  readonly timeframe: string;
  /** Findings of `checkCandles`. */
  readonly checks: readonly DataCheck[];
}

/** Writes the version unless it stands already, then points current.json at it. */
export async function writeVersion(
  duckdb: Duckdb,
  dataset: string,
  meta: WriteMeta,
  columns: BarColumns,
): Promise<DatasetVersion> {
  const rows = columns.time.length;
  assert(rows > 0 && ALL_COLUMNS.every((name) => columns[name].length === rows), "columns have equal length");
  const years = splitYears(columns);
  const parts = years.map(
    ({ year, columns }): Part => ({ year, rows: columns.time.length, sha256: hashPart(columns) }),
  );
  const instrument = specFromInstrument(meta.instrument);
  const { source, timeframe, checks } = meta;
  const hash = hashVersion(instrument, timeframe, parts);
  const version: DatasetVersion = {
    symbol: instrument.symbol,
    timeframe,
    source,
    rows,
    from: columns.time[0]!,
    to: columns.time[rows - 1]!,
    hash,
  };
  await mkdir(dataset, { recursive: true });
  if (!(await isIntact(duckdb, join(dataset, hash), hash))) {
    const report: DataReport = { ...version, checks };
    await writeFolder(duckdb, dataset, { instrument, parts, report }, years);
  }
  // A pointer that can't be read is replaced: this write names the version to read.
  const current = await readCurrent(dataset).catch(ignoreDamage);
  if (current !== hash)
    await replaceFile(join(dataset, "current.json"), `${JSON.stringify({ version: hash })}\n`);
  return version;
}

async function writeFolder(
  duckdb: Duckdb,
  dataset: string,
  file: VersionFile,
  years: readonly YearColumns[],
): Promise<void> {
  const draft = await createUnfinishedFolder(dataset);
  try {
    for (const { year, columns } of years) {
      const path = join(draft, `${year}.parquet`);
      await duckdb.use((connection) => writeParquet(connection, path, columns));
      await syncPath(path);
    }
    await writeSynced(join(draft, "version.json"), `${JSON.stringify(file, null, 2)}\n`);
    await syncPath(draft);
    const path = join(dataset, file.report.hash);
    await rename(draft, path).catch(async () => {
      // The name is taken: by another process that has just written the same, or by a damaged version.
      if (await isIntact(duckdb, path, file.report.hash)) return;
      await rm(path, { recursive: true, force: true });
      await rename(draft, path);
    });
    await syncPath(dataset);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** True if the version's folder is there and every file in it is what was written. */
async function isIntact(duckdb: Duckdb, folder: string, hash: string): Promise<boolean> {
  try {
    await readBars(duckdb, folder, await readVersionFile(folder, hash), {});
    return true;
  } catch (error) {
    ignoreDamage(error);
    return false;
  }
}

function ignoreDamage(error: unknown): undefined {
  if (!isTickbookError(error) || error.code !== "data.damaged") throw error;
}

interface YearColumns {
  readonly year: number;
  readonly columns: BarColumns;
}

/** The rows of each UTC year, as views. */
function splitYears(columns: BarColumns): YearColumns[] {
  const { time } = columns;
  const years: YearColumns[] = [];
  for (let start = 0, end = 0; start < time.length; start = end) {
    const year = new Date(time[start]!).getUTCFullYear();
    const next = Date.UTC(year + 1, 0);
    while (end < time.length && time[end]! < next) end++;
    const [first, last] = [start, end];
    years.push({ year, columns: mapColumns(columns, (column) => column.subarray(first, last)) });
  }
  return years;
}
