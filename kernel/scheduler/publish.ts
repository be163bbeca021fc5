/**
 * What a run leaves where people look: its executed notebook and report beside the notebook, in
 * `runs/<name>/<number>.ipynb` and `.html`. JupyterLab does not open what lies in a hidden folder, as attempts do.
 */
import { readFile, rm, rmdir } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { writeAtomic } from "#storage";
import type { AttemptResult, Published, RunRow } from "./state/types.ts";

/** Folder beside the notebook that holds what its runs published. */
function publishedFolder(notebook: string): string {
  return join(dirname(notebook), "runs", basename(notebook, extname(notebook)));
}

/**
 * Copies the outputs of the attempt that ended a run. Done again it leaves the same, so that it may be cut short; a file
 * that is there and is not this run's stays: another job of the notebook, or its user, has that name.
 * @returns absolute paths. Errors: `storage.unwritable`, those of reading the attempt's files.
 */
export async function publish(
  notebook: string,
  { id, number }: Pick<RunRow, "id" | "number">,
  { output, report }: Pick<AttemptResult, "output" | "report">,
): Promise<Published> {
  const files = [];
  for (const [kind, path] of [["output", output] as const, ["report", report] as const]) {
    const content = path === undefined ? undefined : await contentOf(path);
    if (content) files.push({ kind, extension: kind === "output" ? ".ipynb" : ".html", content });
  }
  const folder = publishedFolder(notebook);
  const names = [String(number), `${number}-${id}`];
  for (const name of names) {
    const planned = files.map(({ kind, extension, content }) => ({
      ...{ kind, content, path: join(folder, `${name}${extension}`) },
    }));
    const isFree = await Promise.all(planned.map(async ({ path, content }) => isFreeFor(path, content)));
    // The last name has the run's own id in it.
    if (isFree.includes(false) && name !== names.at(-1)) continue;
    for (const { path, content } of planned) await writeAtomic(path, content);
    return Object.fromEntries(planned.map(({ kind, path }) => [kind, path]));
  }
  return {};
}

async function isFreeFor(path: string, content: Buffer): Promise<boolean> {
  const there = await contentOf(path);
  return there === undefined || there.equals(content);
}

/** Undefined if there is no such file. */
async function contentOf(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Removes what a run published. */
export async function unpublish({ result }: RunRow): Promise<void> {
  const { output, report } = result?.published ?? {};
  for (const path of [output, report]) if (path !== undefined) await rm(path, { force: true });
}

/** Removes the folders of a notebook's runs if nothing is left in them. */
export async function removeIfEmpty(notebook: string): Promise<void> {
  const folder = publishedFolder(notebook);
  for (const path of [folder, dirname(folder)]) {
    try {
      await rmdir(path);
    } catch {
      // It holds something, or is gone already.
      return;
    }
  }
}
