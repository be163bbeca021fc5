import type { DuckDBConnection } from "@duckdb/node-api";
import { fail, isTickbookError, type TickbookError } from "#core";
import { createDuckdb } from "./duckdb.ts";
import { currentFiles } from "./find-version.ts";
import { sqlName, sqlText } from "./parquet.ts";
import { verifyPart } from "./part-file.ts";
import { type AnyKey, type DatasetVersion, partPath, type VersionFile, versionOf } from "./version-file.ts";

/** Columns of equal length, in the order of the SELECT. */
export interface QueryResult {
  readonly length: number;
  /** Numbers as Float64Array (a missing one is NaN); other columns as arrays, with null where a value is missing. */
  readonly columns: Readonly<Record<string, Float64Array | unknown[]>>;
  /** The dataset versions that were read. */
  readonly versions: readonly DatasetVersion[];
}

/**
 * Answers one SELECT over the datasets of a store. A DuckDB of its own sees the files of the datasets that the query
 * names, and nothing else. Errors: `data.bad-query`, `data.damaged`.
 */
export async function runQuery(sql: string, folder: string): Promise<QueryResult> {
  const duckdb = createDuckdb();
  const refused: TickbookError[] = [];
  const files = await currentFiles(folder, (error) => refused.push(error));
  const names = files.map(({ file }) => datasetSqlName(file));
  try {
    return await duckdb.use(async (connection) => {
      const wanted = namesIn(connection, sql);
      const used = files.filter(({ file }) => wanted.has(datasetSqlName(file).toLowerCase()));
      for (const { dataset, file } of used) for (const part of file.parts) await verifyPart(dataset, part);
      await createViews(connection, used);
      const result = await select(connection, sql);
      return { ...result, versions: used.map(({ file }) => versionOf(file)) };
    });
  } catch (error) {
    if (isTickbookError(error)) throw error;
    return refuseQuery(sql, error as Error, names, refused);
  } finally {
    await duckdb.close();
  }
}

/** How SQL names a dataset: binance."BTC/USDT"."1h" with all three names quoted. */
export function datasetSqlName({ source, symbol, kind }: AnyKey): string {
  return [source, symbol, kind].map(sqlName).join(".");
}

/** Tables that a query names in three parts, each quoted, in small letters: SQL's names have no case. */
function namesIn(connection: DuckDBConnection, sql: string): Set<string> {
  const texts = connection.getTableNames(sql, true);
  const part = /"(?:[^"]|"")*"|[^."\s]+/y;
  const names = texts.map((text) => {
    const parts: string[] = [];
    part.lastIndex = 0;
    for (let match = part.exec(text); match; match = part.exec(text)) {
      parts.push(match[0].startsWith('"') ? match[0] : sqlName(match[0]));
      if (text[part.lastIndex] !== ".") break;
      part.lastIndex++;
    }
    return parts.join(".").toLowerCase();
  });
  return new Set(names);
}

async function createViews(
  connection: DuckDBConnection,
  used: readonly { readonly dataset: string; readonly file: VersionFile }[],
): Promise<void> {
  const allowed: string[] = [];
  for (const source of new Set(used.map(({ file }) => file.source)))
    await connection.run(`ATTACH ':memory:' AS ${sqlName(source)}`);
  for (const { dataset, file } of used) {
    const paths = file.parts.map((part) => partPath(dataset, part));
    allowed.push(...paths);
    await connection.run(`CREATE SCHEMA IF NOT EXISTS ${sqlName(file.source)}.${sqlName(file.symbol)}`);
    await connection.run(
      `CREATE VIEW ${datasetSqlName(file)} AS SELECT * FROM read_parquet([${paths.map(sqlText).join(", ")}])`,
    );
  }
  await connection.run(`SET allowed_paths = [${allowed.map(sqlText).join(", ")}]`);
  await connection.run("SET enable_external_access = false");
  await connection.run("SET lock_configuration = true");
}

/** Only a SELECT is run: DuckDB would let other statements write to the files that it may read. */
async function select(
  connection: DuckDBConnection,
  sql: string,
): Promise<Pick<QueryResult, "length" | "columns">> {
  const { StatementType } = await import("@duckdb/node-api");
  const statements = await connection.extractStatements(sql);
  if (statements.count !== 1) throw new Error(`it has ${statements.count} statements instead of one`);
  const statement = await statements.prepare(0);
  if (statement.statementType !== StatementType.SELECT)
    throw new Error(`it is ${StatementType[statement.statementType]}, not SELECT`);
  const reader = await statement.runAndReadAll();
  const names = reader.deduplicatedColumnNames();
  const columns = reader.getColumnsJS().map(plainColumn);
  return {
    length: reader.currentRowCount,
    columns: Object.fromEntries(names.map((name, k) => [name, columns[k]!])),
  };
}

/** Whole numbers come as bigint: they are numbers where that loses nothing. */
function plainColumn(values: readonly unknown[]): Float64Array | unknown[] {
  const isNumber = (value: unknown) => typeof value === "number" || isSafe(value);
  const areNumbers = values.every((value) => value === null || isNumber(value)) && values.some(isNumber);
  if (!areNumbers) return [...values];
  return Float64Array.from(values, (value) => (value === null ? Number.NaN : Number(value)));
}

function isSafe(value: unknown): boolean {
  return typeof value === "bigint" && Number.isSafeInteger(Number(value));
}

function refuseQuery(
  sql: string,
  cause: Error,
  names: readonly string[],
  refused: readonly TickbookError[],
): never {
  const known =
    names.length === 0 ? "The store is empty." : `The datasets are ${names.slice(0, 8).join(", ")}.`;
  const unread = refused.map(({ message }) => ` One can't be read: ${message}.`).join("");
  fail("data.bad-query", {
    message: `the query can't be answered: ${cause.message.split("\n\n")[0]}`,
    hint: `Give one SELECT; a dataset is source."symbol"."kind". ${known}${unread}`,
    fields: { sql, known: names },
    cause,
  });
}
