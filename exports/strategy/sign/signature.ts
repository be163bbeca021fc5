import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { encodeValue } from "#core";

/** A signature and the key to check it with. Lower-case hex: there is one way to write each. */
export interface Signature {
  readonly algorithm: "ed25519";
  /** 32 bytes. */
  readonly publicKey: string;
  /** 64 bytes. */
  readonly signature: string;
}

/** What DER puts before the 32 bytes of an ed25519 public key (RFC 8410). */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** Signs bytes. ed25519 has no randomness: the same bytes and key give the same signature. */
export function signBytes(bytes: Uint8Array, privateKey: KeyObject): Signature {
  return {
    algorithm: "ed25519",
    publicKey: publicKeyOf(privateKey),
    signature: sign(null, bytes, privateKey).toString("hex"),
  };
}

export function isSignatureOf(bytes: Uint8Array, { publicKey, signature }: Signature): boolean {
  const der = Buffer.concat([SPKI_PREFIX, Buffer.from(publicKey, "hex")]);
  const key = createPublicKey({ key: der, format: "der", type: "spki" });
  return verify(null, bytes, key, Buffer.from(signature, "hex"));
}

/** "SHA256:" and the base64 of the public key's sha256, as ssh writes fingerprints. @param publicKey hex. */
export function fingerprintOf(publicKey: string): string {
  const hash = createHash("sha256").update(Buffer.from(publicKey, "hex")).digest("base64");
  return `SHA256:${hash.replace(/=+$/, "")}`;
}

/** The 32 bytes of the key's public half, hex. */
export function publicKeyOf(privateKey: KeyObject): string {
  const der = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return der.subarray(SPKI_PREFIX.length).toString("hex");
}

/** @param pem PKCS 8. @returns undefined if it is not an ed25519 key. */
export function privateKeyFrom(pem: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyType === "ed25519" ? key : undefined;
  } catch {
    return undefined;
  }
}

export function signatureText(signature: Signature): string {
  return encodeValue(signature);
}

/** The signature of a text that {@link signatureText} made, to the byte; undefined for any other. */
export function signatureFrom(text: string): Signature | undefined {
  const match = /^\{"algorithm":"ed25519","publicKey":"([0-9a-f]{64})","signature":"([0-9a-f]{128})"\}$/.exec(
    text,
  );
  return match ? { algorithm: "ed25519", publicKey: match[1]!, signature: match[2]! } : undefined;
}
