import { countText, escapeHtml } from "#core";
import type { MimeBundle } from "../ports.ts";

const ROWS_SHOWN = 40;
const ROWS_PER_END = 10;
const COLUMNS_SHOWN = 30;
const TEXT_SHOWN = 80;

/** Anything with rows and named columns. */
export interface TableView {
  readonly columns: readonly string[];
  readonly rows: number;
  at(row: number, column: string): unknown;
}

/**
 * Sees a table in a list of records, an object of equally long columns with at least one typed array, a table of Arquero
 * or Arrow, a Danfo data frame, or a result of DuckDB that has been read.
 */
export function tableViewOf(value: object): TableView | undefined {
  if (Array.isArray(value)) return recordsView(value);
  return (
    arqueroView(value) ?? arrowView(value) ?? danfoView(value) ?? duckdbView(value) ?? columnsView(value)
  );
}

function recordsView(rows: readonly unknown[]): TableView | undefined {
  if (rows.length === 0 || !rows.every(isRecord)) return undefined;
  const columns = [...new Set(rows.slice(0, 100).flatMap((row) => Object.keys(row)))];
  if (columns.length === 0) return undefined;
  return { columns, rows: rows.length, at: (row, column) => rows[row]![column] };
}

function columnsView(value: object): TableView | undefined {
  if (!isRecord(value)) return undefined;
  const columns = Object.values(value);
  const isColumn = (column: unknown): column is ArrayLike<unknown> =>
    Array.isArray(column) || isTypedArray(column);
  if (!columns.every(isColumn) || !columns.some(isTypedArray)) return undefined;
  const rows = columns[0]!.length;
  if (columns.some((column) => column.length !== rows)) return undefined;
  return { columns: Object.keys(value), rows, at: (row, name) => (value[name] as ArrayLike<unknown>)[row] };
}

function arqueroView(value: object): TableView | undefined {
  const table = value as Partial<{
    numRows(): number;
    columnNames(): string[];
    get(name: string, row: number): unknown;
  }>;
  if (typeof table.numRows !== "function" || typeof table.columnNames !== "function") return undefined;
  return { columns: table.columnNames(), rows: table.numRows(), at: (row, name) => table.get?.(name, row) };
}

function arrowView(value: object): TableView | undefined {
  const { numRows, schema, getChild } = value as {
    numRows?: unknown;
    schema?: { fields?: readonly { name: string }[] };
    getChild?(name: string): { at?(row: number): unknown; get?(row: number): unknown } | null;
  };
  if (typeof numRows !== "number" || !Array.isArray(schema?.fields) || typeof getChild !== "function")
    return undefined;
  const columns = schema.fields.map(({ name }) => name);
  const children = new Map(columns.map((name) => [name, getChild.call(value, name)]));
  return {
    columns,
    rows: numRows,
    at(row, name) {
      const column = children.get(name);
      return column?.at ? column.at(row) : column?.get?.(row);
    },
  };
}

/** A reader's rows so far, or a materialized result: looking at it does not use it up, as reading a stream would. */
function duckdbView(value: object): TableView | undefined {
  const result = value as Partial<{
    deduplicatedColumnNames(): string[];
    currentRowCount: number;
    rowCount: number;
    chunkCount: number;
    value(column: number, row: number): unknown;
    getChunk(index: number): { readonly rowCount: number; getRows(): unknown[][] };
  }>;
  if (typeof result.deduplicatedColumnNames !== "function") return undefined;
  const columns = result.deduplicatedColumnNames();
  const place = new Map(columns.map((name, index) => [name, index]));
  if (typeof result.value === "function" && typeof result.currentRowCount === "number") {
    return {
      columns,
      rows: result.currentRowCount,
      at: (row, name) => result.value?.(place.get(name)!, row),
    };
  }
  if (typeof result.getChunk !== "function" || typeof result.chunkCount !== "number") return undefined;
  const rows = Array.from({ length: result.chunkCount }, (_, i) => result.getChunk!(i).getRows()).flat();
  return { columns, rows: rows.length, at: (row, name) => rows[row]![place.get(name)!] };
}

function danfoView(value: object): TableView | undefined {
  const { columns, values, shape } = value as { columns?: unknown; values?: unknown; shape?: unknown };
  if (!Array.isArray(columns) || !Array.isArray(values) || !Array.isArray(shape) || shape.length !== 2)
    return undefined;
  const place = new Map(columns.map((name, index) => [String(name), index]));
  return {
    columns: [...place.keys()],
    rows: values.length,
    at: (row, name) => (values[row] as unknown[])[place.get(name)!],
  };
}

/** The first and last rows as HTML and as aligned text, with the size below. */
export function tableBundle(table: TableView): MimeBundle {
  const columns = table.columns.slice(0, COLUMNS_SHOWN);
  const picked = pickedRows(table.rows);
  const body = picked.map((row) => columns.map((name) => (row < 0 ? "…" : cellText(table.at(row, name)))));
  const size = `${countText(table.rows)} rows × ${table.columns.length} columns`;
  return { "text/html": htmlTable(columns, body, size), "text/plain": textTable(columns, body, size) };
}

/** Row numbers to show; -1 stands for those left out. */
function pickedRows(rows: number): number[] {
  if (rows <= ROWS_SHOWN) return Array.from({ length: rows }, (_, row) => row);
  const head = Array.from({ length: ROWS_PER_END }, (_, row) => row);
  return [...head, -1, ...head.map((row) => rows - ROWS_PER_END + row)];
}

function htmlTable(columns: readonly string[], body: readonly string[][], size: string): string {
  const line = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("")}</tr>`;
  return `<table>\n<thead>${line(columns, "th")}</thead>\n<tbody>\n${body
    .map((row) => line(row, "td"))
    .join("\n")}\n</tbody>\n</table>\n<p>${size}</p>`;
}

function textTable(columns: readonly string[], body: readonly string[][], size: string): string {
  const lines = [columns, ...body];
  const widths = columns.map((_, c) => Math.max(...lines.map((line) => line[c]!.length)));
  const text = lines.map((line) => line.map((cell, c) => cell.padStart(widths[c]!)).join("  "));
  return [...text, `[${size}]`].join("\n");
}

function cellText(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "number")
    return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(8)));
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  const text = isPlain(value) ? (JSON.stringify(value, jsonPart) ?? "") : String(value);
  return text.length > TEXT_SHOWN ? `${text.slice(0, TEXT_SHOWN - 1)}…` : text;
}

/** Objects that know how to write themselves, such as a time of DuckDB's, are left to it. */
function isPlain(value: unknown): boolean {
  return typeof value === "object" && (Array.isArray(value) || String(value) === "[object Object]");
}

function jsonPart(_name: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isTypedArray(value: unknown): boolean {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}
