import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openSigningKey, readSigningKey } from "#exports";
import {
  fingerprintOf,
  isSignatureOf,
  signatureFrom,
  signatureText,
  signBytes,
} from "../../../exports/strategy/sign/signature.ts";
import { temporaryFolder } from "../../temporary-folder.ts";

const onPosix = it.skipIf(process.platform === "win32");

describe("the signing key", () => {
  it("is made once, and is the same from then on", async () => {
    const home = temporaryFolder();
    expect(await readSigningKey(home)).toBeUndefined();
    const [a, b, c] = await Promise.all([openSigningKey(home), openSigningKey(home), openSigningKey(home)]);
    expect(new Set([a.publicKey, b.publicKey, c.publicKey]).size).toBe(1);
    expect([a, b, c].filter(({ isNew }) => isNew)).toHaveLength(1);
    expect((await readSigningKey(home))?.fingerprint).toBe(a.fingerprint);
    expect(readdirSync(join(home, "keys"))).toEqual(["signing.json"]);
  });

  onPosix("is only its owner's to read, and refused when it is not", async () => {
    const home = temporaryFolder();
    const { path } = await openSigningKey(home);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(home, "keys")).mode & 0o777).toBe(0o700);
    for (const mode of [0o640, 0o604, 0o620]) {
      chmodSync(path, mode);
      await expect(openSigningKey(home)).rejects.toMatchObject({ code: "keys.exposed" });
    }
    chmodSync(path, 0o600);
    chmodSync(join(home, "keys"), 0o755);
    await expect(openSigningKey(home)).rejects.toMatchObject({ code: "keys.exposed" });
  });

  it("that is damaged is refused and kept", async () => {
    const home = temporaryFolder();
    mkdirSync(join(home, "keys"), { mode: 0o700 });
    for (const content of ["", "{}", '{"format":1,"privateKey":"x"}', "null"]) {
      writeFileSync(join(home, "keys", "signing.json"), content, { mode: 0o600 });
      await expect(openSigningKey(home)).rejects.toMatchObject({ code: "keys.damaged" });
      expect(readFileSync(join(home, "keys", "signing.json"), "utf8")).toBe(content);
    }
  });

  it("gives one signature for the same bytes, which fits no others", async () => {
    const { privateKey, publicKey, fingerprint } = await openSigningKey(temporaryFolder());
    const bytes = Uint8Array.of(1, 2, 3);
    const text = signatureText(signBytes(bytes, privateKey));
    expect(signatureText(signBytes(bytes, privateKey))).toBe(text);
    const signature = signatureFrom(text)!;
    expect(signature.publicKey).toBe(publicKey);
    expect(isSignatureOf(bytes, signature)).toBe(true);
    expect(isSignatureOf(Uint8Array.of(1, 2, 4), signature)).toBe(false);
    expect(fingerprint).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
    expect(fingerprintOf(publicKey)).toBe(fingerprint);
    expect(signatureFrom(`${text}\n`)).toBeUndefined();
    expect(signatureFrom(text.toUpperCase())).toBeUndefined();
  });
});
