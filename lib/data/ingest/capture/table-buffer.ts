import { TABLE_KINDS, type TableColumns, type TableKind } from "#model";

/** Rows of one table as they come, in columns that grow. */
export class TableBuffer {
  readonly kind: TableKind;
  length = 0;
  /** Newest venue stamp among the rows; -Infinity before the first. */
  newest = Number.NEGATIVE_INFINITY;
  private columns: Float64Array[];
  private readonly start: number;

  constructor(kind: TableKind, start: number) {
    this.kind = kind;
    this.start = start;
    this.columns = this.empty(start);
  }

  /** Makes room for `count` more rows and gives the columns, in the table's order; the caller fills and sets `length`. */
  room(count: number): readonly Float64Array[] {
    const needed = this.length + count;
    if (needed > this.columns[0]!.length) {
      const grown = this.empty(Math.max(needed, 2 * this.columns[0]!.length));
      for (const [k, column] of this.columns.entries()) grown[k]!.set(column.subarray(0, this.length));
      this.columns = grown;
    }
    return this.columns;
  }

  add(...values: readonly number[]): void {
    const columns = this.room(1);
    for (let k = 0; k < values.length; k++) columns[k]![this.length] = values[k]!;
    this.length++;
  }

  /** Rows that came before any venue stamp can't be later than the first one. */
  clampTimes(time: number): void {
    const times = this.columns[0]!;
    for (let i = 0; i < this.length; i++) if (times[i]! > time) times[i] = time;
  }

  /** All rows; the buffer is then empty, and the columns are the caller's. */
  take(): TableColumns {
    const names = TABLE_KINDS[this.kind];
    const { columns, length } = this;
    this.columns = this.empty(this.start);
    this.length = 0;
    return Object.fromEntries(
      names.map((name, k) => [name, columns[k]!.subarray(0, length)]),
    ) as TableColumns;
  }

  private empty(length: number): Float64Array[] {
    return TABLE_KINDS[this.kind].map(() => new Float64Array(length));
  }
}
