/**
 * Results that take long and follow from their inputs alone: what was computed once is taken again.
 *
 *   <home>/memo/<key>            the hash of the result; the key is the sha256 of all that the result follows from
 *   <home>/objects/<..>/<hash>   the result as canonical text
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { decodeValue, encodeValue, isTickbookError } from "#core";
import { openObjects, sha256, writeAtomic } from "#storage";
import type { Session } from "../ports.ts";
import { definedCopy } from "./defined-copy.ts";
import { ownEngineHash, packageFolder } from "./engine-hash.ts";

/** Counts up when a function of the door computes something else from the same inputs. */
const VERSION = 1;
const KEY_DIGITS = 12;

/** What a result follows from: plain data, or why that cannot be told. */
export type MemoInputs =
  | { readonly ok: true; readonly inputs: object }
  | { readonly ok: false; readonly reason: string };

export interface Memoised<T> {
  readonly inputs: MemoInputs;
  /** @param key of the inputs: names what the computation keeps in between. Undefined if they cannot be told. */
  readonly compute: (key: string | undefined) => Promise<T>;
  /** Whether a result is what the inputs lead to: one that was interrupted is not kept. Default: it is. */
  readonly isWhole?: (result: T) => boolean;
}

/**
 * The result of `compute`, or that of an earlier time with the same inputs. Either is a copy that was stored and read,
 * so that nothing can depend on which it is. One quiet line in the cell tells.
 * @param what "train", for the line and the key.
 */
export async function memoised<T extends object>(
  session: Session,
  what: string,
  { inputs, compute, isWhole = () => true }: Memoised<T>,
): Promise<T> {
  const key = inputs.ok ? await keyOf(what, inputs.inputs) : undefined;
  if (key === undefined) {
    const reason = inputs.ok ? "its inputs are not plain data" : inputs.reason;
    say(session, `${what}: computed anew in every run, because ${reason}`);
    return compute(undefined);
  }
  const memo = join(session.home, "memo", key);
  const objects = openObjects(join(session.home, "objects"));
  try {
    const found = await objects.get(await readFile(memo, "utf8"));
    const value = structuredClone(decodeValue(new TextDecoder().decode(found))) as T;
    say(
      session,
      `${what}: taken from an earlier run with the same inputs (memo ${key.slice(0, KEY_DIGITS)})`,
    );
    return value;
  } catch {
    // Not there, or damaged: then it is computed, which also mends it.
  }
  const result = await compute(key);
  const text = encodeValue(definedCopy(result), what);
  try {
    if (isWhole(result)) await writeAtomic(memo, await objects.put(text));
  } catch (error) {
    // What took hours to compute is not lost because a disk is full.
    say(session, `${what}: not kept for the next run: ${(error as Error).message}`);
  }
  return structuredClone(decodeValue(text)) as T;
}

async function keyOf(what: string, inputs: object): Promise<string | undefined> {
  try {
    return sha256(encodeValue(definedCopy({ what, of: inputs, by: await ownVersion() })));
  } catch (error) {
    if (isTickbookError(error) && error.code === "freeze.bad-value") return undefined;
    throw error;
  }
}

function say(session: Session, line: string): void {
  session.display({ "text/plain": line });
}

let own: Promise<object> | undefined;

/** This copy of tickbook, the packages it is built on, and what does its arithmetic. */
function ownVersion(): Promise<object> {
  own ??= readOwnVersion();
  return own;
}

async function readOwnVersion(): Promise<object> {
  return {
    version: VERSION,
    engine: await ownEngineHash(),
    packages: sha256(await readFile(join(packageFolder(), "package.json"))),
    node: process.version,
    processor: process.arch,
  };
}
