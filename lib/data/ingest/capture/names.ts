/** Short texts of a byte stream as the same string each time, without making one; and the numbers of known field names. */
import { FIELDS } from "./fields.ts";

const SLOTS = 1024;

/** Continues a hash with one byte. */
export function hashByte(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + byte) | 0;
}

function equals(text: string, bytes: Uint8Array, from: number, to: number): boolean {
  if (text.length !== to - from) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[from + i]) return false;
  return true;
}

export class Names {
  private readonly table: string[] = new Array<string>(SLOTS).fill("");

  /** The text of ASCII bytes [from, to), whose hash is given. */
  get(bytes: Buffer, from: number, to: number, hash: number): string {
    const slot = hash & (SLOTS - 1);
    const known = this.table[slot]!;
    if (equals(known, bytes, from, to)) return known;
    const text = bytes.toString("latin1", from, to);
    this.table[slot] = text;
    return text;
  }
}

const FIELD_SLOTS = 512;
const fieldTable = new Int16Array(FIELD_SLOTS).fill(-1);
for (const [number, field] of FIELDS.entries()) {
  let slot = [...Buffer.from(field)].reduce(hashByte, 0) & (FIELD_SLOTS - 1);
  while (fieldTable[slot] !== -1) slot = (slot + 1) & (FIELD_SLOTS - 1);
  fieldTable[slot] = number;
}

/** Number of the field with this name; -1 for a name that we do not read. */
export function fieldOf(bytes: Uint8Array, from: number, to: number, hash: number): number {
  for (let slot = hash & (FIELD_SLOTS - 1); ; slot = (slot + 1) & (FIELD_SLOTS - 1)) {
    const field = fieldTable[slot]!;
    if (field < 0 || equals(FIELDS[field]!, bytes, from, to)) return field;
  }
}
