import type { ArrowType } from "./arrow-format.ts";

/** What a column of a record batch is made of, unpacked. */
export interface ArrowBuffers {
  readonly length: number;
  /** One bit a row, 0 for a missing value; undefined if none is missing. */
  readonly validity: Uint8Array | undefined;
  readonly data: Uint8Array;
  /** Bytes of texts. */
  readonly text?: Uint8Array;
}

/** The column's values: numbers (moments as UTC ms), flags as 1 and 0, texts; a missing value is NaN or "". */
export function arrowValues(type: ArrowType, buffers: ArrowBuffers): ArrayLike<string | number> {
  const { length, validity } = buffers;
  const isThere = (i: number) => validity === undefined || ((validity[i >> 3]! >> (i & 7)) & 1) === 1;
  if (type.kind === "text") {
    const read = textReader(type.offsetBits, buffers);
    return Array.from({ length }, (_, i) => (isThere(i) ? read(i) : ""));
  }
  const read = numberReader(type, buffers.data);
  return Float64Array.from({ length }, (_, i) => (isThere(i) ? read(i) : Number.NaN));
}

function numberReader(type: Exclude<ArrowType, { kind: "text" }>, data: Uint8Array): (i: number) => number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (type.kind === "bool") return (i) => (data[i >> 3]! >> (i & 7)) & 1;
  if (type.kind === "float") {
    if (type.bits === 64) return (i) => view.getFloat64(i * 8, true);
    if (type.bits === 32) return (i) => view.getFloat32(i * 4, true);
    throw new Error("numbers of 16 bits are not read");
  }
  if (type.kind === "moment") {
    const { unitMs } = type;
    if (type.bits === 32) return (i) => view.getInt32(i * 4, true) * unitMs;
    const perMs = BigInt(Math.round(1 / unitMs) || 1);
    if (unitMs >= 1) return (i) => Number(view.getBigInt64(i * 8, true)) * unitMs;
    return (i) => {
      const value = view.getBigInt64(i * 8, true);
      return Number(value / perMs) + Number(value % perMs) * unitMs;
    };
  }
  const bytes = type.bits / 8;
  switch (`${type.isSigned ? "i" : "u"}${type.bits}`) {
    case "i8":
      return (i) => view.getInt8(i);
    case "u8":
      return (i) => view.getUint8(i);
    case "i16":
      return (i) => view.getInt16(i * bytes, true);
    case "u16":
      return (i) => view.getUint16(i * bytes, true);
    case "i32":
      return (i) => view.getInt32(i * bytes, true);
    case "u32":
      return (i) => view.getUint32(i * bytes, true);
    case "i64":
      return (i) => Number(view.getBigInt64(i * bytes, true));
    case "u64":
      return (i) => Number(view.getBigUint64(i * bytes, true));
    default:
      throw new Error(`integers of ${type.bits} bits are not read`);
  }
}

function textReader(
  offsetBits: 32 | 64,
  { data, text = new Uint8Array() }: ArrowBuffers,
): (i: number) => string {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const decoder = new TextDecoder();
  const offset = (i: number) =>
    offsetBits === 32 ? view.getInt32(i * 4, true) : Number(view.getBigInt64(i * 8, true));
  return (i) => decoder.decode(text.subarray(offset(i), offset(i + 1)));
}
