/**
 * The run record: all that is needed to compile what a run exported, without its notebook.
 *
 *   <home>/runs/<hash>.json     the record as canonical text; `hash` is the sha256 of this very file
 *   <home>/objects/<..>/<hash>  what it names by hash: frozen values, local modules, lock file, golden vectors
 *
 * It is written last, so that whatever it names is stored.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeValue, encodeValue, fail } from "#core";
import { sha256 } from "./hash.ts";
import { writeAtomic } from "./write-atomic.ts";

const FORMAT = 1;

export interface RunRecord {
  readonly format: typeof FORMAT;
  readonly status: "ok";
  /** What the results follow from. Two runs with equal inputs compile to the same strategy. */
  readonly inputs: RunInputs;
  readonly notebook: {
    /** From the record's home folder, with forward slashes. */
    readonly path: string;
    /** Of the canonical text of the [source, tags] of every code cell, before the run. */
    readonly codeHash: string;
    /** Of the executed notebook's file. */
    readonly executedHash: string;
  };
  /**
   * Golden vectors of the last backtest of each strategy with its parameters, canonical texts in objects; or why there
   * are none. Missing in records of a tickbook that recorded none.
   */
  readonly golden?: readonly {
    readonly strategy: string;
    readonly params: Readonly<Record<string, unknown>>;
    readonly hash?: string;
    readonly problem?: string;
  }[];
  /** What a check of the types found, made beside the run. Missing where none was made: promotion then makes it. */
  readonly types?: RunTypes;
  /** Of the report's file; missing when the run wrote none. */
  readonly reportHash?: string;
  /** Node's version: "20.19.0". */
  readonly node: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Hashes are sha256, hex; paths have forward slashes. */
export interface RunInputs {
  /** The cells that ran, in run order. `cell` is the number that frozen values and errors name. */
  readonly cells: readonly {
    readonly cell: number;
    readonly id: string;
    readonly tags: readonly string[];
    readonly source: string;
  }[];
  readonly parameters: {
    /** Values that this run was given. */
    readonly set: Readonly<Record<string, unknown>>;
    /** Values that the notebook declares. */
    readonly defaults: Readonly<Record<string, unknown>>;
  };
  /** Local modules that imports reached, as they were loaded; contents in objects. Paths from the notebook's folder. */
  readonly modules: readonly { readonly path: string; readonly hash: string }[];
  /** Packages that the notebook or its local modules import. */
  readonly packages: readonly { readonly name: string; readonly version: string }[];
  /** The nearest package-lock.json, its path from the notebook's folder; content in objects. */
  readonly lockFile?: { readonly path: string; readonly hash: string };
  /** What `freeze` was given, by order of cells; canonical texts in objects. */
  readonly frozen: readonly { readonly binding: string; readonly cell: number; readonly hash: string }[];
  /** Versions of the datasets that were read. */
  readonly data: readonly {
    readonly source: string;
    readonly symbol: string;
    readonly timeframe: string;
    readonly hash: string;
  }[];
  /** The copy of tickbook that the notebook used. `hash` is over its built files but those of the hosts. */
  readonly engine: { readonly version: string; readonly hash: string };
}

export interface RunTypes {
  /** The compiler and its settings, which the findings depend on. */
  readonly checker: string;
  /** Those of cells first, then those of local modules. */
  readonly findings: readonly TypeFinding[];
}

/** A type that does not fit. It stands in a cell or in a local module. Lines and columns count from 1. */
export interface TypeFinding {
  readonly cell?: number;
  /** Path from the notebook's folder. */
  readonly module?: string;
  readonly line: number;
  readonly column: number;
  readonly sourceLine: string;
  readonly message: string;
  /** TypeScript's own number of the error. */
  readonly number: number;
}

/** A record and where it stands. */
export interface StoredRecord {
  readonly hash: string;
  readonly path: string;
  readonly record: RunRecord;
}

/** @param home the .tickbook folder. Errors: `storage.unwritable`. */
export async function writeRunRecord(
  home: string,
  content: Omit<RunRecord, "format">,
): Promise<StoredRecord> {
  const record = { format: FORMAT, ...content } as const;
  const text = encodeValue(record, "record");
  const hash = sha256(text);
  const path = join(home, "runs", `${hash}.json`);
  await writeAtomic(path, text);
  return { hash, path, record };
}

/**
 * @param hashOrPrefix its hash, or as many of the first digits as tell it apart.
 * Errors: `storage.unknown-record`, `storage.ambiguous-record`, `storage.damaged`, `storage.newer-record`.
 */
export async function readRunRecord(home: string, hashOrPrefix: string): Promise<StoredRecord> {
  const folder = join(home, "runs");
  const hash = await findRecord(folder, hashOrPrefix);
  const path = join(folder, `${hash}.json`);
  const text = await readFile(path, "utf8");
  const actual = sha256(text);
  if (actual !== hash) {
    fail("storage.damaged", {
      message: `the run record ${path} is damaged: its content has the hash ${actual}`,
      hint: "Restore the file from a copy, or run the notebook again.",
      fields: { hash, actual, path },
    });
  }
  const record = decodeValue(text) as RunRecord;
  if (record.format !== FORMAT) {
    fail("storage.newer-record", {
      message: `the run record ${path} has format ${record.format}; this tickbook reads format ${FORMAT}`,
      hint: "Update tickbook, or run the notebook again with this one.",
      fields: { path, format: record.format },
    });
  }
  return { hash, path, record };
}

/** The record of the run that ended last; undefined if there is none. Errors: those of {@link readRunRecord}. */
export async function newestRunRecord(home: string): Promise<StoredRecord | undefined> {
  let newest: StoredRecord | undefined;
  for (const hash of await recordHashes(join(home, "runs"))) {
    const stored = await readRunRecord(home, hash);
    if (!newest || stored.record.endedAt > newest.record.endedAt) newest = stored;
  }
  return newest;
}

async function recordHashes(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
  return names.flatMap((name) => /^([0-9a-f]{64})\.json$/.exec(name)?.[1] ?? []).sort();
}

async function findRecord(folder: string, prefix: string): Promise<string> {
  const hashes = await recordHashes(folder);
  const found = hashes.filter((hash) => prefix !== "" && hash.startsWith(prefix.toLowerCase()));
  const [only, second] = found;
  if (only === undefined) {
    fail("storage.unknown-record", {
      message: `there is no run record "${prefix}" in ${folder}, which holds ${hashes.length}`,
      hint: "A run names its record when it ends: tickbook run <notebook>.",
      fields: { prefix, folder },
    });
  }
  if (second !== undefined) {
    fail("storage.ambiguous-record", {
      message: `"${prefix}" is the beginning of ${found.length} run records: ${found.slice(0, 3).join(", ")}${found.length > 3 ? ", ..." : ""}`,
      hint: "Give more digits.",
      fields: { prefix, found },
    });
  }
  return only;
}
