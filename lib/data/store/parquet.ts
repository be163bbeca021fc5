import type { DuckDBConnection, DuckDBVector } from "@duckdb/node-api";
import { assert } from "#core";
import type { BarColumns } from "#model";
import { ALL_COLUMNS, createColumns } from "../clean/columns.ts";

/** DuckDB's rows in a chunk. */
const CHUNK_ROWS = 2048;

/** Writes columns of equal length as a new Parquet file (zstd). The bits of every number are kept. */
export async function writeParquet(
  connection: DuckDBConnection,
  path: string,
  columns: BarColumns,
): Promise<void> {
  const { DOUBLE, DuckDBDataChunk } = await import("@duckdb/node-api");
  await connection.run(`CREATE TEMP TABLE bars (${ALL_COLUMNS.map((name) => `${name} DOUBLE`).join(", ")})`);
  const appender = await connection.createAppender("bars");
  const types = ALL_COLUMNS.map(() => DOUBLE);
  const chunk = DuckDBDataChunk.create(types, CHUNK_ROWS);
  for (let start = 0; start < columns.time.length; start += CHUNK_ROWS) {
    const end = Math.min(columns.time.length, start + CHUNK_ROWS);
    chunk.rowCount = end - start;
    for (const [k, name] of ALL_COLUMNS.entries()) {
      const vector = chunk.getColumnVector(k);
      doubles(vector).set(columns[name].subarray(start, end));
      vector.flush();
    }
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
  await connection.run(`COPY bars TO ${sqlText(path)} (FORMAT parquet, COMPRESSION zstd)`);
  await connection.run("DROP TABLE bars");
}

/** Reads a file that {@link writeParquet} made. Another number of rows than `rows` is an error. */
export async function readParquet(
  connection: DuckDBConnection,
  path: string,
  rows: number,
): Promise<BarColumns> {
  const columns = createColumns(rows);
  let length = 0;
  for await (const chunk of streamParquet(connection, path, ALL_COLUMNS)) {
    if (length + chunk[0]!.length <= rows) {
      for (const [k, name] of ALL_COLUMNS.entries()) columns[name].set(chunk[k]!, length);
    }
    length += chunk[0]!.length;
  }
  if (length !== rows) throw new Error(`it has ${length} rows instead of ${rows}`);
  return columns;
}

/**
 * Columns of a Parquet file in pieces of some thousand rows, in the file's order; valid until the next piece.
 * @param expressions SQL expressions of type DOUBLE without missing values.
 */
export async function* streamParquet(
  connection: DuckDBConnection,
  path: string,
  expressions: readonly string[],
): AsyncGenerator<Float64Array[]> {
  const result = await connection.stream(
    `SELECT ${expressions.join(", ")} FROM read_parquet(${sqlText(path)})`,
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
function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
