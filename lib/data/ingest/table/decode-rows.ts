import { fail } from "#core";
import type { PlacedField } from "./fields.ts";
import type { RawBatch, RawColumn, RawTable } from "./raw-table.ts";
import { createTimeReader, type ReadTime, type TimeOptions } from "./time-cells.ts";

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** How files write that a value is not there; "." is the Federal Reserve's. */
const MISSING = /^(?:|na|n\/a|nan|null|none|-|\.)$/i;
const SIDES: Readonly<Record<string, number>> = {
  buy: 1,
  b: 1,
  bid: 1,
  "1": 1,
  sell: -1,
  s: -1,
  ask: -1,
  "-1": -1,
};
const FLAGS: Readonly<Record<string, boolean>> = {
  true: true,
  t: true,
  "1": true,
  false: false,
  f: false,
  "0": false,
};

/** The numbers of some rows, by field. Times are UTC ms. */
export interface DecodedBatch {
  readonly length: number;
  readonly columns: Readonly<Record<string, Float64Array>>;
}

/**
 * The rows of an opened file as numbers. A missing number of a file of numbers is NaN, which the checks judge.
 * Errors: `data.bad-file` with file, line, column and text.
 */
export async function* decodeRows(
  table: RawTable,
  fields: readonly PlacedField[],
  time: TimeOptions = {},
): AsyncGenerator<DecodedBatch> {
  const flat = fields.flatMap((field) => field.places.map((place) => ({ field, place })));
  const places = flat.map(({ place }) => place);
  const readers = new Map(
    fields.filter(({ kind }) => kind === "time").map((field) => [field, createTimeReader(time)]),
  );
  const moments = flat.map(({ field }) => field.kind === "time");
  for await (const batch of table.read(places, moments)) {
    const columns: Record<string, Float64Array> = {};
    for (const field of fields) {
      const at = flat.findIndex((each) => each.field === field);
      columns[field.name] = decodeColumn({ table, batch, field, at, time, readTime: readers.get(field) });
    }
    yield { length: batch.length, columns };
  }
}

interface Column {
  readonly table: RawTable;
  readonly batch: RawBatch;
  readonly field: PlacedField;
  /** The first of the field's columns in the batch. */
  readonly at: number;
  readonly time: TimeOptions;
  readonly readTime: ReadTime | undefined;
}

function decodeColumn(column: Column): Float64Array {
  const { table, batch, field, at } = column;
  const cells = batch.cells[at]!;
  const { kind } = table.columns[field.places[0]!]!;
  if (field.kind === "number" && cells instanceof Float64Array) return cells.slice();
  const values = new Float64Array(batch.length);
  for (let row = 0; row < batch.length; row++) {
    const cell =
      field.places.length === 1
        ? cells[row]!
        : field.places.map((_, k) => String(batch.cells[at + k]![row])).join(" ");
    values[row] = column.readTime ? decodeTime(column, row, cell, kind) : decodeCell(column, row, cell);
  }
  return values;
}

function decodeCell(column: Column, row: number, cell: string | number): number {
  const { field } = column;
  const text = String(cell).toLowerCase();
  switch (field.kind) {
    case "side":
      return (
        SIDES[text] ??
        (MISSING.test(text) ? Number.NaN : refuse(column, row, cell, "a side", "Write buy or sell."))
      );
    case "maker": {
      const flag = FLAGS[text] ?? refuse(column, row, cell, "a flag", "Write true or false.");
      return flag ? -1 : 1;
    }
    default:
      if (typeof cell === "number") return cell;
      if (NUMBER.test(cell)) return Number(cell);
      if (field.mayMiss && MISSING.test(cell)) return Number.NaN;
      return refuse(
        column,
        row,
        cell,
        "a number",
        "Write plain digits with a point, such as 1455.22, or remove the line.",
      );
  }
}

function decodeTime(column: Column, row: number, cell: string | number, kind: RawColumn["kind"]): number {
  const ms = column.readTime!(cell, kind);
  if (typeof ms === "number") return ms;
  if (typeof cell === "number" && Number.isNaN(cell)) return Number.NaN;
  const { format, zone } = column.time;
  if (ms === "skipped") {
    return refuse(
      column,
      row,
      cell,
      `a time in ${zone}: its clocks jumped over it`,
      "Is the time zone the file's own?",
    );
  }
  return refuse(
    column,
    row,
    cell,
    format === undefined ? "a time" : `a time of the format ${format}`,
    "Write ISO dates in UTC (2019-03-09 or 2019-03-09T14:30:00Z) or epochs in s or ms, or give the file's own format: --time-format DD/MM/YYYY",
  );
}

function refuse(
  { table, batch, field }: Column,
  row: number,
  cell: string | number,
  what: string,
  hint: string,
): never {
  const names = field.places.map((place) => table.columns[place]!.name).join("+");
  fail("data.bad-file", {
    message: `${table.path}, ${batch.place(row)}, column "${names}": ${JSON.stringify(cell)} is not ${what}`,
    hint,
    fields: { path: table.path, place: batch.place(row), column: field.name, text: cell },
  });
}
