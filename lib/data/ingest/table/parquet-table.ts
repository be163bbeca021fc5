import { stat } from "node:fs/promises";
import { fail, isTickbookError } from "#core";
import { createDuckdb } from "../../store/duckdb.ts";
import { type ParquetColumn, parquetColumns, streamParquet } from "../../store/parquet.ts";
import { refuseUnreadable } from "../open-text.ts";
import type { RawBatch, RawColumn, RawTable } from "./raw-table.ts";

const NUMBER = /^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT|U?INTEGER|DOUBLE|FLOAT|DECIMAL|BOOLEAN)/;
const MOMENT = /^(?:TIMESTAMP|DATE)/;

/** Opens a Parquet file. A missing value is NaN, a flag 1 or 0. Errors: `data.bad-file`. */
export async function openParquet(path: string): Promise<RawTable> {
  const file = await stat(path).catch((error: unknown) => refuseUnreadable(path, error));
  if (!file.isFile()) refuseUnreadable(path, { code: "EISDIR" });
  const duckdb = createDuckdb();
  try {
    const columns = await duckdb.use((connection) => parquetColumns(connection, path));
    return {
      path,
      columns: columns.map(({ name, type }) => ({ name, kind: kindOf(type) })),
      read: async function* (places, moments) {
        const wanted = places.map((place, k) => doubleOf(path, columns[place]!, moments[k]!));
        const connection = await duckdb.connect();
        let row = 0;
        try {
          for await (const cells of streamParquet(connection, path, wanted)) {
            const start = row;
            row += cells[0]!.length;
            const batch: RawBatch = { length: row - start, cells, place: (i) => `row ${start + i + 1}` };
            yield batch;
          }
        } catch (error) {
          if (isTickbookError(error)) throw error;
          refuseParquet(path, error as Error);
        } finally {
          connection.closeSync();
        }
      },
      close: () => duckdb.close(),
    };
  } catch (error) {
    await duckdb.close();
    if (isTickbookError(error)) throw error;
    return refuseParquet(path, error as Error);
  }
}

/** A text in a column of times is cast to one. */
function kindOf(type: string): RawColumn["kind"] {
  if (type === "VARCHAR") return "moment";
  if (!MOMENT.test(type)) return "number";
  return type.includes("WITH TIME ZONE") ? "instant" : "moment";
}

/** SQL that gives a column as a double; a text may write a time. */
function doubleOf(path: string, { name, type }: ParquetColumn, isTime: boolean): string {
  const quoted = `"${name.replaceAll('"', '""')}"`;
  const missing = (sql: string) => `coalesce((${sql})::DOUBLE, 'NaN'::DOUBLE)`;
  // Microseconds, since epoch_ms cuts what is below a millisecond.
  if (MOMENT.test(type) && isTime) {
    const isZoned = type.includes("WITH TIME ZONE");
    return missing(`epoch_us(${isZoned ? quoted : `${quoted}::TIMESTAMP`}) / 1000.0`);
  }
  if (type === "VARCHAR" && isTime) return missing(`epoch_us(TRY_CAST(${quoted} AS TIMESTAMP)) / 1000.0`);
  if (NUMBER.test(type)) return missing(quoted);
  return fail("data.bad-file", {
    message: `${path}: the column "${name}" holds ${type}, not numbers`,
    hint: isTime ? "Store times as UTC milliseconds or as timestamps." : "Store it as DOUBLE.",
    fields: { path, column: name, type },
  });
}

function refuseParquet(path: string, error: Error): never {
  fail("data.bad-file", {
    message: `${path} can't be read as Parquet: ${error.message.split("\n")[0]}`,
    hint: "The file is damaged, cut short or of another format.",
    fields: { path },
    cause: error,
  });
}
