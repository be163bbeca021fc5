import { closeSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";

/** Makes a folder and those above it, durably. Not `mkdir` with `recursive`: see write-atomic.ts. */
export function makeFolderSync(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || dirname(path) === path) throw error;
    makeFolderSync(dirname(path));
    makeUnlessThere(path);
  }
  syncFolderSync(dirname(path));
}

/** Another process may have made it in the meantime. */
function makeUnlessThere(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as { code?: unknown }).code !== "EEXIST") throw error;
  }
}

/** Makes the names in a folder durable. */
export function syncFolderSync(path: string): void {
  // Windows can't open a folder; NTFS journals its names.
  if (process.platform === "win32") return;
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
