import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeValue, encodeValue, fail } from "#core";
import { sha256 } from "#storage";
import { fingerprintOf, isSignatureOf, signatureFrom } from "../sign/signature.ts";
import { BUNDLE_FORMAT, MANIFEST, type Manifest, SIGNATURE } from "./manifest.ts";

/** Contents by path inside the bundle, with forward slashes. */
export type BundleFiles = ReadonlyMap<string, Uint8Array>;

/** A bundle whose signature and hashes hold. Whose key it is remains to be judged. */
export interface Bundle {
  /** sha256 of the manifest: the bundle's name. */
  readonly hash: string;
  readonly manifest: Manifest;
  readonly files: BundleFiles;
  /** Of the key that signed it. */
  readonly fingerprint: string;
}

/** Errors: `bundle.not-a-bundle`, `bundle.bad-signature`, `bundle.newer-format`, `bundle.changed-file`. */
export async function readBundle(path: string): Promise<Bundle> {
  return checkBundle(await readBundleFiles(path), path);
}

/** Holds the files against their manifest, and the manifest against its signature. @param path for messages. */
export function checkBundle(files: BundleFiles, path: string): Bundle {
  const bytes = files.get(MANIFEST) ?? notABundle(path, `it has no ${MANIFEST}`);
  const sealed = files.get(SIGNATURE);
  const signature = sealed && signatureFrom(Buffer.from(sealed).toString("latin1"));
  if (!signature || !isSignatureOf(bytes, signature)) {
    fail("bundle.bad-signature", {
      message: sealed
        ? `the signature of the bundle ${path} does not fit its manifest`
        : `the bundle ${path} is not signed: it has no ${SIGNATURE}`,
      fields: { path },
    });
  }
  const manifest = manifestFrom(bytes, path);
  checkFiles(files, manifest, path);
  return { hash: sha256(bytes), manifest, files, fingerprint: fingerprintOf(signature.publicKey) };
}

function manifestFrom(bytes: Uint8Array, path: string): Manifest {
  const text = new TextDecoder().decode(bytes);
  let manifest: Manifest;
  try {
    manifest = decodeValue(text) as Manifest;
  } catch (cause) {
    return notABundle(path, `its ${MANIFEST} cannot be read: ${(cause as Error).message}`);
  }
  if (manifest?.format !== BUNDLE_FORMAT) {
    fail("bundle.newer-format", {
      message: `the bundle ${path} has format ${String(manifest?.format)}; this tickbook reads format ${BUNDLE_FORMAT}`,
      fields: { path, format: manifest?.format },
    });
  }
  if (encodeValue(manifest) !== text) return notABundle(path, `its ${MANIFEST} is not canonical text`);
  return manifest;
}

function checkFiles(files: BundleFiles, { files: listed }: Manifest, path: string): void {
  const changed = (file: string, what: string) =>
    fail("bundle.changed-file", { message: `the bundle ${path}: ${file} ${what}`, fields: { path, file } });
  for (const [file, { hash }] of Object.entries(listed)) {
    const content = files.get(file) ?? changed(file, "is missing");
    const actual = sha256(content);
    if (actual !== hash) changed(file, `was changed: its hash is ${actual}, and the manifest says ${hash}`);
  }
  for (const file of files.keys()) {
    if (file !== MANIFEST && file !== SIGNATURE && !Object.hasOwn(listed, file))
      changed(file, "does not belong to it: the manifest does not list it");
  }
}

/** Everything in a bundle's folder. A link or any other thing that is no plain file is refused. */
export async function readBundleFiles(path: string): Promise<BundleFiles> {
  const files = new Map<string, Uint8Array>();
  const visit = async (inside: string): Promise<void> => {
    const entries = await readdir(join(path, inside), { withFileTypes: true }).catch((cause: unknown) =>
      notABundle(path, (cause as Error).message),
    );
    for (const entry of entries) {
      const name = inside === "" ? entry.name : `${inside}/${entry.name}`;
      if (entry.isDirectory()) await visit(name);
      else if (entry.isFile()) files.set(name, await readFile(join(path, name)));
      else {
        fail("bundle.changed-file", {
          message: `the bundle ${path}: ${name} is no plain file`,
          fields: { path, file: name },
        });
      }
    }
  };
  await visit("");
  return files;
}

function notABundle(path: string, why: string): never {
  return fail("bundle.not-a-bundle", {
    message: `${path} is not a strategy bundle: ${why}`,
    hint: "Give the folder that tickbook promote named.",
    fields: { path },
  });
}
