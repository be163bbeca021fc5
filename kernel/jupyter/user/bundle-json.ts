import { Buffer } from "node:buffer";
import type { MimeBundle } from "#session";
import type { BundleJson } from "../threads.ts";

/** A bundle as the protocol carries it: bytes of an image as base64, columns as lists, what JSON lacks as text. */
export function bundleJson(bundle: MimeBundle): BundleJson {
  const entries = Object.entries(bundle)
    .filter(([, content]) => content !== undefined)
    .map(([mime, content]) => [mime, content instanceof Uint8Array ? base64(content) : content]);
  return JSON.stringify(Object.fromEntries(entries), jsonPart);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function jsonPart(_name: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return Array.from(value as unknown as ArrayLike<unknown>);
  }
  return value;
}
