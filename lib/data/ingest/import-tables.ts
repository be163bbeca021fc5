/** Rows of files that are not bars into the store, in bounded memory. */
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { fail, type Millis, type StartProgress } from "#core";
import { TABLE_KINDS, type TableKind } from "#model";
import type { DataCheck } from "../clean/report.ts";
import { createTableBuilder } from "../clean/table-builder.ts";
import type { Store } from "../store/store.ts";
import type { DatasetVersion } from "../store/version-file.ts";
import type { WriteMode } from "../store/write-version.ts";
import { decodeCapture } from "./capture/decode-capture.ts";
import { storePieces } from "./fetch/store-pieces.ts";
import { refuseUnreadable } from "./open-text.ts";
import type { DecodedBatch } from "./table/decode-rows.ts";
import { valueNames } from "./table/fields.ts";
import { readTableFile, type TableOptions } from "./table/open-table.ts";

/** Rows that are checked and stored at once. */
const CHUNK_ROWS = 500_000;

export interface ImportRequest {
  readonly store: Store;
  /** Absolute paths, in the order in which they are read. */
  readonly paths: readonly string[];
  /** Name of the source in the store. */
  readonly source: string;
  /** How the rows join those stored: see the store's `WriteOptions`. Default: merge. */
  readonly mode?: WriteMode;
  readonly startProgress: StartProgress;
}

export interface TableImport extends ImportRequest, TableOptions {
  readonly kind: "trades" | "quotes" | "funding" | "series" | "factors";
  readonly symbol: string;
  /** Of series: time from a value's date to when anybody could know it. Without it a column must say that. */
  readonly lagMs?: Millis;
  /** Of series: "USD", "%". */
  readonly unit?: string;
}

/** What became of one dataset. */
export interface Imported {
  readonly version: DatasetVersion;
  readonly checks: readonly DataCheck[];
}

/**
 * Stores the rows of files; they join those that are stored, and the same file twice changes nothing. Several value
 * columns of a series become the datasets "<symbol>:<name>", splits and dividends "<symbol>:split" and
 * "<symbol>:dividend". Rows before one that is refused may be stored by then.
 * Errors: those of reading and of `checkTable`; `data.publication-needed`, `data.no-rows`.
 */
export async function importTables(request: TableImport): Promise<Imported[]> {
  const { kind, symbol, paths, startProgress, lagMs, columns: mapping = {} } = request;
  const progress = startProgress(
    `${symbol} ${kind} from ${paths.map((path) => basename(path)).join(", ")}`,
    0,
  );
  const tables = new Tables(request);
  let rows = 0;
  try {
    for (const path of paths) {
      for await (const batch of readTableFile(path, kind, request)) {
        await tables.add(batch, kind === "series" ? valueNames(mapping) : [], lagMs);
        rows += batch.length;
        progress.update(rows, "reading");
      }
    }
    const imported = await tables.finish();
    progress.end(`${rows} rows`);
    return imported;
  } catch (error) {
    progress.end("stopped");
    throw error;
  }
}

export interface CaptureImport extends ImportRequest {
  /** Our symbol for messages of the only instrument in the capture. */
  readonly symbol?: string;
}

/**
 * Stores trades, quotes and depth of raw captures of an exchange's messages, each instrument and kind as a dataset.
 * Lines that can't be read are counted in the report. Errors: as {@link importTables}, `data.bad-file`.
 */
export async function importCapture(request: CaptureImport): Promise<Imported[]> {
  const { paths, symbol, startProgress } = request;
  const progress = startProgress(`capture ${paths.map((path) => basename(path)).join(", ")}`, 0);
  const tables = new Tables(request);
  let rows = 0;
  try {
    for (const path of paths) {
      const options = symbol === undefined ? {} : { symbol, symbolOf: onlyOne(path, symbol) };
      const decoding = decodeCapture(bytesOf(path), options);
      for await (const batch of decoding) {
        rows += batch.columns.time.length;
        await tables.put(batch.kind, batch.symbol, batch.columns as never, batch.columns.time.length);
        progress.update(rows, "reading");
      }
      const { damagedCount, damaged, isCutShort } = decoding.report();
      if (isCutShort) tables.note("Packed files that lack their end", 1, [basename(path)], "files");
      tables.note(
        "Lines that can't be read",
        damagedCount,
        damaged.map(({ line }) => `line ${line}`),
      );
    }
    const imported = await tables.finish();
    progress.end(`${rows} rows`);
    return imported;
  } catch (error) {
    progress.end("stopped");
    throw error;
  }
}

/** Gives our symbol for the venue's; two of the venue's under one of ours would be one market made of two. */
function onlyOne(path: string, symbol: string): (raw: string) => string {
  let first: string | undefined;
  return (raw) => {
    first ??= raw;
    if (raw === first || raw === symbol) return symbol;
    return fail("data.bad-file", {
      message: `${path} has messages of ${first} and of ${raw}, and one symbol is given for both: ${symbol}`,
      hint: "Leave --symbol out: each instrument is then stored under the venue's own name.",
      fields: { path, symbols: [first, raw] },
    });
  };
}

async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) yield chunk as Uint8Array;
  } catch (error) {
    refuseUnreadable(path, error);
  }
}

/** What of an import its datasets need to know. */
interface Terms extends ImportRequest {
  readonly kind?: TableImport["kind"];
  readonly symbol?: string;
  readonly unit?: string;
}

type Pieces = Readonly<Record<string, Float64Array>>;

/** The datasets of one import, each with the rows that are not stored yet. */
class Tables {
  readonly #request: Terms;
  readonly #tables = new Map<string, Table>();
  readonly #notes: DataCheck[] = [];
  #skipped = 0;

  constructor(request: Terms) {
    this.#request = request;
  }

  note(name: string, found: number, where: readonly string[], unit = "lines"): void {
    const verdict = found > 0 ? "kept, look" : "in order";
    this.#notes.push({ name, found, unit, allowed: 0, where: where.slice(0, 3), verdict });
  }

  /** @param names of the value columns of a series. */
  async add(
    { columns, length }: DecodedBatch,
    names: readonly string[],
    lagMs: Millis | undefined,
  ): Promise<void> {
    const { kind, symbol = "" } = this.#request;
    if (kind === "series") {
      const published = publication(columns, lagMs);
      for (const name of names) {
        const value = columns[name === "" ? "value" : `value:${name}`]!;
        await this.#series(name === "" ? symbol : `${symbol}:${name}`, columns.time!, published, value);
      }
    } else if (kind === "factors") {
      // Anybody could know a split on the day that it came into force, at the latest.
      for (const name of ["split", "dividend"]) {
        const value = columns[name];
        if (value) await this.#series(`${symbol}:${name}`, columns.time!, columns.time!, value);
      }
    } else if (kind === "trades") {
      const { buyerIsMaker, side = buyerIsMaker, ...rest } = columns;
      await this.put("trades", symbol, side ? { ...rest, side } : rest, length);
    } else if (kind) await this.put(kind, symbol, columns, length);
  }

  /** Values that a file leaves out are no rows. */
  async #series(
    symbol: string,
    time: Float64Array,
    published: Float64Array,
    value: Float64Array,
  ): Promise<void> {
    const isThere = (_: number, i: number) => !Number.isNaN(value[i]!);
    const pieces = {
      time: time.filter(isThere),
      published: published.filter(isThere),
      value: value.filter(isThere),
    };
    this.#skipped += time.length - pieces.time.length;
    if (pieces.time.length > 0) await this.put("series", symbol, pieces, pieces.time.length);
  }

  async put(kind: TableKind, symbol: string, pieces: Pieces, rows: number): Promise<void> {
    const key = JSON.stringify([kind, symbol]);
    let table = this.#tables.get(key);
    if (!table) {
      table = new Table(this.#request, kind, symbol);
      this.#tables.set(key, table);
    }
    await table.put(pieces, rows);
  }

  async finish(): Promise<Imported[]> {
    const notes = [...this.#notes];
    if (this.#skipped > 0) {
      const name = "Cells without a value, left out";
      notes.push({
        name,
        found: this.#skipped,
        unit: "cells",
        allowed: undefined,
        where: [],
        verdict: "repaired",
      });
    }
    const imported: Imported[] = [];
    for (const table of this.#tables.values()) imported.push(await table.finish(notes));
    if (imported.length === 0) {
      const { paths } = this.#request;
      fail("data.no-rows", {
        message: `${paths.join(", ")} ${paths.length === 1 ? "holds" : "hold"} no row that can be stored`,
        hint: "Is it the right file, and the right kind?",
        fields: { paths },
      });
    }
    return imported;
  }
}

class Table {
  readonly #request: Terms;
  readonly #kind: TableKind;
  readonly #symbol: string;
  readonly #rows: ReturnType<typeof createTableBuilder<string>>;
  readonly #steps = new Set<string>();
  #stored: Imported | undefined;

  constructor(request: Terms, kind: TableKind, symbol: string) {
    this.#request = request;
    this.#kind = kind;
    this.#symbol = symbol;
    this.#rows = createTableBuilder<string>(TABLE_KINDS[kind]);
  }

  async put(pieces: Pieces, rows: number): Promise<void> {
    // Before, not after: the last rows are told with the notes on the whole import.
    if (this.#rows.length >= CHUNK_ROWS) await this.#store([]);
    this.#rows.append(pieces, rows);
  }

  async finish(notes: readonly DataCheck[]): Promise<Imported> {
    if (this.#rows.length > 0) await this.#store(notes);
    return this.#stored!;
  }

  async #store(extraChecks: readonly DataCheck[]): Promise<void> {
    const { store, source, unit, mode = "merge" } = this.#request;
    const target = { store, source, symbol: this.#symbol, kind: this.#kind, unit, extraChecks };
    const rows = this.#rows.length;
    const pieces = [{ rows, columns: this.#rows.take() }];
    // The first piece replaces, those after it join the first.
    const how = mode === "replace" && this.#stored ? "merge" : mode;
    this.#stored = (await storePieces({ ...target, steps: this.#steps }, pieces, how)) ?? this.#stored;
  }
}

function publication(columns: Pieces, lagMs: Millis | undefined): Float64Array {
  const { time, published } = columns;
  if (published && lagMs === undefined) return published;
  if (!published && lagMs !== undefined) return time!.map((at) => at + lagMs);
  return fail("data.publication-needed", {
    message: published
      ? "the series has a column of publication times, and a lag is given as well"
      : "it is not said when the values of the series became known",
    hint: "Give one of the two: --lag 1d (a value is known a day after its date), or --columns published=<column>. A value that is used before it was known is lookahead.",
    fields: { lagMs },
  });
}
