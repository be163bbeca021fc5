import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fail } from "#core";
import { type BundleFiles, readBundleFiles } from "./read-bundle.ts";

/**
 * Writes a bundle's folder whole or not at all: into a folder beside it, synced, then renamed. One of the same name
 * with the same files stays as it is. @returns whether it was written. Errors: `storage.unwritable`.
 */
export async function writeBundle(path: string, files: BundleFiles): Promise<boolean> {
  if (await isSame(path, files)) return false;
  const temporary = join(dirname(path), `.bundle.${randomBytes(4).toString("hex")}.tmp`);
  try {
    await mkdir(temporary, { recursive: true });
    const folders = new Set([temporary]);
    for (const [name, content] of files) {
      const file = join(temporary, name);
      await mkdir(dirname(file), { recursive: true });
      folders.add(dirname(file));
      await writeSynced(file, content);
    }
    for (const folder of folders) await syncFolder(folder);
    // A folder of this name with other content is damaged: its name says what it should hold.
    await rm(path, { recursive: true, force: true });
    await rename(temporary, path);
    await syncFolder(dirname(path));
    return true;
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
    // Another promotion of the same run may have been first.
    if (await isSame(path, files)) return false;
    return fail("storage.unwritable", {
      message: `the bundle ${path} cannot be written: ${(cause as Error).message}`,
      hint: "Check that the disk has room, or give another folder with --out.",
      fields: { path },
      cause,
    });
  }
}

async function isSame(path: string, files: BundleFiles): Promise<boolean> {
  const found = await readBundleFiles(path).catch(() => undefined);
  if (found?.size !== files.size) return false;
  return [...files].every(([name, content]) => {
    const other = found.get(name);
    return other !== undefined && Buffer.compare(other, content) === 0;
  });
}

async function writeSynced(path: string, content: Uint8Array): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  // Windows can't open a folder.
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
