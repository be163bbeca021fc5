import { stat } from "node:fs/promises";
import { fail, isTickbookError } from "#core";
import type { CandleSource, RawCandle } from "#model";
import { ALL_COLUMNS } from "../clean/columns.ts";
import { createDuckdb, type Duckdb } from "../store/duckdb.ts";
import { type ParquetColumn, parquetColumns, streamParquet } from "../store/parquet.ts";
import type { FileInstrument } from "./csv-source.ts";
import { createFileSource } from "./file-source.ts";
import { findColumns } from "./find-columns.ts";
import { refuseUnreadable } from "./read-lines.ts";

/**
 * The bars of a Parquet file with columns time, open, high, low, close, volume (see `findColumns` for other accepted
 * names). Times are numbers (UTC milliseconds), timestamps or dates. Errors: `data.bad-file`, `data.unknown-symbol`.
 */
export function parquetSource({ path, ...spec }: FileInstrument): CandleSource {
  const duckdb = createDuckdb();
  return createFileSource({
    name: "parquet",
    spec,
    read: () => readCandles(duckdb, path),
    close: () => duckdb.close(),
  });
}

async function* readCandles(duckdb: Duckdb, path: string): AsyncGenerator<RawCandle[]> {
  const file = await stat(path).catch((error: unknown) => refuseUnreadable(path, error));
  if (!file.isFile()) refuseUnreadable(path, { code: "EISDIR" });
  const connection = await duckdb.connect();
  try {
    const names = await parquetColumns(connection, path);
    const places = findColumns(
      path,
      names.map(({ name }) => name),
    );
    const wanted = places.map((place, k) => doubleOf(path, names[place]!, k === 0));
    for await (const columns of streamParquet(connection, path, wanted)) yield rowsFromColumns(columns);
  } catch (error) {
    if (isTickbookError(error)) throw error;
    refuseParquet(path, error as Error);
  } finally {
    connection.closeSync();
  }
}

/** SQL that gives a column as a double; a missing value becomes NaN, which the checks refuse with its row. */
function doubleOf(path: string, { name, type }: ParquetColumn, isTime: boolean): string {
  const quoted = `"${name.replaceAll('"', '""')}"`;
  const isMoment = /^(?:TIMESTAMP|DATE)/.test(type);
  if (
    !/^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT|INTEGER|UINTEGER|DOUBLE|FLOAT|DECIMAL)/.test(type) &&
    !(isTime && isMoment)
  ) {
    fail("data.bad-file", {
      message: `${path}: the column "${name}" holds ${type}, not numbers`,
      hint: isTime ? "Store times as UTC milliseconds or as timestamps." : "Store it as DOUBLE.",
      fields: { path, column: name, type },
    });
  }
  return `coalesce(${isMoment ? `epoch_ms(${quoted}::TIMESTAMP)` : quoted}::DOUBLE, 'NaN'::DOUBLE)`;
}

function rowsFromColumns(columns: readonly Float64Array[]): RawCandle[] {
  const [time, open, high, low, close, volume] = columns as [Float64Array, ...Float64Array[]];
  return Array.from(time, (t, i): RawCandle => [t, open![i]!, high![i]!, low![i]!, close![i]!, volume![i]!]);
}

function refuseParquet(path: string, error: Error): never {
  fail("data.bad-file", {
    message: `${path} can't be read as Parquet: ${error.message.split("\n")[0]}`,
    hint: `The file is damaged, cut short or of another format; it needs the columns ${ALL_COLUMNS.join(", ")}.`,
    fields: { path },
    cause: error,
  });
}
