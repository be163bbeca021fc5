import { mkdir, mkdtemp, open, readdir, rename, rm, stat } from "node:fs/promises";
import { platform } from "node:os";
import { dirname, join } from "node:path";

/** Prefix of folders that a write has not finished. */
const UNFINISHED = ".writing-";
/** A write takes seconds; what is this much older than another is left from a killed process. */
const ABANDONED_MS = 36e5;

/** Makes the folder's content durable. */
export async function syncPath(path: string): Promise<void> {
  // Windows can't open a folder; NTFS journals its names.
  if (platform() === "win32" && (await stat(path)).isDirectory()) return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a folder that no reader looks at, inside `parent`, and removes what killed writers left there. */
export async function createUnfinishedFolder(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, UNFINISHED));
  const { mtimeMs } = await stat(folder);
  for (const name of await readdir(parent)) {
    if (!name.startsWith(UNFINISHED)) continue;
    const path = join(parent, name);
    // Another writer may remove it first.
    const old = await stat(path).catch(() => undefined);
    if (old && old.mtimeMs < mtimeMs - ABANDONED_MS) await rm(path, { recursive: true, force: true });
  }
  return folder;
}

/** Replaces a small file: a reader sees the old text or the new one, also after a loss of power. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const folder = await createUnfinishedFolder(dirname(path));
  try {
    const draft = join(folder, "draft");
    await writeSynced(draft, text);
    await rename(draft, path);
    await syncPath(dirname(path));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function writeSynced(path: string, text: string): Promise<void> {
  const handle = await open(path, "w");
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A name as one path segment, one to one: letters and digits stay, "/" becomes "-", the rest %XX. */
export function segmentFromName(name: string): string {
  return encodeURIComponent(name)
    .replace(/[-_.!~*'()]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%2F", "-");
}
