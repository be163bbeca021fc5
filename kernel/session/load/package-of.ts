import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ImportedPackage } from "./reached.ts";

/** The package that a file belongs to: the nearest package.json above it that has a name and a version. */
export async function packageOf(file: string): Promise<ImportedPackage | undefined> {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const text = await readFile(join(folder, "package.json"), "utf8").catch(() => "{}");
    const { name, version } = JSON.parse(text) as { name?: unknown; version?: unknown };
    if (typeof name === "string" && typeof version === "string") return { name, version, folder };
    if (dirname(folder) === folder) return undefined;
  }
}
