import { existsSync } from "node:fs";
import { fileURLToPath, URL } from "node:url";
import { assert } from "#core";

/**
 * A file of this room as Node runs it: where it is, or the built one when this runs from the sources.
 * @param path "./child.js", seen from the file with the address `from`.
 */
export function builtFile(path: string, from: string): string {
  const url = new URL(path, from);
  const beside = fileURLToPath(url);
  if (existsSync(beside)) return beside;
  const root = new URL("../../", import.meta.url).href;
  const built = fileURLToPath(new URL(`dist/${url.href.slice(root.length)}`, root));
  assert(existsSync(built), `${built} exists; run "npm run build" first`);
  return built;
}
