import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fail } from "#core";
import type { InstrumentSpec } from "#model";
import type { DataReport } from "../clean/report.ts";
import { hashVersion, type Part } from "./content-hash.ts";

export interface DatasetKey {
  /** Name of the candle source: "vega", "binance", "csv". */
  readonly source: string;
  readonly symbol: string;
  readonly timeframe: string;
}

/** A dataset as it was stored once. */
export type DatasetVersion = Omit<DataReport, "checks">;

/** version.json: what a version holds besides its Parquet files. */
export interface VersionFile {
  readonly instrument: InstrumentSpec;
  readonly parts: readonly Part[];
  readonly report: DataReport;
}

/** The hash in current.json; undefined if nothing was stored yet. Errors: `data.damaged`. */
export async function readCurrent(dataset: string): Promise<string | undefined> {
  const path = join(dataset, "current.json");
  const text = await readIfPresent(path);
  if (text === undefined) return undefined;
  const hash = parseJson<{ version?: unknown }>(path, text).version;
  return typeof hash === "string" && /^[0-9a-f]{64}$/.test(hash)
    ? hash
    : damaged(path, "it names no version");
}

/** version.json of a version's folder, verified against the hash in the folder's name. Errors: `data.damaged`. */
export async function readVersionFile(folder: string, hash: string): Promise<VersionFile> {
  const path = join(folder, "version.json");
  const text = (await readIfPresent(path)) ?? damaged(path, "it is missing");
  const { instrument, parts, report } = parseJson<Partial<VersionFile>>(path, text);
  if (!instrument || !Array.isArray(parts) || !report) return damaged(path, "a field is missing");
  if (hashVersion(instrument, report.timeframe, parts) !== hash || report.hash !== hash) {
    damaged(path, "its content does not give its hash");
  }
  return { instrument, parts, report };
}

/** Where every version below the store's folder stands. Errors: `data.damaged`. */
export async function findVersions(
  folder: string,
): Promise<{ readonly path: string; readonly hash: string; readonly isCurrent: boolean }[]> {
  const versions = [];
  for (const dataset of await foldersAtDepth(folder, 3)) {
    const current = await readCurrent(dataset);
    for (const path of await foldersAtDepth(dataset, 1)) {
      const hash = basename(path);
      versions.push({ path, hash, isCurrent: hash === current });
    }
  }
  return versions;
}

/** Folders that many levels below, in the order of their names; unfinished ones (a leading dot) are none. */
async function foldersAtDepth(folder: string, depth: number): Promise<string[]> {
  if (depth === 0) return [folder];
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith("."));
  const below = names.map(({ name }) => name).sort();
  return (await Promise.all(below.map((name) => foldersAtDepth(join(folder, name), depth - 1)))).flat();
}

/** Stops because a file is not what was written. */
export function damaged(path: string, what: string, cause?: unknown): never {
  fail("data.damaged", {
    message: `the data store is damaged at ${path}: ${what}`,
    hint: "Fetch or import the same data again: it is then written anew.",
    fields: { path },
    cause,
  });
}

function parseJson<T>(path: string, text: string): T {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as T;
  } catch (error) {
    damaged(path, "it is not JSON", error);
  }
  return damaged(path, "it is not a JSON object");
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
