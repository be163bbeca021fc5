import { BAR_COLUMNS, type BarColumns, type RawCandle } from "#model";

/** time and the five numbers of a bar, in the order of a {@link RawCandle}. */
export const ALL_COLUMNS = ["time", ...BAR_COLUMNS] as const;

/** Columns of `length` zeros. */
export function createColumns(length: number): BarColumns {
  const column = () => new Float64Array(length);
  return { time: column(), open: column(), high: column(), low: column(), close: column(), volume: column() };
}

/** New columns from one function of each old column. */
export function mapColumns(columns: BarColumns, map: (column: Float64Array) => Float64Array): BarColumns {
  return {
    time: map(columns.time),
    open: map(columns.open),
    high: map(columns.high),
    low: map(columns.low),
    close: map(columns.close),
    volume: map(columns.volume),
  };
}

/** Collects rows of unknown number into columns; 48 bytes a row, where an array of rows takes over 100. */
export function createColumnBuilder() {
  let columns = createColumns(1024);
  let length = 0;
  return {
    get length() {
      return length;
    },
    append(rows: readonly RawCandle[]): void {
      if (length + rows.length > columns.time.length) {
        const grown = createColumns(Math.max(length + rows.length, 2 * columns.time.length));
        for (const name of ALL_COLUMNS) grown[name].set(columns[name].subarray(0, length));
        columns = grown;
      }
      for (const row of rows) {
        for (let k = 0; k < ALL_COLUMNS.length; k++) columns[ALL_COLUMNS[k]!][length] = row[k]!;
        length++;
      }
    },
    /** The rows so far, as views. */
    columns(): BarColumns {
      return mapColumns(columns, (column) => column.subarray(0, length));
    },
  };
}
