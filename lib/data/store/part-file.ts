import { randomBytes } from "node:crypto";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Duckdb } from "./duckdb.ts";
import { hashFile, syncPath } from "./files.ts";
import type { Columns, PeriodColumns } from "./layout.ts";
import { streamParquet, writeParquet } from "./parquet.ts";
import { damaged, type Part, partPath } from "./version-file.ts";

/** Writes the rows of one period under the hash of the file's bytes. @param sha256 of the rows. */
export async function writePart(
  duckdb: Duckdb,
  dataset: string,
  { period, columns }: PeriodColumns,
  sha256: string,
): Promise<Part> {
  const folder = join(dataset, "parts");
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `.${randomBytes(8).toString("hex")}.tmp`);
  try {
    await duckdb.use((connection) => writeParquet(connection, draft, columns));
    await syncPath(draft);
    const [file, { size }] = await Promise.all([hashFile(draft), stat(draft)]);
    const time = columns.time!;
    const part = { period, rows: time.length, from: time[0]!, to: time.at(-1)!, sha256, file, bytes: size };
    await rename(draft, partPath(dataset, part));
    await syncPath(folder);
    await syncPath(dirname(folder));
    return part;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Reads all rows of a part into `target` from row `offset` on, and verifies the file meanwhile. Errors: `data.damaged`. */
export async function readPart(
  duckdb: Duckdb,
  dataset: string,
  part: Part,
  target: Columns,
  offset = 0,
): Promise<void> {
  const path = partPath(dataset, part);
  const columns = Object.values(target);
  const verified = verifyPart(dataset, part);
  // A damaged file may also fail to decode: the hash tells first, and is waited for in any case.
  verified.catch(() => {});
  let length = 0;
  try {
    await duckdb.use(async (connection) => {
      for await (const chunk of streamParquet(connection, path, Object.keys(target))) {
        const end = length + chunk[0]!.length;
        if (end <= part.rows) {
          for (let k = 0; k < columns.length; k++) columns[k]!.set(chunk[k]!, offset + length);
        }
        length = end;
      }
    });
  } catch (error) {
    await verified;
    damaged(path, (error as Error).message.split("\n")[0]!, error);
  }
  await verified;
  if (length !== part.rows) damaged(path, `it has ${length} rows instead of ${part.rows}`);
}

/** Stops if the file of a part is not the one that was written. Errors: `data.damaged`. */
export async function verifyPart(dataset: string, part: Part): Promise<void> {
  const path = partPath(dataset, part);
  const file = await hashFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") damaged(path, "it is missing", error);
    throw error;
  });
  if (file !== part.file) damaged(path, "its bytes are not those that were written");
}
