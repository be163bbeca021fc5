/**
 * What a dataset of each kind is made of: its columns, the stretch of time that one part file holds, the order of its
 * rows, and which rows are the same row.
 */
import { fail, type Millis } from "#core";
import { TABLE_KINDS, type TableKind } from "#model";
import { ALL_COLUMNS } from "../clean/columns.ts";

/** Columns of equal length by name. */
export type Columns = Readonly<Record<string, Float64Array>>;

export interface Layout {
  readonly names: readonly string[];
  /** A part holds a UTC year or a UTC day. */
  readonly period: "year" | "day";
  /** Columns that the rows are sorted by, NaN last; rows that are equal in all of them stay in the order they came in. */
  readonly order: readonly string[];
  /**
   * "order": two rows with the same order columns are one row, and say the same or conflict.
   * "all": rows are the same if all their fields are.
   */
  readonly identity: "order" | "all";
  /** Rows with NaN here have no identity but all their fields. */
  readonly id?: string;
  /** A column that may differ between two tellings of one row: the earliest is kept. */
  readonly earliest?: string;
}

const BARS: Layout = { names: ALL_COLUMNS, period: "year", order: ["time"], identity: "order" };

const TABLES: Readonly<Record<TableKind, Omit<Layout, "names">>> = {
  trades: { period: "day", order: ["time", "id"], identity: "order", id: "id", earliest: "received" },
  quotes: { period: "day", order: ["time", "id", "received"], identity: "all" },
  depth: {
    period: "day",
    order: ["time", "lastId", "firstId", "received", "previousId", "snapshot"],
    identity: "all",
  },
  funding: { period: "year", order: ["time"], identity: "order" },
  series: { period: "year", order: ["time", "published"], identity: "order" },
};

/** @param kind of a table, or the timeframe of bars. */
export function layoutOf(kind: string): Layout {
  return isTableKind(kind) ? { names: TABLE_KINDS[kind], ...TABLES[kind] } : BARS;
}

export function isTableKind(kind: string): kind is TableKind {
  return Object.hasOwn(TABLE_KINDS, kind);
}

/** "2024" or "2024-08-08": where a row of that time is kept. Errors: `data.bad-time`. */
export function periodOf({ period }: Layout, time: Millis): string {
  // Years that toISOString writes with four digits.
  if (!(time >= -62135596800000 && time < 253402300800000)) {
    fail("data.bad-time", {
      message: `a row has the time ${time}, which is not in the years 1 to 9999`,
      hint: "Times are UTC milliseconds since 1970.",
      fields: { time },
    });
  }
  return new Date(Math.floor(time)).toISOString().slice(0, period === "year" ? 4 : 10);
}

/** The first moment after a period. */
export function periodEnd(period: string): Millis {
  if (period.length > 4) return Date.parse(`${period}T00:00:00Z`) + 864e5;
  return period === "9999" ? Infinity : Date.parse(`${String(Number(period) + 1).padStart(4, "0")}-01-01`);
}

/** Rows [start, end) as views. */
export function sliceColumns(columns: Columns, start: number, end: number): Columns {
  return mapNamed(columns, (column) => column.subarray(start, end));
}

export function mapNamed(
  columns: Columns,
  map: (column: Float64Array, name: string) => Float64Array,
): Columns {
  return Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, map(column, name)]));
}

/** Columns of `length` zeros. @param shared on memory that worker threads can share. */
export function allocateColumns(names: readonly string[], length: number, shared = false): Columns {
  const memory = () => (shared ? new SharedArrayBuffer(8 * length) : new ArrayBuffer(8 * length));
  return Object.fromEntries(names.map((name) => [name, new Float64Array(memory())]));
}

export interface PeriodColumns {
  readonly period: string;
  readonly columns: Columns;
}

/** The rows of each period, as views. @param columns in the order of time. */
export function splitPeriods(layout: Layout, columns: Columns): PeriodColumns[] {
  const time = columns.time!;
  const periods: PeriodColumns[] = [];
  for (let start = 0, end = 0; start < time.length; start = end) {
    const period = periodOf(layout, time[start]!);
    const next = periodEnd(period);
    while (end < time.length && time[end]! < next) end++;
    periods.push({ period, columns: sliceColumns(columns, start, end) });
  }
  return periods;
}
