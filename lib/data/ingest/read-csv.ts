import { fail, type Millis, parseTime } from "#core";
import type { RawCandle } from "#model";
import { ALL_COLUMNS } from "../clean/columns.ts";
import { findColumns } from "./find-columns.ts";
import { readLines } from "./read-lines.ts";

const BATCH_ROWS = 4096;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * The candles of a CSV file with a header, in its order, in batches. Separator: comma, semicolon or tab.
 * Cells may stand in double quotes; a cell can't hold a line break. Empty lines are skipped.
 * Errors: `data.bad-file` with line, column and the text seen.
 */
export async function* readCsvCandles(path: string): AsyncGenerator<RawCandle[]> {
  let header: Header | undefined;
  let batch: RawCandle[] = [];
  let rows = 0;
  for await (const { line, number } of readLines(path)) {
    if (line.trim() === "") continue;
    if (!header) {
      header = readHeader(path, line);
      continue;
    }
    batch.push(readRow(path, header, line, number));
    rows++;
    if (batch.length < BATCH_ROWS) continue;
    yield batch;
    batch = [];
  }
  if (rows === 0) {
    fail("data.bad-file", {
      message: `${path} ${header ? "has a header but no rows" : "is empty"}`,
      hint: "Give a CSV file with a header and one row for each bar.",
      fields: { path },
    });
  }
  yield batch;
}

interface Header {
  readonly separator: string;
  readonly names: readonly string[];
  /** Where time, open, high, low, close, volume stand. */
  readonly places: readonly number[];
}

function readHeader(path: string, line: string): Header {
  const text = line.replace(/^\uFEFF/, "");
  const separator = [",", ";", "\t"].find((mark) => text.includes(mark)) ?? ",";
  const names = splitCells(text, separator).map((name) => name.trim());
  return { separator, names, places: findColumns(path, names) };
}

function readRow(path: string, header: Header, line: string, number: number): RawCandle {
  const cells = splitCells(line, header.separator);
  if (cells.length !== header.names.length) {
    fail("data.bad-file", {
      message: `${path}, line ${number}: ${cells.length} cells where the header has ${header.names.length}: ${JSON.stringify(line.slice(0, 120))}`,
      hint: "Each line needs one cell for each column of the header.",
      fields: { path, line: number, cells: cells.length },
    });
  }
  const cell = (k: number) => cells[header.places[k]!]!.trim();
  const refuse = (k: number, what: string, hint: string) =>
    fail("data.bad-file", {
      message: `${path}, line ${number}, column "${header.names[header.places[k]!]}": ${JSON.stringify(cell(k))} is not ${what}`,
      hint,
      fields: { path, line: number, column: ALL_COLUMNS[k], text: cell(k) },
    });
  const num = (k: number) =>
    NUMBER.test(cell(k))
      ? Number(cell(k))
      : refuse(k, "a number", "Write plain digits with a point, such as 1455.22, or remove the line.");
  const time =
    readTime(cell(0)) ??
    refuse(0, "a time", "Write ISO dates in UTC (2019-03-09 or 2019-03-09T14:30:00Z) or epochs in s or ms.");
  return [time, num(1), num(2), num(3), num(4), num(5)];
}

/** An ISO date or an epoch. An epoch's unit follows from its size: s below 1e11, ms below 1e14, else microseconds. */
function readTime(text: string): Millis | undefined {
  if (/^\d{9,16}(?:\.\d+)?$/.test(text)) {
    const epoch = Number(text);
    if (epoch < 1e11) return epoch * 1000;
    return epoch < 1e14 ? epoch : epoch / 1000;
  }
  if (!text.includes("-")) return undefined;
  try {
    return parseTime(text);
  } catch {
    return undefined;
  }
}

function splitCells(line: string, separator: string): string[] {
  if (!line.includes('"')) return line.split(separator);
  const cells: string[] = [];
  let cell = "";
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const mark = line[i]!;
    if (mark === '"' && quoted && line[i + 1] === '"') {
      cell += line[++i];
    } else if (mark === '"') {
      quoted = !quoted;
    } else if (mark === separator && !quoted) {
      cells.push(cell);
      cell = "";
    } else {
      cell += mark;
    }
  }
  cells.push(cell);
  return cells;
}
