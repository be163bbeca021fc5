import { readdir, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { fail } from "#core";
import { refuseUnreadable } from "../open-text.ts";
import { openArrow } from "./arrow-table.ts";
import { type CsvOptions, openCsv } from "./csv-table.ts";
import { type DecodedBatch, decodeRows } from "./decode-rows.ts";
import { type ColumnMapping, placeFields, type RowKind } from "./fields.ts";
import { openParquet } from "./parquet-table.ts";
import type { RawTable } from "./raw-table.ts";
import type { TimeOptions } from "./time-cells.ts";

export const FILE_FORMATS = ["csv", "parquet", "arrow", "capture"] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

const FORMAT_BY_ENDING: Readonly<Record<string, FileFormat>> = {
  ".csv": "csv",
  ".tsv": "csv",
  ".txt": "csv",
  ".parquet": "parquet",
  ".pq": "parquet",
  ".feather": "arrow",
  ".arrow": "arrow",
  ".arrows": "arrow",
  ".ipc": "arrow",
  ".jsonl": "capture",
  ".ndjson": "capture",
};

/** How a file's rows are to be read. */
export interface TableOptions extends CsvOptions {
  /** Default: by the file's ending. */
  readonly format?: FileFormat;
  readonly columns?: ColumnMapping;
  readonly time?: TimeOptions;
}

/** The format that a file's name says; ".gz" and ".zip" behind it do not count. Default "csv". */
export function formatOf(path: string): FileFormat {
  return FORMAT_BY_ENDING[extname(path.replace(/\.(?:gz|zip)$/i, "")).toLowerCase()] ?? "csv";
}

/** The rows of one file, as numbers by field. Errors: `data.bad-file`, `data.bad-columns`, `data.bad-time-*`. */
export async function* readTableFile(
  path: string,
  kind: RowKind,
  options: TableOptions,
): AsyncGenerator<DecodedBatch> {
  const table = await openTable(path, options);
  try {
    yield* decodeRows(table, placeFields(path, table.columns, kind, options.columns), options.time);
  } finally {
    await table.close();
  }
}

function openTable(path: string, options: TableOptions): Promise<RawTable> {
  const format = options.format ?? formatOf(path);
  if (format === "parquet") return openParquet(path);
  return format === "arrow" ? openArrow(path) : openCsv(path, options);
}

/**
 * The files that paths mean, in the order of their names: a file itself, a folder's data files, or those whose names
 * fit a pattern with * and ?. Errors: `data.bad-file`.
 */
export async function findDataFiles(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) found.push(...(await filesOf(path)));
  return [...new Set(found)];
}

async function filesOf(path: string): Promise<string[]> {
  const entry = await stat(path).catch(() => undefined);
  if (entry?.isFile()) return [path];
  const isPattern = !entry && /[*?]/.test(basename(path));
  // Opening it says why it can't be read.
  if (!(entry?.isDirectory() || isPattern)) return [path];
  const folder = entry ? path : dirname(path);
  const fits = entry ? isDataFile : fitsPattern(basename(path));
  const names = await readdir(folder).catch((error: unknown) => refuseUnreadable(folder, error));
  const files = names.filter((name) => fits(name)).sort();
  if (files.length > 0) return files.map((name) => join(folder, name));
  return fail("data.bad-file", {
    message: entry ? `${path} holds no data file` : `no file fits ${path}`,
    hint: `Data files end in ${Object.keys(FORMAT_BY_ENDING).join(", ")}, also with .gz or .zip behind.`,
    fields: { path },
  });
}

function isDataFile(name: string): boolean {
  return extname(name.replace(/\.(?:gz|zip)$/i, "")).toLowerCase() in FORMAT_BY_ENDING;
}

function fitsPattern(pattern: string): (name: string) => boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const expression = new RegExp(`^${source}$`);
  return (name) => expression.test(name);
}
