import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * Absolute path of a file of real market data, below the folder TICKBOOK_DATA; undefined if it is not there, and a
 * test then runs on its generated twin only. With TICKBOOK_REQUIRE_DATA=1 a missing file is an error.
 */
export function realData(path: string): string | undefined {
  const root = process.env.TICKBOOK_DATA;
  const file = root === undefined ? undefined : join(root, path);
  if (file !== undefined && existsSync(file)) return file;
  if (process.env.TICKBOOK_REQUIRE_DATA === "1") {
    throw new Error(
      `TICKBOOK_REQUIRE_DATA is 1, but ${file ?? `TICKBOOK_DATA is not set, so ${path}`} is missing`,
    );
  }
  return undefined;
}
