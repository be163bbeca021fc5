import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runNotebook } from "#runner";
import { openObjects, readRunRecord } from "#storage";
import { temporaryFolder } from "../../temporary-folder.ts";
import type { Cell } from "./records.ts";

/** Runs a notebook in a project of its own, where tickbook is installed. */
export async function recordedRun(cells: readonly Cell[], files: Readonly<Record<string, string>> = {}) {
  const root = temporaryFolder();
  symlinkSync(fileURLToPath(new URL("../../../node_modules", import.meta.url)), join(root, "node_modules"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const path = join(root, "n.ipynb");
  writeFileSync(path, notebookText(cells));
  const result = await runNotebook({ path });
  if (!result.recordHash) throw new Error(result.error?.traceback.join("\n"));
  const home = join(root, ".tickbook");
  const { record } = await readRunRecord(home, result.recordHash);
  const objects = openObjects(join(home, "objects"));
  return { root, record, readObject: (hash: string) => objects.get(hash) };
}

function notebookText(cells: readonly Cell[]): string {
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
  return JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: content });
}
