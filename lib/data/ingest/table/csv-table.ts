import { fail } from "#core";
import { readLines } from "../read-lines.ts";
import { dumpNames } from "./binance-dumps.ts";
import type { RawBatch, RawTable } from "./raw-table.ts";

const BATCH_ROWS = 4096;
const SEPARATORS = [",", ";", "\t", "|"];

export interface CsvOptions {
  /** Default: the first line is a header unless it is a row of one of Binance's dumps. */
  readonly header?: boolean;
  /** One character. Default: the first of comma, semicolon, tab and | that the first line has. */
  readonly separator?: string;
}

/**
 * Opens a CSV file (plain, gzip or zip). Cells may stand in double quotes; a cell can't hold a line break. Empty lines
 * are skipped. Without a header, columns are named "1", "2", ... Errors: `data.bad-file` with line and text.
 */
export async function openCsv(path: string, options: CsvOptions = {}): Promise<RawTable> {
  const lines = readLines(path);
  let first = await lines.next();
  while (!first.done && first.value.line.replace(/^\uFEFF/, "").trim() === "") first = await lines.next();
  if (first.done) return noRows(path, "is empty");
  const text = first.value.line.replace(/^\uFEFF/, "");
  const separator = options.separator ?? separatorOf(text);
  const head = splitCells(path, text, first.value.number, separator).map((name) => name.trim());
  const known = options.header === undefined ? dumpNames(head) : undefined;
  const hasHeader = options.header ?? known === undefined;
  const names = hasHeader ? head : (known ?? head.map((_, i) => String(i + 1)));
  const start = { line: text, number: first.value.number };
  return {
    path,
    columns: names.map((name) => ({ name, kind: "text" })),
    read: (places) => readBatches({ path, separator, names, lines, places }, hasHeader ? undefined : start),
    close: async () => void (await lines.return(undefined)),
  };
}

function separatorOf(text: string): string {
  // A name in quotes may hold any mark.
  const bare = text.replace(/"[^"]*"/g, "");
  return SEPARATORS.find((mark) => bare.includes(mark)) ?? ",";
}

interface Reading {
  readonly path: string;
  readonly separator: string;
  readonly names: readonly string[];
  readonly lines: AsyncGenerator<{ line: string; number: number }>;
  readonly places: readonly number[];
}

async function* readBatches(
  reading: Reading,
  first: { line: string; number: number } | undefined,
): AsyncGenerator<RawBatch> {
  const { path, places } = reading;
  let rows = 0;
  let batch = places.map((): string[] => []);
  let numbers: number[] = [];
  const take = (line: string, number: number) => {
    const cells = cellsOf(reading, line, number);
    for (let k = 0; k < places.length; k++) batch[k]!.push(cells[places[k]!]!.trim());
    numbers.push(number);
    rows++;
  };
  const flush = (): RawBatch => {
    const [cells, at] = [batch, numbers];
    batch = places.map(() => []);
    numbers = [];
    return { length: at.length, cells, place: (row) => `line ${at[row]}` };
  };
  if (first) take(first.line, first.number);
  for await (const { line, number } of reading.lines) {
    if (line.trim() === "") continue;
    take(line, number);
    if (numbers.length >= BATCH_ROWS) yield flush();
  }
  if (rows === 0) noRows(path, "has a header but no rows");
  if (numbers.length > 0) yield flush();
}

function cellsOf({ path, separator, names }: Reading, line: string, number: number): string[] {
  const cells = splitCells(path, line, number, separator);
  if (cells.length === names.length) return cells;
  return fail("data.bad-file", {
    message: `${path}, line ${number}: ${cells.length} cells where the header has ${names.length}: ${JSON.stringify(line.slice(0, 120))}`,
    hint: "Each line needs one cell for each column of the header.",
    fields: { path, line: number, cells: cells.length },
  });
}

function noRows(path: string, what: string): never {
  fail("data.bad-file", {
    message: `${path} ${what}`,
    hint: "Give a CSV file with a header and one line for each row.",
    fields: { path },
  });
}

function splitCells(path: string, line: string, number: number, separator: string): string[] {
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
  if (quoted) {
    fail("data.bad-file", {
      message: `${path}, line ${number}: a quoted cell does not end on its line: ${JSON.stringify(line.slice(0, 120))}`,
      hint: "Close the quotes; a cell can't hold a line break.",
      fields: { path, line: number },
    });
  }
  cells.push(cell);
  return cells;
}
