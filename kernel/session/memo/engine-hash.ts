import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodeValue } from "#core";
import { sha256 } from "#storage";

/** Everything but the hosts: any of it can change what a run finds. */
const ROOMS = ["lib", "features", "optimize", "exports"];

/**
 * Which engine a copy of tickbook has: sha256 over the built files of its rooms.
 * @param folder the copy's folder.
 */
export async function engineHash(folder: string): Promise<string> {
  const dist = join(folder, "dist");
  const paths: string[] = [];
  for (const room of ROOMS) {
    const names = await readdir(join(dist, room), { recursive: true });
    paths.push(
      ...names.filter((name) => name.endsWith(".js")).map((name) => `${room}/${name.replaceAll("\\", "/")}`),
    );
  }
  paths.sort((a, b) => (a < b ? -1 : 1));
  const files = await Promise.all(
    paths.map(async (path) => [path, sha256(await readFile(join(dist, path)))]),
  );
  return sha256(encodeValue(files));
}

let own: Promise<string> | undefined;

/** The engine of this copy. */
export function ownEngineHash(): Promise<string> {
  own ??= engineHash(packageFolder());
  return own;
}

/** Where this copy of tickbook lies. */
export function packageFolder(): string {
  const here = fileURLToPath(import.meta.url);
  return join(dirname(here), here.endsWith(".ts") ? "../../.." : "../../../..");
}
