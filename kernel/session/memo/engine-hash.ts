import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
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
