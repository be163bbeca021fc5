import { createHash } from "node:crypto";
import { open, stat } from "node:fs/promises";
import { platform } from "node:os";
import { fail } from "#core";

/** Makes the content of a file, or the names in a folder, durable. */
export async function syncPath(path: string): Promise<void> {
  // Windows can't open a folder; NTFS journals its names.
  if (platform() === "win32" && (await stat(path)).isDirectory()) return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * A name as one path segment, one to one: letters and digits stay, "/" becomes "-", the rest %XX. Errors: `data.bad-name`.
 */
export function segmentFromName(name: string): string {
  // A half of a surrogate pair has no encoding.
  if (typeof name !== "string" || name === "" || /\p{Surrogate}/u.test(name)) {
    fail("data.bad-name", {
      message: `a dataset cannot have the name ${JSON.stringify(name)} as its source, symbol or kind`,
      hint: 'Give each a name: source "binance", symbol "BTC/USDT", kind "1h".',
      fields: { name },
    });
  }
  return encodeURIComponent(name)
    .replace(/[-_.!~*'()]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%2F", "-");
}

/** Fits a core's own cache: read and hashed before it leaves it. */
const PIECE_BYTES = 1 << 20;

/** sha256 of a file's bytes, hex, in bounded memory. Others may work between two pieces. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  const handle = await open(path, "r");
  try {
    for (;;) {
      const { bytesRead } = await handle.read(piece, 0, PIECE_BYTES, null);
      if (bytesRead === 0) return hash.digest("hex");
      hash.update(piece.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}
