import { createHash } from "node:crypto";

/** sha256, hex. A text counts as its UTF-8 bytes. */
export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
