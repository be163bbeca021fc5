import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fail, isTickbookError, type Millis } from "#core";
import type { InstrumentSpec } from "#model";
import { writeAtomic } from "#storage";
import type { DataCheck, DataReport } from "../clean/report.ts";
import { hashVersion } from "./content-hash.ts";

/** How version files and parts are laid out. Raised by any change that an older tickbook would misread. */
const SCHEMA = 1;
const HASH = /^[0-9a-f]{64}$/;

/** Names a dataset of bars. */
export interface DatasetKey {
  /** Name of the source: "vega", "binance", "csv". */
  readonly source: string;
  readonly symbol: string;
  readonly timeframe: string;
}

/** Names any dataset. */
export interface AnyKey {
  readonly source: string;
  readonly symbol: string;
  /** "trades", "funding" ..., or the timeframe of bars. */
  readonly kind: string;
}

/** A dataset as it was stored once. */
export interface DatasetVersion extends Omit<DataReport, "checks">, AnyKey {
  /** The same as `kind`: of bars, their length. */
  readonly timeframe: string;
  /** Size of its Parquet files; versions share the files in which they agree. */
  readonly bytes: number;
}

/** The rows of one period, in a file of their own. */
export interface Part {
  /** UTC year or day of the rows' times: "2024", "2024-08-08". */
  readonly period: string;
  readonly rows: number;
  /** Times of the first and the last row. */
  readonly from: Millis;
  readonly to: Millis;
  /** Of the rows; see content-hash.ts. */
  readonly sha256: string;
  /** sha256 of the Parquet file's bytes, and its name. */
  readonly file: string;
  readonly bytes: number;
}

/** versions/<hash>.json. */
export interface VersionFile extends AnyKey {
  readonly schema: number;
  readonly hash: string;
  readonly instrument?: InstrumentSpec;
  /** Of a series' value: "USD", "%". */
  readonly unit?: string;
  readonly parts: readonly Part[];
  readonly checks: readonly DataCheck[];
}

export const versionPath = (dataset: string, hash: string) => join(dataset, "versions", `${hash}.json`);
export const partPath = (dataset: string, { file }: Pick<Part, "file">) =>
  join(dataset, "parts", `${file}.parquet`);
const pointerPath = (dataset: string) => join(dataset, "current.json");

export function versionOf({ source, symbol, kind, hash, parts }: VersionFile): DatasetVersion {
  return {
    source,
    symbol,
    kind,
    timeframe: kind,
    rows: parts.reduce((rows, part) => rows + part.rows, 0),
    from: parts[0]!.from,
    to: parts.at(-1)!.to,
    hash,
    bytes: parts.reduce((bytes, part) => bytes + part.bytes, 0),
  };
}

export function sealVersion(content: Omit<VersionFile, "schema" | "hash">): VersionFile {
  return { schema: SCHEMA, hash: hashVersion(content), ...content };
}

/** Writes the version, then points current.json at it: each whole or not at all. */
export async function publishVersion(dataset: string, file: VersionFile): Promise<void> {
  await writeAtomic(versionPath(dataset, file.hash), `${JSON.stringify(file, null, 2)}\n`);
  await writeAtomic(pointerPath(dataset), `${JSON.stringify({ version: file.hash })}\n`);
}

/** The hash in current.json; undefined if nothing was stored yet. Errors: `data.damaged`. */
export async function readCurrent(dataset: string): Promise<string | undefined> {
  const path = pointerPath(dataset);
  const text = await readIfPresent(path);
  if (text === undefined) return undefined;
  const hash = parseJson<{ version?: unknown }>(path, text).version;
  return typeof hash === "string" && HASH.test(hash) ? hash : damaged(path, "it names no version");
}

/**
 * A version's file, verified against the hash in its name.
 * Errors: `data.damaged`, `data.newer-schema`, `data.old-layout`.
 */
export async function readVersionFile(dataset: string, hash: string): Promise<VersionFile> {
  const path = versionPath(dataset, hash);
  const text = await readIfPresent(path);
  if (text === undefined) return refuseMissing(dataset, hash);
  const file = parseJson<Partial<VersionFile>>(path, text);
  if (file.schema !== SCHEMA) refuseSchema(path, file.schema);
  if (!isComplete(file)) return damaged(path, "a field is missing");
  if (hashVersion(file) !== hash || file.hash !== hash) damaged(path, "its content does not give its hash");
  return file;
}

function isComplete(file: Partial<VersionFile>): file is VersionFile {
  const { source, symbol, kind, parts, checks } = file;
  return (
    [source, symbol, kind].every((text) => typeof text === "string") &&
    Array.isArray(checks) &&
    Array.isArray(parts) &&
    parts.length > 0 &&
    parts.every(({ file: name, rows, from, to }) => HASH.test(name) && rows > 0 && from <= to)
  );
}

/** The current version's file, or undefined. Errors as of {@link readVersionFile}. */
export async function readCurrentFile(dataset: string): Promise<VersionFile | undefined> {
  const hash = await readCurrent(dataset);
  return hash === undefined ? undefined : readVersionFile(dataset, hash);
}

/** Folders of all datasets below the store's folder, in the order of their names. */
export async function findDatasets(folder: string): Promise<string[]> {
  return foldersAtDepth(folder, 3);
}

/** Hashes of the versions of a dataset. */
export async function versionHashes(dataset: string): Promise<string[]> {
  const names = await readNames(join(dataset, "versions"));
  return names.map((name) => name.replace(/\.json$/, "")).filter((name) => HASH.test(name));
}

/** Names in a folder, sorted; none if there is no folder. */
export async function readNames(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(passIfMissing)).sort();
}

/** Folders that many levels below; a leading dot hides one. */
async function foldersAtDepth(folder: string, depth: number): Promise<string[]> {
  if (depth === 0) return [folder];
  const entries = await readdir(folder, { withFileTypes: true }).catch(passIfMissing);
  const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith("."));
  const below = names.map(({ name }) => name).sort();
  return (await Promise.all(below.map((name) => foldersAtDepth(join(folder, name), depth - 1)))).flat();
}

function passIfMissing(error: NodeJS.ErrnoException): [] {
  if (error.code === "ENOENT") return [];
  throw error;
}

/** Stops because a file is not what was written. */
export function damaged(path: string, what: string, cause?: unknown): never {
  fail("data.damaged", {
    message: `the data store is damaged at ${path}: ${what}`,
    hint: "Import the same data again, or fetch it with --again: it is then written anew.",
    fields: { path },
    cause,
  });
}

/** Passes over damage, which the caller is about to mend. */
export function ignoreDamage(error: unknown): undefined {
  if (!isTickbookError(error) || (error.code !== "data.damaged" && error.code !== "data.old-layout"))
    throw error;
}

async function refuseMissing(dataset: string, hash: string): Promise<never> {
  const old = join(dataset, hash, "version.json");
  if ((await readIfPresent(old)) === undefined) return damaged(versionPath(dataset, hash), "it is missing");
  return fail("data.old-layout", {
    message: `${dataset} was written by an older tickbook, which kept each version in a folder of its own`,
    hint: "Fetch or import the same data again: it is then written in the new layout, under the same hash.",
    fields: { path: old },
  });
}

function refuseSchema(path: string, schema: unknown): never {
  fail("data.newer-schema", {
    message: `${path} has the schema ${JSON.stringify(schema)}; this tickbook reads ${SCHEMA}`,
    hint: "A newer tickbook has written it: update this one, or use another --home.",
    fields: { path, schema, known: SCHEMA },
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
