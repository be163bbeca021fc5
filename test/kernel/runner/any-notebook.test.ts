import { mkdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { prepareNotebook, runNotebook } from "#runner";
import { temporaryFolder } from "../../temporary-folder.ts";
import { anyNotebook } from "./any-notebook.ts";

/** Of nbformat 4.5: what a cell must and may have besides `metadata`, `source`, `id` and `cell_type`. */
const MORE: Readonly<Record<string, readonly string[]>> = {
  code: ["execution_count", "outputs"],
  markdown: ["attachments"],
  raw: ["attachments"],
};
const OUTPUTS: Readonly<Record<string, readonly string[]>> = {
  stream: ["name", "text"],
  display_data: ["data", "metadata"],
  execute_result: ["data", "execution_count", "metadata"],
  error: ["ename", "evalue", "traceback"],
};

/** What the schema of nbformat 4.5 asks for; in CI, Python's nbformat judges the same files (check-notebooks.py). */
function expectValid(root: Record<string, unknown>): void {
  expect([root.nbformat, root.nbformat_minor, Object.keys(root).sort()]).toEqual([
    4,
    5,
    ["cells", "metadata", "nbformat", "nbformat_minor"],
  ]);
  const ids = new Set<string>();
  for (const cell of root.cells as Record<string, unknown>[]) {
    const kind = String(cell.cell_type);
    const names = Object.keys(cell).filter(
      (name) => !["cell_type", "id", "metadata", "source"].includes(name),
    );
    for (const name of names) expect(MORE[kind]).toContain(name);
    if (kind === "code") expect(names.sort()).toEqual(["execution_count", "outputs"]);
    expect(cell.id).toMatch(/^[\w-]{1,64}$/);
    ids.add(String(cell.id));
    expect((cell.source as unknown[]).every((line) => typeof line === "string")).toBe(true);
    for (const output of (cell.outputs ?? []) as Record<string, unknown>[]) {
      const { output_type, ...rest } = output;
      expect(Object.keys(rest).sort()).toEqual(OUTPUTS[String(output_type)]);
    }
  }
  expect(ids.size).toBe((root.cells as unknown[]).length);
}

it("every notebook of format 4 goes in, and a valid one of 4.5 comes out", { timeout: 120_000 }, async () => {
  // TICKBOOK_NOTEBOOKS keeps the files for check-notebooks.py.
  const kept = process.env.TICKBOOK_NOTEBOOKS;
  const folder = kept ?? temporaryFolder();
  mkdirSync(folder, { recursive: true });
  let count = 0;
  await fc.assert(
    fc.asyncProperty(anyNotebook, async (notebook) => {
      const path = join(folder, `in-${++count}.ipynb`);
      const output = join(folder, `out-${count}.ipynb`);
      writeFileSync(path, JSON.stringify(notebook));
      // Some are run; the others only prepared, which is quicker and writes the same file but for the outputs.
      if (count % 20 === 1) await runNotebook({ path, output, allowErrors: true });
      else await prepareNotebook({ path, output, hideInputs: count % 2 === 0 });
      const written = JSON.parse(await readFile(output, "utf8")) as Record<string, unknown>;
      expectValid(written);
      const sources = (root: Record<string, unknown>) =>
        (root.cells as { source: string | string[] }[]).map(({ source }) => [source].flat().join(""));
      expect(sources(written)).toEqual(sources(notebook));
    }),
    { numRuns: 120 },
  );
});
