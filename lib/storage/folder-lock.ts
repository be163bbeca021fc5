/**
 * One process a folder.
 *
 *   <folder>/lock.<n>   who took the folder as the n-th
 *
 * The highest number counts. A folder is taken by making the next number, which only one process can, so that of two
 * that find the same holder gone one wins. The highest file is never removed, also not on release: with it the numbers
 * would start again, and a slow process could take one that it chose long ago.
 */
import { randomBytes } from "node:crypto";
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodeValue, encodeValue, fail } from "#core";
import { makeFolderSync } from "./folder.ts";
import { lookFor, ownIdentity, type ProcessIdentity } from "./process-identity.ts";

const ATTEMPTS_MAX = 100;

export interface FolderLock {
  /** Lets others have the folder. Once more does nothing. */
  release(): void;
}

export interface LockOptions {
  /** Take the place of a holder that this process cannot look for: its container or machine is gone for certain. */
  readonly takeOverUnseen?: boolean;
}

type Entry = { readonly holder: ProcessIdentity | "nobody" };

/**
 * Takes a folder for this process, and makes it if it is missing. A lock whose process is gone is taken over, however
 * that process ended. Errors: `storage.locked` with the holder's pid, `storage.unwritable`.
 */
export function lockFolder(folder: string, options: LockOptions = {}): FolderLock {
  try {
    makeFolderSync(folder);
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const newest = newestNumber(folder);
      if (newest > 0) refuseIfHeld(folder, pathOf(folder, newest), options);
      const path = pathOf(folder, newest + 1);
      if (!makeEntry(folder, path)) continue;
      if (newestNumber(folder) === newest + 1) {
        removeOlder(folder, newest + 1);
        return lockAt(folder, path);
      }
      rmSync(path, { force: true });
    }
  } catch (cause) {
    if ((cause as { syscall?: unknown }).syscall === undefined) throw cause;
    return unwritable(folder, cause);
  }
  return unwritable(folder, new Error(`${ATTEMPTS_MAX} attempts met other processes that try the same`));
}

function lockAt(folder: string, path: string): FolderLock {
  let isHeld = true;
  return {
    release() {
      if (!isHeld) return;
      isHeld = false;
      try {
        renameSync(writeTemporary(folder, { holder: "nobody" }), path);
      } catch (cause) {
        unwritable(folder, cause);
      }
    },
  };
}

const pathOf = (folder: string, number: number) => join(folder, `lock.${number}`);

function numbersIn(folder: string): number[] {
  return readdirSync(folder)
    .filter((name) => /^lock\.[1-9]\d{0,14}$/.test(name))
    .map((name) => Number(name.slice("lock.".length)));
}

function newestNumber(folder: string): number {
  return Math.max(0, ...numbersIn(folder));
}

function refuseIfHeld(folder: string, path: string, { takeOverUnseen = false }: LockOptions): void {
  const { holder } = readEntry(path);
  const state = holder === "nobody" ? "gone" : lookFor(holder);
  if (holder === "nobody" || state === "gone" || (state === "unknown" && takeOverUnseen)) return;
  const isKnown = state === "running";
  fail("storage.locked", {
    message: `the folder ${folder} is in use by process ${holder.pid}${isKnown ? "" : ` of ${holder.host}, where this process cannot look`}`,
    hint: isKnown
      ? "Stop that process first, or give another folder."
      : `If that process has ended for certain, take its place (--take-over), or delete ${path} and start again.`,
    fields: { folder, path, ...holder },
  });
}

/** One that is gone was released by its holder's successor. */
function readEntry(path: string): Entry {
  try {
    return decodeValue(readFileSync(path, "utf8")) as Entry;
  } catch (cause) {
    if ((cause as { code?: unknown }).code === "ENOENT") return { holder: "nobody" };
    return fail("storage.damaged", {
      message: `the lock ${path} cannot be read: ${(cause as Error).message}`,
      hint: "If no process works in this folder for certain, delete the file and start again.",
      fields: { path },
      cause,
    });
  }
}

/** @returns false if another process was faster. A link, so that the entry has its content from the first moment. */
function makeEntry(folder: string, path: string): boolean {
  const temporary = writeTemporary(folder, { holder: ownIdentity() });
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

function writeTemporary(folder: string, entry: Entry): string {
  const path = join(folder, `.lock.${randomBytes(4).toString("hex")}.tmp`);
  writeFileSync(path, encodeValue(entry), { flag: "wx", flush: true });
  return path;
}

function removeOlder(folder: string, number: number): void {
  for (const other of numbersIn(folder)) if (other < number) rmSync(pathOf(folder, other), { force: true });
}

function unwritable(folder: string, cause: unknown): never {
  fail("storage.unwritable", {
    message: `the folder ${folder} cannot be locked: ${(cause as Error).message}`,
    hint: "Check that the disk has room, or give another folder, one that you may write to.",
    fields: { folder },
    cause,
  });
}
