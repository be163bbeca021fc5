import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Folder of this package. */
export function packageFolder(): string {
  return dirname(createRequire(import.meta.url).resolve("tickbook/package.json"));
}

/** The version of this package. */
export function packageVersion(): string {
  const text = readFileSync(join(packageFolder(), "package.json"), "utf8");
  return String((JSON.parse(text) as { version?: unknown }).version);
}
