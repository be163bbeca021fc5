import { existsSync } from "node:fs";
import { register } from "node:module";

const REGISTERED = Symbol.for("tickbook.loader/1");

/** The address of the package's own door: what `tickbook` means where it is not installed. */
export function ownDoor(): string {
  return new URL("../api.js", compiledFolder()).href;
}

/** Adds `hooks.ts` to Node's loader, once per process. Its thread takes some 50 ms to start. */
export function registerLoader(): void {
  const process = globalThis as Record<symbol, unknown>;
  if (process[REGISTERED]) return;
  process[REGISTERED] = true;
  register(new URL("hooks.js", compiledFolder()).href, { data: { ownDoor: ownDoor() } });
}

/** Node's loader thread needs JavaScript: beside this file, or in dist/ when this runs from the sources. */
function compiledFolder(): URL {
  const here = new URL("./", import.meta.url);
  return existsSync(new URL("hooks.js", here)) ? here : new URL("../../../dist/kernel/session/load/", here);
}
