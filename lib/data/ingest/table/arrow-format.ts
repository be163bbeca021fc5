/**
 * The parts of Arrow's IPC format that say where columns stand, from its specification (arrow.apache.org/docs/format:
 * Columnar, "IPC File Format" and the flatbuffer schemas Schema.fbs, Message.fbs, File.fbs).
 *
 * A flatbuffer table is a position; a field's place follows from the table's vtable; a field that is not there has its
 * default. Positions are offsets in `bytes`.
 */

/** Reads flatbuffer tables in one buffer. Reading outside throws a RangeError. */
export class Flatbuffer {
  readonly view: DataView;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The root table of a buffer that begins at `at`. */
  root(at = 0): number {
    return at + this.view.getUint32(at, true);
  }

  /** Where the n-th field of a table stands; 0 if it is not there. */
  field(table: number, n: number): number {
    const vtable = table - this.view.getInt32(table, true);
    const slot = 4 + 2 * n;
    const offset = slot < this.view.getUint16(vtable, true) ? this.view.getUint16(vtable + slot, true) : 0;
    return offset === 0 ? 0 : table + offset;
  }

  byte(table: number, n: number, otherwise = 0): number {
    const at = this.field(table, n);
    return at ? this.view.getUint8(at) : otherwise;
  }

  short(table: number, n: number, otherwise = 0): number {
    const at = this.field(table, n);
    return at ? this.view.getInt16(at, true) : otherwise;
  }

  int(table: number, n: number, otherwise = 0): number {
    const at = this.field(table, n);
    return at ? this.view.getInt32(at, true) : otherwise;
  }

  long(table: number, n: number): number {
    const at = this.field(table, n);
    return at ? this.longAt(at) : 0;
  }

  longAt(at: number): number {
    return Number(this.view.getBigInt64(at, true));
  }

  /** The table, text or vector that a field points to; 0 if it is not there. */
  target(table: number, n: number): number {
    const at = this.field(table, n);
    return at ? at + this.view.getUint32(at, true) : 0;
  }

  text(table: number, n: number): string {
    const at = this.target(table, n);
    if (!at) return "";
    const start = at + 4;
    return new TextDecoder().decode(this.#bytes.subarray(start, start + this.view.getUint32(at, true)));
  }

  /** Where the items of a vector stand. @param size of an item in place; 0: items are pointed to. */
  items(table: number, n: number, size: number): number[] {
    const at = this.target(table, n);
    if (!at) return [];
    const count = this.view.getUint32(at, true);
    // A damaged count would fill the memory before any item was read.
    if (at + 4 + count * (size || 4) > this.#bytes.length)
      throw new RangeError(`a vector of ${count} items does not fit into ${this.#bytes.length} bytes`);
    return Array.from({ length: count }, (_, i) => {
      const item = at + 4 + i * (size || 4);
      return size ? item : item + this.view.getUint32(item, true);
    });
  }
}

export interface ArrowField {
  readonly name: string;
  /** Arrow's number of the type: 2 Int, 3 FloatingPoint, 5 Utf8, 6 Bool, 8 Date, 10 Timestamp; null for others. */
  readonly type: ArrowType | null;
  /** Buffers and nodes that the field and its children take in a record batch. */
  readonly buffers: number;
  readonly nodes: number;
}

export type ArrowType =
  | { readonly kind: "int"; readonly bits: number; readonly isSigned: boolean }
  | { readonly kind: "float"; readonly bits: number }
  | { readonly kind: "bool" }
  | { readonly kind: "text"; readonly offsetBits: 32 | 64 }
  | { readonly kind: "moment"; readonly bits: 32 | 64; readonly unitMs: number; readonly isZoned: boolean };

/** Milliseconds in Arrow's units of time: second, milli, micro, nano. */
const UNITS_MS = [1e3, 1, 1e-3, 1e-6];
const FLOAT_BITS = [16, 32, 64];
/** Buffers of the types without children, by Arrow's number: null has none, texts three, the rest two. */
const BUFFERS: Readonly<Record<number, number>> = { 1: 0, 4: 3, 5: 3, 19: 3, 20: 3 };

/** The fields of a schema table. */
export function readFields(buffer: Flatbuffer, schema: number): ArrowField[] {
  return buffer.items(schema, 1, 0).map((field) => readField(buffer, field));
}

function readField(buffer: Flatbuffer, field: number): ArrowField {
  const number = buffer.byte(field, 2);
  const type = buffer.target(field, 3);
  const isDictionary = buffer.target(field, 4) !== 0;
  const children = buffer.items(field, 5, 0).map((child) => readField(buffer, child));
  // Lists have offsets, structs and fixed lists validity only, unions neither: none of them is read, only passed over.
  const own = isDictionary
    ? 2
    : nested(number)
      ? number === 12 || number === 17 || number === 21
        ? 2
        : 1
      : (BUFFERS[number] ?? 2);
  return {
    name: buffer.text(field, 0),
    type: isDictionary || !type ? null : readType(buffer, number, type),
    buffers: own + children.reduce((sum, child) => sum + child.buffers, 0),
    nodes: 1 + children.reduce((sum, child) => sum + child.nodes, 0),
  };
}

function nested(number: number): boolean {
  return [12, 13, 16, 17, 21].includes(number);
}

function readType(buffer: Flatbuffer, number: number, type: number): ArrowType | null {
  switch (number) {
    case 2:
      return { kind: "int", bits: buffer.int(type, 0), isSigned: buffer.byte(type, 1) === 1 };
    case 3:
      return { kind: "float", bits: FLOAT_BITS[buffer.short(type, 0)] ?? 0 };
    case 5:
      return { kind: "text", offsetBits: 32 };
    case 20:
      return { kind: "text", offsetBits: 64 };
    case 6:
      return { kind: "bool" };
    case 8: {
      // Default: milliseconds in 64 bits; the other unit is days in 32.
      const isDays = buffer.short(type, 0, 1) === 0;
      return { kind: "moment", bits: isDays ? 32 : 64, unitMs: isDays ? 864e5 : 1, isZoned: false };
    }
    case 10:
      return {
        kind: "moment",
        bits: 64,
        unitMs: UNITS_MS[buffer.short(type, 0)] ?? Number.NaN,
        isZoned: buffer.text(type, 1) !== "",
      };
    default:
      return null;
  }
}
