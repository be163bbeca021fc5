import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../../temporary-folder.ts";

export type Cell = string | { readonly source: string; readonly tags: readonly string[] };

/** A folder with a notebook and other files, where tickbook is installed. @returns the notebook's path. */
export function projectOf(cells: readonly Cell[], files: Readonly<Record<string, string>> = {}): string {
  const root = temporaryFolder();
  symlinkSync(fileURLToPath(new URL("../../../node_modules", import.meta.url)), join(root, "node_modules"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const path = join(root, "n.ipynb");
  writeNotebook(path, cells);
  return path;
}

export function writeNotebook(path: string, cells: readonly Cell[]): void {
  const content = cells.map((cell, i) => {
    const { source, tags } = typeof cell === "string" ? { source: cell, tags: [] } : cell;
    return {
      cell_type: "code",
      id: `cell-${i}`,
      source,
      metadata: { tags },
      outputs: [],
      execution_count: null,
    };
  });
  writeFileSync(path, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: content }));
}
