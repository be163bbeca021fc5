import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fail } from "#core";

/**
 * Writes a whole file or nothing: readers see the old text or the new one, also after a crash in between.
 * Makes missing folders. Errors: `runner.unwritable-output`.
 */
export async function writeAtomic(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString("hex")}.tmp`);
  try {
    await makeFolder(dirname(path));
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    fail("runner.unwritable-output", {
      message: `the executed notebook cannot be written to ${path}: ${(cause as Error).message}`,
      hint: "Give another path for the output, in a folder that you may write to.",
      fields: { path },
      cause,
    });
  }
}

/** Not `mkdir` with `recursive`: Node 20 never returns from that below /proc. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path);
  }
}
