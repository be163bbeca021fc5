import { existsSync } from "node:fs";
import { register } from "node:module";
import process from "node:process";
import { URL } from "node:url";
import { isMainThread, MessageChannel } from "node:worker_threads";
import { fail } from "#core";
import { type LoaderData, LoaderNotes, type Reached } from "./reached.ts";

const REGISTERED = Symbol.for("tickbook.loader/1");

/** The address of the package's own door: what `tickbook` means where it is not installed. */
export function ownDoor(): string {
  return new URL("../api.js", compiledFolder()).href;
}

/**
 * Adds `hooks.ts` to Node's loader, once per process. Its thread takes some 50 ms to start.
 * @param moduleCells absolute folder of the cells that are modules.
 */
export function registerLoader(moduleCells: string): void {
  if (loaderNotes()) return;
  assertFolder();
  const { port1, port2 } = new MessageChannel();
  (globalThis as Record<symbol, unknown>)[REGISTERED] = new LoaderNotes(port1);
  const data: LoaderData = { ownDoor: ownDoor(), moduleCells, notes: port2 };
  register(new URL("hooks.js", compiledFolder()).href, { data, transferList: [port2] });
}

/**
 * Node waits for ever for a loader's thread that has no folder to start in. One that was deleted and made again is
 * entered again.
 */
function assertFolder(): void {
  try {
    if (isMainThread) process.chdir(process.cwd());
  } catch (cause) {
    fail("session.no-folder", { message: `nothing can be imported: ${(cause as Error).message}`, cause });
  }
}

/** What this process's cells have imported so far. */
export function reachedByImports(): Reached {
  return loaderNotes()?.reached() ?? { modules: [], packages: [] };
}

function loaderNotes(): LoaderNotes | undefined {
  return (globalThis as Record<symbol, unknown>)[REGISTERED] as LoaderNotes | undefined;
}

/** Node's loader thread needs JavaScript: beside this file, or in dist/ when this runs from the sources. */
function compiledFolder(): URL {
  const here = new URL("./", import.meta.url);
  return existsSync(new URL("hooks.js", here)) ? here : new URL("../../../dist/kernel/session/load/", here);
}
