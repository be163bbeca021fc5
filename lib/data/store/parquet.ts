import type { DuckDBConnection, DuckDBVector } from "@duckdb/node-api";
import { assert } from "#core";
import type { Columns } from "./layout.ts";

/** DuckDB's rows in a chunk. */
const CHUNK_ROWS = 2048;

/**
 * How parts are encoded, by measurement (bench/data-read.mjs): version 2's byte-stream splitting lets zstd write three
 * times as fast as dictionaries do and read as fast as no compression, for a fifth more bytes.
 */
export const ENCODING = "FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION V2";

/** Writes columns of equal length as a new Parquet file. The bits of every number are kept. */
export async function writeParquet(
  connection: DuckDBConnection,
  path: string,
  columns: Columns,
): Promise<void> {
  const { DOUBLE, DuckDBDataChunk } = await import("@duckdb/node-api");
  const entries = Object.entries(columns);
  const rows = entries[0]![1].length;
  await connection.run(
    `CREATE TEMP TABLE part (${entries.map(([name]) => `${sqlName(name)} DOUBLE`).join(", ")})`,
  );
  const appender = await connection.createAppender("part");
  const chunk = DuckDBDataChunk.create(
    entries.map(() => DOUBLE),
    CHUNK_ROWS,
  );
  for (let start = 0; start < rows; start += CHUNK_ROWS) {
    const end = Math.min(rows, start + CHUNK_ROWS);
    chunk.rowCount = end - start;
    for (const [k, [, column]] of entries.entries()) {
      const vector = chunk.getColumnVector(k);
      doubles(vector).set(column.subarray(start, end));
      vector.flush();
    }
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
  await connection.run(`COPY part TO ${sqlText(path)} (${ENCODING})`);
  await connection.run("DROP TABLE part");
}

/**
 * Columns of a Parquet file in pieces of some thousand rows, in the file's order; valid until the next piece.
 * @param expressions SQL expressions of type DOUBLE without missing values. @param where "WHERE ..." or nothing.
 */
export async function* streamParquet(
  connection: DuckDBConnection,
  path: string,
  expressions: readonly string[],
  where = "",
): AsyncGenerator<Float64Array[]> {
  const result = await connection.stream(
    `SELECT ${expressions.join(", ")} FROM read_parquet(${sqlText(path)}) ${where}`,
  );
  for (;;) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) return;
    yield expressions.map((_, k) => doubles(chunk.getColumnVector(k)).subarray(0, chunk.rowCount));
  }
}

export interface ParquetColumn {
  readonly name: string;
  /** DuckDB's name of the type: "DOUBLE". */
  readonly type: string;
}

/** The columns that a Parquet file has. */
export async function parquetColumns(connection: DuckDBConnection, path: string): Promise<ParquetColumn[]> {
  const result = await connection.runAndReadAll(`DESCRIBE SELECT * FROM read_parquet(${sqlText(path)})`);
  return result.getRowsJS().map(([name, type]) => ({ name: String(name), type: String(type) }));
}

/** The memory of a vector of DOUBLEs. */
function doubles(vector: DuckDBVector): Float64Array {
  // Public in JavaScript, private in the type; the documented way makes an array of boxed values.
  const { items } = vector as unknown as { readonly items: unknown };
  assert(items instanceof Float64Array, "a DOUBLE column has its numbers in a Float64Array");
  return items;
}

/** A text as an SQL literal. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as SQL writes it. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
