import { fail } from "#core";
import { type Bundle, readBundle } from "../bundle/read-bundle.ts";
import { type GoldenReport, verifyGolden } from "./verify-golden.ts";

export interface VerifiedBundle extends Bundle {
  readonly golden: GoldenReport;
}

/**
 * Everything that can be checked of a bundle: signature, every file, whose key it is, and then, as it runs the bundle's
 * code, its golden vectors.
 * @param trusted fingerprints of the keys whose bundles may run here.
 * Errors: `bundle.*`.
 */
export async function verifyBundle(path: string, trusted: readonly string[]): Promise<VerifiedBundle> {
  const bundle = await readBundle(path);
  const { fingerprint, files, manifest } = bundle;
  if (!trusted.includes(fingerprint)) {
    fail("bundle.untrusted-key", {
      message: `the bundle ${path} is signed by ${fingerprint}; trusted here: ${trusted.join(", ") || "no key"}`,
      hint: `Its files fit its signature, but anybody can sign. Ask its maker for the fingerprint (tickbook keys show); if it is this one: --trust ${fingerprint}`,
      fields: { path, fingerprint, trusted },
    });
  }
  return { ...bundle, golden: await verifyGolden(files, manifest) };
}
