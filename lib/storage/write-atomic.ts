import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fail } from "#core";

/**
 * Writes a whole file or nothing: readers see the old content or the new one, also after a crash or a loss of power in
 * between. Makes missing folders. @param options.mode of the file: 0o600 for what only its owner may read. Errors: `storage.unwritable`.
 */
export async function writeAtomic(
  path: string,
  content: string | Uint8Array,
  options: { readonly mode?: number } = {},
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(4).toString("hex")}.tmp`);
  try {
    await makeFolder(folder);
    const file = await open(temporary, "wx", options.mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    fail("storage.unwritable", {
      message: `${path} cannot be written: ${(cause as Error).message}`,
      hint: "Check that the disk has room, or give another path, in a folder that you may write to.",
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
    await mkdir(path).catch(passIfExists);
  }
  await syncFolder(dirname(path));
}

/** Another writer may have made it in the meantime. */
function passIfExists(error: unknown): void {
  if ((error as { code?: unknown }).code !== "EEXIST") throw error;
}

/** Makes the names in a folder durable. */
async function syncFolder(path: string): Promise<void> {
  // Windows can't open a folder; NTFS journals its names.
  if (process.platform === "win32") return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
