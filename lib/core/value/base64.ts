/** Bytes as text, RFC 4648 section 4, in plain JavaScript: it also runs where there is neither Node nor a browser. */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const CODES = Uint8Array.from(ALPHABET, (letter) => letter.charCodeAt(0));
const PAD = "=".charCodeAt(0);
const VALUES = new Uint8Array(128);
for (let i = 0; i < CODES.length; i++) VALUES[CODES[i]!] = i;
/** Characters that one call of `fromCharCode` takes safely. */
const CHUNK = 8192;

export function base64FromBytes(bytes: Uint8Array): string {
  const codes = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  for (let i = 0, at = 0; i < bytes.length; i += 3) {
    const word = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    codes[at++] = CODES[word >> 18]!;
    codes[at++] = CODES[(word >> 12) & 63]!;
    codes[at++] = i + 1 < bytes.length ? CODES[(word >> 6) & 63]! : PAD;
    codes[at++] = i + 2 < bytes.length ? CODES[word & 63]! : PAD;
  }
  let text = "";
  for (let from = 0; from < codes.length; from += CHUNK) {
    text += String.fromCharCode(...codes.subarray(from, from + CHUNK));
  }
  return text;
}

/** @param text what {@link base64FromBytes} made. */
export function bytesFromBase64(text: string): Uint8Array {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  const value = (i: number) => VALUES[text.charCodeAt(i)]!;
  for (let i = 0, at = 0; i < text.length; i += 4) {
    const word = (value(i) << 18) | (value(i + 1) << 12) | (value(i + 2) << 6) | value(i + 3);
    // A typed array drops what is written behind its end.
    bytes[at++] = word >> 16;
    bytes[at++] = (word >> 8) & 255;
    bytes[at++] = word & 255;
  }
  return bytes;
}
