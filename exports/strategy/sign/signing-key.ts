/**
 * The key that signs a project's bundles: `<home>/keys/signing.json`, made on first use. Only its owner may read it
 * (file mode 0600, folder 0700); a key that others can read is refused, because they may have signed with it.
 */
import { generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { chmod, link, mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fail } from "#core";
import { fingerprintOf, privateKeyFrom, publicKeyOf } from "./signature.ts";

export interface SigningKey {
  readonly privateKey: KeyObject;
  /** Hex. */
  readonly publicKey: string;
  readonly fingerprint: string;
  readonly path: string;
  /** True if this call made it. */
  readonly isNew: boolean;
}

const ONLY_OWNER = 0o077;

/** The key of a home; a new one if it has none. Errors: `keys.exposed`, `keys.damaged`, `keys.unwritable`. */
export async function openSigningKey(home: string): Promise<SigningKey> {
  const found = await readSigningKey(home);
  if (found) return found;
  const path = join(home, "keys", "signing.json");
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ format: "pem", type: "pkcs8" });
  const isNew = await writeOnce(path, `${JSON.stringify({ format: 1, kind: "ed25519", privateKey: pem })}\n`);
  // Another process may have been first: its key counts.
  const key = await readSigningKey(home);
  if (!key) fail("keys.unwritable", { message: `the key ${path} was written and is gone`, fields: { path } });
  return { ...key, isNew };
}

/** The key of a home, if it has one. Errors: `keys.exposed`, `keys.damaged`. */
export async function readSigningKey(home: string): Promise<SigningKey | undefined> {
  const path = join(home, "keys", "signing.json");
  const state = await stat(path).catch(() => undefined);
  if (!state) return undefined;
  await assertPrivate(path, state.mode, "600");
  await assertPrivate(dirname(path), (await stat(dirname(path))).mode, "700");
  const privateKey = keyFrom(await readFile(path, "utf8"));
  if (!privateKey) {
    fail("keys.damaged", {
      message: `${path} is not a signing key that tickbook wrote`,
      hint: "Restore it from a copy. Without one: remove the file, promote again with a new key, and trust that one.",
      fields: { path },
    });
  }
  const publicKey = publicKeyOf(privateKey);
  return { privateKey, publicKey, fingerprint: fingerprintOf(publicKey), path, isNew: false };
}

function keyFrom(text: string): KeyObject | undefined {
  try {
    const { format, privateKey } = JSON.parse(text) as { format?: unknown; privateKey?: unknown };
    return format === 1 && typeof privateKey === "string" ? privateKeyFrom(privateKey) : undefined;
  } catch {
    return undefined;
  }
}

async function assertPrivate(path: string, mode: number, wanted: string): Promise<void> {
  // Windows has no such modes.
  if (process.platform === "win32" || (mode & ONLY_OWNER) === 0) return;
  fail("keys.exposed", {
    message: `${path} has mode ${(mode & 0o777).toString(8)}: others than you may read or change it`,
    hint: `Nobody else can have taken the key? Then: chmod ${wanted} ${path}. Otherwise remove it and promote again with a new one.`,
    fields: { path, mode: (mode & 0o777).toString(8) },
  });
}

/** @returns false if the file was there. A key is never written over. */
async function writeOnce(path: string, text: string): Promise<boolean> {
  const folder = dirname(path);
  const temporary = join(folder, `.signing.${randomBytes(4).toString("hex")}.tmp`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(temporary, path);
    return true;
  } catch (cause) {
    if ((cause as { code?: unknown }).code === "EEXIST") return false;
    return fail("keys.unwritable", {
      message: `${path} cannot be written: ${(cause as Error).message}`,
      hint: "Give another --home, in a folder that you may write to.",
      fields: { path },
      cause,
    });
  } finally {
    await rm(temporary, { force: true }).catch(() => {});
  }
}
