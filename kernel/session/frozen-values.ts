import { encodeValue, fail, typedArraysIn } from "#core";
import { type ObjectStore, sha256 } from "#storage";
import type { FreezePlace, FrozenFact } from "./ports.ts";

/** A typed array of a frozen value, and the hash it had then. */
interface WatchedArray {
  readonly path: string;
  readonly array: unknown;
  readonly hash: string;
}

/** The values that a session's cells have frozen. */
export class FrozenValues {
  private readonly objects: ObjectStore;
  /** By binding: running a cell again replaces what it froze. */
  private readonly watched = new Map<
    string,
    { readonly fact: FrozenFact; readonly arrays: readonly WatchedArray[] }
  >();
  /** Writes that may not have ended; each answers with its error. */
  private writes: Promise<unknown>[] = [];

  constructor(objects: ObjectStore) {
    this.objects = objects;
  }

  /** Takes a value and begins to store it. */
  keep({ binding, cell }: FreezePlace, text: string, value: unknown): FrozenFact {
    const arrays = typedArraysIn(value, binding).map(({ path, array }) => ({
      path,
      array,
      hash: hashOf(array),
    }));
    const fact = { binding, cell, hash: sha256(text) };
    this.watched.set(binding, { fact, arrays });
    this.writes.push(
      this.objects.put(text).then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
    return fact;
  }

  /** Of each binding the newest value. */
  facts(): FrozenFact[] {
    return [...this.watched.values()].map(({ fact }) => fact);
  }

  /** Resolves when all that was kept is on disk. @returns the first error, `storage.unwritable`, if one is not. */
  async stored(): Promise<unknown> {
    const errors = await Promise.all(this.writes);
    this.writes = [];
    return errors.find((error) => error !== undefined);
  }

  /** Errors: `freeze.changed-after`, with field `cell`. JavaScript freezes objects, not the elements of typed arrays. */
  assertUnchanged(): void {
    for (const [binding, { fact, arrays }] of this.watched) {
      const { cell } = fact;
      const changed = arrays.find(({ array, hash }) => hashOf(array) !== hash);
      if (!changed) continue;
      fail("freeze.changed-after", {
        message: `${changed.path} was written to after cell ${cell} froze ${binding}`,
        fields: { binding, cell, path: changed.path },
      });
    }
  }
}

function hashOf(array: unknown): string {
  return sha256(encodeValue(array));
}
