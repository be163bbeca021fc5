import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { types } from "node:util";
import { assert, fail } from "#core";
import type { Instrument } from "#model";
import type { DataCheck } from "../clean/report.ts";
import { hashPart, hashVersion, specFromInstrument } from "./content-hash.ts";
import type { Duckdb } from "./duckdb.ts";
import {
  allocateColumns,
  type Columns,
  type Layout,
  layoutOf,
  type PeriodColumns,
  splitPeriods,
} from "./layout.ts";
import { mergeRows, normaliseRows, refuseRepeatedIds } from "./merge-rows.ts";
import { readPart, verifyPart, writePart } from "./part-file.ts";
import { removeUnreferenced, removeVersion } from "./prune.ts";
import {
  type AnyKey,
  type DatasetVersion,
  ignoreDamage,
  type Part,
  publishVersion,
  readCurrent,
  readCurrentFile,
  readNames,
  readVersionFile,
  sealVersion,
  type VersionFile,
  versionOf,
} from "./version-file.ts";

/**
 * replace: the dataset is these rows and no others. merge: these rows join those stored; the same row twice changes
 * nothing, two different tellings of one row are refused. correct: as merge, but these rows are right.
 */
export type WriteMode = "replace" | "merge" | "correct";

export interface WriteRequest extends AnyKey {
  readonly checks: readonly DataCheck[];
  readonly instrument?: Instrument;
  readonly unit?: string;
  readonly mode: WriteMode;
  /** Hash of a version that goes when the new one is there. */
  readonly supersedes?: string;
}

/** Stands while parts are written that no version names yet. */
const UNFINISHED = ".unfinished";

/** Writes what changes, then points current.json at it. The caller holds the dataset's lock. */
export async function writeVersion(
  duckdb: Duckdb,
  dataset: string,
  request: WriteRequest,
  given: Columns,
): Promise<DatasetVersion> {
  const layout = layoutOf(request.kind);
  const columns = pickColumns(layout, given);
  const stored = await readStored(dataset, request.mode);
  if (columns.time!.length === 0)
    return stored.file && request.mode !== "replace" ? versionOf(stored.file) : noRows(request);
  const added = splitPeriods(layout, normaliseRows(layout, request.kind, columns));
  if (stored.damage !== undefined) await refuseUnlessSame(dataset, request, added, stored.damage);
  const marker = join(dataset, UNFINISHED);
  if ((await readNames(dataset)).includes(UNFINISHED)) await removeUnreferenced(dataset);
  await writeFile(marker, "");
  try {
    const parts = await writePeriods(duckdb, dataset, request, { layout, added, stored });
    const version = await publish(dataset, request, parts, stored);
    if (request.supersedes !== undefined) await removeVersion(dataset, request.supersedes);
    return versionOf(version);
  } catch (error) {
    await removeUnreferenced(dataset).catch(() => {});
    throw error;
  } finally {
    await rm(marker, { force: true });
  }
}

/** Rows that can't be read are not merged with, and not lost: only the very same dataset mends them. */
async function refuseUnlessSame(
  dataset: string,
  request: WriteRequest,
  added: readonly PeriodColumns[],
  damage: unknown,
): Promise<void> {
  const layout = layoutOf(request.kind);
  const parts = added.map(({ period, columns }) => ({
    period,
    rows: columns.time!.length,
    sha256: hashPart(layout, columns),
  }));
  const { instrument, ...content } = request;
  const spec = instrument && { instrument: specFromInstrument(instrument) };
  const current = await readCurrent(dataset).catch(ignoreDamage);
  if (hashVersion({ ...content, ...spec, parts }) !== current) throw damage;
}

/** The parts of the new version by time. */
async function writePeriods(
  duckdb: Duckdb,
  dataset: string,
  request: WriteRequest,
  { layout, added, stored }: { layout: Layout; added: readonly PeriodColumns[]; stored: Stored },
): Promise<Part[]> {
  const old = new Map((stored.file?.parts ?? []).map((part) => [part.period, part]));
  const parts = new Map(request.mode === "replace" ? [] : old);
  for (const each of added) {
    const before = old.get(each.period);
    parts.set(each.period, await writePeriod(duckdb, dataset, request, { layout, added: each, before }));
  }
  return [...parts.values()].sort((a, b) => a.from - b.from);
}

/** The columns of the kind in their order: what is given may have more, as a table that was read has. */
function pickColumns({ names }: Layout, given: Columns): Columns {
  const rows = given.time?.length;
  const areWhole = names.every((name) => types.isFloat64Array(given[name]) && given[name].length === rows);
  assert(areWhole, `columns ${names.join(", ")} are Float64Arrays of equal length`);
  return Object.fromEntries(names.map((name) => [name, given[name]!]));
}

interface Stored {
  readonly file?: VersionFile | undefined;
  /** Why the version that stands can't be read. */
  readonly damage?: unknown;
}

async function readStored(dataset: string, mode: WriteMode): Promise<Stored> {
  try {
    return { file: await readCurrentFile(dataset) };
  } catch (damage) {
    ignoreDamage(damage);
    return mode === "replace" ? {} : { damage };
  }
}

interface Period {
  readonly layout: Layout;
  readonly added: PeriodColumns;
  /** The part that stands. */
  readonly before: Part | undefined;
}

/** The part of one period, written unless it stands already. */
async function writePeriod(
  duckdb: Duckdb,
  dataset: string,
  { kind, mode }: WriteRequest,
  { layout, added, before }: Period,
): Promise<Part> {
  const alone = hashPart(layout, added.columns);
  const isSame = before?.sha256 === alone && before.rows === added.columns.time!.length;
  // The same rows again: what is damaged is written anew.
  if (isSame && (await isIntact(dataset, before))) return before;
  if (isSame || !before || mode === "replace") {
    refuseRepeatedIds(layout, kind, added.columns);
    return writePart(duckdb, dataset, added, alone);
  }
  const stored = allocateColumns(layout.names, before.rows);
  await readPart(duckdb, dataset, before, stored);
  const columns = mergeRows(layout, kind, stored, added.columns, mode === "correct" ? "correct" : "refuse");
  refuseRepeatedIds(layout, kind, columns);
  const hash = hashPart(layout, columns);
  return hash === before.sha256
    ? before
    : writePart(duckdb, dataset, { period: added.period, columns }, hash);
}

async function isIntact(dataset: string, part: Part): Promise<boolean> {
  return verifyPart(dataset, part).then(
    () => true,
    (error: unknown) => {
      ignoreDamage(error);
      return false;
    },
  );
}

async function publish(
  dataset: string,
  request: WriteRequest,
  parts: readonly Part[],
  { file: stored }: Stored,
): Promise<VersionFile> {
  const { source, symbol, kind, mode, checks } = request;
  const old = mode === "replace" ? undefined : stored;
  if (old?.unit !== undefined && request.unit !== undefined && old.unit !== request.unit) {
    fail("data.conflicting-rows", {
      message: `${symbol} of ${source} is stored in ${old.unit}, and the new rows are in ${request.unit}`,
      hint: "Convert them, or store them under another symbol.",
      fields: { source, symbol, kind, stored: old.unit, added: request.unit },
    });
  }
  const instrument = request.instrument ? specFromInstrument(request.instrument) : old?.instrument;
  const unit = request.unit ?? old?.unit;
  const sealed = sealVersion({
    source,
    symbol,
    kind,
    ...(instrument && { instrument }),
    ...(unit !== undefined && { unit }),
    parts,
    checks,
  });
  // A version keeps the report of its first write; its files may have been written anew.
  const known = await readVersionFile(dataset, sealed.hash).catch(ignoreDamage);
  const isKnown = known && JSON.stringify(known.parts) === JSON.stringify(parts);
  const version = known ? { ...sealed, checks: known.checks } : sealed;
  const current = await readCurrent(dataset).catch(ignoreDamage);
  if (!isKnown || current !== sealed.hash) await publishVersion(dataset, version);
  return version;
}

function noRows({ source, symbol, kind }: AnyKey): never {
  fail("data.no-rows", {
    message: `there are no rows of ${symbol} ${kind} of ${source} to store`,
    hint: "Ask for a range in which there are some.",
    fields: { source, symbol, kind },
  });
}
