import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isTickbookError } from "#core";
import {
  partPath,
  readCurrent,
  readNames,
  readVersionFile,
  versionHashes,
  versionPath,
} from "./version-file.ts";

/** Removes the files of parts that no version names: those of writes that were interrupted. The caller holds the lock. */
export async function removeUnreferenced(dataset: string): Promise<void> {
  const wanted = new Set<string>();
  const current = await readCurrent(dataset).catch(passIfRefused);
  if (current === undefined && (await versionHashes(dataset)).length > 0) return;
  // The current version counts also where its file is lost.
  for (const hash of new Set([...(await versionHashes(dataset)), ...(current ? [current] : [])])) {
    const file = await readVersionFile(dataset, hash).catch(passIfRefused);
    // Nobody knows what a version that can't be read names: nothing is removed.
    if (!file) return;
    for (const part of file.parts) wanted.add(partPath(dataset, part));
  }
  for (const folder of [".", "parts", "versions"]) {
    for (const name of await readNames(join(dataset, folder))) {
      const path = join(dataset, folder, name);
      // Not the drafts of locks: they are made by those who wait for this one.
      const isDraft = name.startsWith(".") && name.endsWith(".tmp") && !name.startsWith(".lock.");
      if (isDraft || (folder === "parts" && !wanted.has(path))) await rm(path, { force: true });
    }
  }
}

function passIfRefused(error: unknown): undefined {
  if (!isTickbookError(error)) throw error;
}

/** Removes all versions but the current one, and the parts that only they name. @returns how many versions. */
export async function pruneVersions(dataset: string): Promise<number> {
  const current = await readCurrent(dataset);
  if (current === undefined) return 0;
  await readVersionFile(dataset, current);
  const old = (await versionHashes(dataset)).filter((hash) => hash !== current);
  for (const hash of old) await rm(versionPath(dataset, hash), { force: true });
  await removeUnreferenced(dataset);
  return old.length;
}

/** Removes one version, unless it is the current one, and the parts that only it names. */
export async function removeVersion(dataset: string, hash: string): Promise<void> {
  const isOld = (await versionHashes(dataset)).includes(hash) && (await readCurrent(dataset)) !== hash;
  if (!isOld) return;
  await rm(versionPath(dataset, hash), { force: true });
  await removeUnreferenced(dataset);
}
