import { randomBytes } from "node:crypto";
import { rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fail, isTickbookError } from "#core";
import type { Duckdb } from "./duckdb.ts";
import { syncPath } from "./files.ts";
import { ENCODING, sqlText } from "./parquet.ts";
import { verifyPart } from "./part-file.ts";
import { noRows, partsIn, type TimeRange, whereOf } from "./read-rows.ts";
import { partPath, type VersionFile, versionOf } from "./version-file.ts";

/** Writes the rows of the range as one Parquet file, whole or not at all. @returns the number of rows. */
export async function exportParquet(
  duckdb: Duckdb,
  dataset: string,
  file: VersionFile,
  { range, path }: { readonly range: TimeRange; readonly path: string },
): Promise<number> {
  const parts = partsIn(file, range);
  for (const part of parts) await verifyPart(dataset, part);
  if (parts.length === 0) return noRows(file, range);
  const paths = parts.map((part) => sqlText(partPath(dataset, part))).join(", ");
  const draft = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString("hex")}.tmp`);
  const rows = `SELECT * FROM read_parquet([${paths}]) ${whereOf(versionOf(file), range)}`;
  try {
    const result = await duckdb.use((connection) =>
      connection.runAndReadAll(`COPY (${rows}) TO ${sqlText(draft)} (${ENCODING})`),
    );
    const count = Number(result.getRowsJS()[0]![0]);
    if (count === 0) return noRows(file, range);
    await syncPath(draft);
    await rename(draft, path);
    return count;
  } catch (error) {
    if (isTickbookError(error)) throw error;
    const reason = (error as Error).message.split("\n")[0]!;
    return fail("storage.unwritable", {
      message: `${path} cannot be written: ${reason}`,
      hint: "Check that its folder is there and may be written to, and that the disk has room.",
      fields: { path },
      cause: new Error(reason),
    });
  } finally {
    await rm(draft, { force: true });
  }
}
