/** A file's rows before they mean anything: named columns, read in pieces. */

export interface RawColumn {
  readonly name: string;
  /**
   * Of times. "moment": wall time in milliseconds, of the place that the file shows. "instant": UTC milliseconds, wherever.
   * Numbers and texts are read as time-cells.ts says.
   */
  readonly kind: "text" | "number" | "moment" | "instant";
}

/** Some rows of the columns that were asked for, in that order. */
export interface RawBatch {
  readonly length: number;
  /** Texts, or numbers with NaN where the file has nothing. Valid until the next batch. */
  readonly cells: readonly ArrayLike<string | number>[];
  /** Where a row stands in the file: "line 17". */
  place(row: number): string;
}

export interface RawTable {
  readonly path: string;
  readonly columns: readonly RawColumn[];
  /**
   * The rows, once, in the file's order. @param places of the wanted columns; @param moments which of these hold
   * times. Errors: `data.bad-file`.
   */
  read(places: readonly number[], moments: readonly boolean[]): AsyncGenerator<RawBatch>;
  close(): Promise<void>;
}
