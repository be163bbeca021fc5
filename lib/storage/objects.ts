import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fail } from "#core";
import { sha256 } from "./hash.ts";
import { writeAtomic } from "./write-atomic.ts";

const RESTORE =
  "Restore the file from a copy, or run the notebook again: the same run stores the same objects.";

/** Contents under their own hash: `<folder>/<first two digits>/<sha256>`. */
export interface ObjectStore {
  /** Stores a content, durably; storing it again changes nothing. @returns its sha256. Errors: `storage.unwritable`. */
  put(content: string | Uint8Array): Promise<string>;
  /** The bytes stored under this hash, and no others. Errors: `storage.missing`, `storage.damaged`. */
  get(hash: string): Promise<Uint8Array>;
  has(hash: string): Promise<boolean>;
}

/** @param folder is made when something is stored. */
export function openObjects(folder: string): ObjectStore {
  const pathOf = (hash: string) => join(folder, hash.slice(0, 2), hash);
  return {
    async put(content) {
      const hash = sha256(content);
      const found = await readFile(pathOf(hash)).catch(() => undefined);
      // One that is damaged or cannot be read is written anew: this content is what it should be.
      if (!found || sha256(found) !== hash) await writeAtomic(pathOf(hash), content);
      return hash;
    },
    async get(hash) {
      const path = pathOf(hash);
      const bytes = await readFile(path).catch((cause: unknown) =>
        fail("storage.missing", {
          message: `the object ${hash} cannot be read: ${(cause as Error).message}`,
          hint: RESTORE,
          fields: { hash, path },
          cause,
        }),
      );
      const actual = sha256(bytes);
      if (actual !== hash) {
        fail("storage.damaged", {
          message: `the object ${path} is damaged: its content has the hash ${actual}`,
          hint: RESTORE,
          fields: { hash, actual, path },
        });
      }
      return bytes;
    },
    async has(hash) {
      return (await stat(pathOf(hash)).catch(() => undefined))?.isFile() ?? false;
    },
  };
}
