import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** The version of this package, from its package.json: the first one above this file, built or not. */
export function packageVersion(): string {
  const path = createRequire(import.meta.url).resolve("tickbook/package.json");
  return String((JSON.parse(readFileSync(path, "utf8")) as { version?: unknown }).version);
}
