/**
 * The folder of one account:
 *
 *   lock.<n>                the process that has it
 *   journal/                what happened
 *   trusted.json            fingerprints of the keys whose bundles may trade here
 *   control.json            where the running daemon listens, and the word to say (mode 0600)
 */
import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { fail } from "#core";
import { writeAtomic } from "#storage";
import type { StreamKeys } from "#venue";

const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}$/;

/** Fingerprints that an account trusts; none for a new one. Errors: `storage.damaged`. */
export async function readTrusted(folder: string): Promise<readonly string[]> {
  const path = join(folder, "trusted.json");
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return [];
  try {
    const list = JSON.parse(text) as unknown;
    if (Array.isArray(list) && list.every((each) => FINGERPRINT.test(String(each)))) return list as string[];
  } catch {}
  return fail("storage.damaged", {
    message: `${path} is not a list of fingerprints`,
    hint: "Restore it, or remove it and trust the keys again: tickbook live trust <fingerprint>.",
    fields: { path },
  });
}

/** Errors: `cli.bad-option` for what is no fingerprint, `storage.unwritable`. */
export async function trust(folder: string, fingerprint: string): Promise<readonly string[]> {
  if (!FINGERPRINT.test(fingerprint)) {
    fail("cli.bad-option", {
      message: `"${fingerprint}" is not the fingerprint of a key`,
      hint: "tickbook keys show prints it: SHA256: and 43 characters.",
      fields: { fingerprint },
    });
  }
  const trusted = [...new Set([...(await readTrusted(folder)), fingerprint])].sort();
  await writeAtomic(join(folder, "trusted.json"), `${JSON.stringify(trusted, null, 2)}\n`);
  return trusted;
}

export interface ControlAddress {
  readonly port: number;
  readonly token: string;
  readonly pid: number;
}

/** Only the owner may read it: who knows the token commands the daemon. */
export async function writeControlAddress(folder: string, address: ControlAddress): Promise<void> {
  const path = join(folder, "control.json");
  await writeAtomic(path, JSON.stringify(address), { mode: 0o600 });
}

export async function removeControlAddress(folder: string): Promise<void> {
  await rm(join(folder, "control.json"), { force: true });
}

export async function readControlAddress(folder: string): Promise<ControlAddress | undefined> {
  const text = await readFile(join(folder, "control.json"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as ControlAddress);
}

/** The API key of a file {"apiKey", "secret"}. Errors: `live.bad-key-file`, `keys.exposed`. */
export async function readKeyFile(path: string): Promise<StreamKeys> {
  const bad = (why: string) =>
    fail("live.bad-key-file", {
      message: `${path} ${why}`,
      hint: 'Write { "apiKey": "...", "secret": "..." } and: chmod 600 <file>',
      fields: { path },
    });
  const state = await stat(path).catch((cause: Error) => bad(`cannot be read: ${cause.message}`));
  if (process.platform !== "win32" && (state.mode & 0o077) !== 0) {
    fail("keys.exposed", {
      message: `${path} has mode ${(state.mode & 0o777).toString(8)}: others than you may read it`,
      hint: `chmod 600 ${path}, and make a new key at the exchange if somebody may have read it.`,
      fields: { path },
    });
  }
  try {
    const { apiKey, secret } = JSON.parse(await readFile(path, "utf8")) as Partial<StreamKeys>;
    if (typeof apiKey === "string" && typeof secret === "string" && apiKey && secret)
      return { apiKey, secret };
  } catch {}
  return bad("holds no API key and secret");
}
