import type { Millis } from "#core";
import type { BarColumns, Bars, Instrument, TableColumns, TableKind } from "#model";
import type { DataCheck, DataReport } from "../clean/report.ts";
import type { QueryResult } from "./query.ts";
import type { TimeRange } from "./read-rows.ts";
import type { DatasetKey, DatasetVersion } from "./version-file.ts";
import type { WriteMode } from "./write-version.ts";

/** What bars are stored with. */
export interface WriteMeta {
  readonly source: string;
  readonly instrument: Instrument;
  readonly timeframe: string;
  /** Findings of `checkCandles`. */
  readonly checks: readonly DataCheck[];
}

/** Names a table. */
export interface TableKey<K extends TableKind = TableKind> {
  readonly source: string;
  readonly symbol: string;
  readonly kind: K;
}

/** What a table is stored with. */
export interface TableMeta<K extends TableKind = TableKind> extends TableKey<K> {
  readonly checks: readonly DataCheck[];
  readonly instrument?: Instrument;
  /** Of a series' value: "USD", "%". */
  readonly unit?: string;
}

export interface WriteOptions {
  /**
   * replace: the dataset is these rows and no others. merge: they join those stored; the same row twice changes nothing,
   * two different tellings of one row are refused. correct: as merge, but these rows are right.
   */
  readonly mode?: WriteMode;
  /**
   * The hash of a version that was only a step to this one: it is removed, with the parts that only it names. A writer of
   * many pieces gives the version of its piece before, and leaves one version instead of hundreds.
   */
  readonly supersedes?: string;
}

export interface ReadOptions {
  /** Columns on SharedArrayBuffers, which worker threads read without a copy. */
  readonly shared?: boolean;
  /** The hash of a version, or the start of it. Default: the current one. */
  readonly version?: string;
}

/** A table as it was read: its columns, and where they come from. */
export type StoredTable<K extends TableKind = TableKind> = TableColumns<K> &
  TableKey<K> & {
    readonly length: number;
    /** sha256 of the stored dataset version, hex. */
    readonly hash: string;
    readonly instrument?: Instrument;
    readonly unit?: string;
  };

/** What of a dataset is stored, by its parts. */
export interface StoredRanges extends DatasetVersion {
  readonly periods: readonly {
    /** UTC year or day: "2024", "2024-08-08". */
    readonly period: string;
    readonly rows: number;
    /** Times of the first and the last row. */
    readonly from: Millis;
    readonly to: Millis;
  }[];
}

/** Names any dataset: of bars by `timeframe`, of a table by `kind`. */
export type StoredKey = DatasetKey | TableKey;

/**
 * Datasets on disk. Errors everywhere: `data.store-unusable`, `data.damaged`, `data.old-layout`, `data.newer-schema`.
 * Writers of one dataset wait for each other, also across processes.
 */
export interface Store {
  /**
   * Stores checked bars (times strictly rising) and makes the version they give the current one. Only the parts that
   * change are written; the same rows give the same version and change nothing, unless its files are damaged: then they
   * are written anew. Default mode: replace. Errors: `data.conflicting-bars`, `data.bad-time`, `storage.locked`.
   */
  write(meta: WriteMeta, columns: BarColumns, options?: WriteOptions): Promise<DatasetVersion>;
  /**
   * Stores rows of a table, in any order; they are kept by time, and rows of one time by the venue's numbers, else as
   * given. A message of the book must come in one write. Default mode: merge.
   * Errors: `data.conflicting-rows`, `data.bad-time`, `data.no-rows`, `storage.locked`.
   */
  writeTable<K extends TableKind>(
    meta: TableMeta<K>,
    columns: TableColumns<K>,
    options?: WriteOptions,
  ): Promise<DatasetVersion>;
  /**
   * The bars with from <= time < to. Only the files of that range are opened, and each is verified by its hash.
   * Errors: `data.unknown-dataset`, `data.no-rows`.
   */
  read(request: DatasetKey & TimeRange & ReadOptions): Promise<Bars>;
  /** The rows of a table with from <= time < to, as {@link read}. */
  readTable<K extends TableKind>(request: TableKey<K> & TimeRange & ReadOptions): Promise<StoredTable<K>>;
  /**
   * The same in batches of some thousand rows, in bounded memory; a part is verified before its first row is given.
   * A range without rows has no batches.
   */
  scan<K extends TableKind>(
    request: TableKey<K> & TimeRange & Pick<ReadOptions, "version">,
  ): AsyncIterable<TableColumns<K>>;
  scanBars(request: DatasetKey & TimeRange & Pick<ReadOptions, "version">): AsyncIterable<BarColumns>;
  /** What is stored of the current version. Errors: `data.unknown-dataset`. */
  ranges(key: StoredKey): Promise<StoredRanges>;
  /** The current version of each dataset, by source, symbol and kind. */
  list(): Promise<DatasetVersion[]>;
  /**
   * The report of any version, by its hash or the start of it. Errors: `data.unknown-dataset`.
   * @param key of the dataset, where two sources may have stored the same rows.
   */
  report(id: string, key?: StoredKey): Promise<DatasetVersion & DataReport>;
  /**
   * Writes the rows of the range as one Parquet file; an existing file is replaced whole. @returns the number of rows.
   * Errors: `data.unknown-dataset`, `data.no-rows`.
   */
  exportParquet(request: StoredKey & TimeRange & Pick<ReadOptions, "version">, path: string): Promise<number>;
  /**
   * Answers one SELECT in DuckDB's SQL, in which every dataset is a table: source."symbol"."kind", such as
   * binance."BTC/USDT"."1h". Nothing else can be read, and nothing written. Errors: `data.bad-query`.
   */
  query(sql: string): Promise<QueryResult>;
  /** Removes all versions but the current one. @returns how many. Errors: `data.unknown-dataset`. */
  prune(key: StoredKey): Promise<number>;
  close(): Promise<void>;
}
