/** The words of WebAssembly's binary format that the kernels take. */
export type Bytes = readonly number[];

const word = (...bytes: number[]): Bytes => bytes;

export const I32 = 0x7f;
export const F64 = 0x7c;
export const V128 = 0x7b;
export const EMPTY = 0x40;

export const LOOP = word(0x03, EMPTY);
export const IF = word(0x04, EMPTY);
export const AGAIN_IF = word(0x0d, 0);
export const SELECT = word(0x1b);
export const END = word(0x0b);

export const I32_LOAD = 0x28;
export const I32_LESS = word(0x49);
export const I32_NOT_LESS = word(0x4e);
export const I32_ADD = word(0x6a);
export const I32_SUB = word(0x6b);
export const I32_SHIFT = word(0x74);
/** @param value below 8192; the sign is the sixth bit of the last byte. */
export const i32 = (value: number) => word(0x41, (value & 127) | 128, value >> 7);

export const F64_ADD = word(0xa0);
export const F64_SUB = word(0xa1);
export const F64_MULTIPLY = word(0xa2);
export const F64_DIVIDE = word(0xa3);
export const F64_MORE = word(0x64);
export const f64 = (value: number) => word(0x44, ...new Uint8Array(Float64Array.of(value).buffer));
/** Of the address on the stack. @param offset bytes on. */
export const loadF64 = (offset = 0) => word(0x2b, 3, ...unsigned(offset));
export const storeF64 = (offset = 0) => word(0x39, 3, ...unsigned(offset));

/** Of two numbers side by side. */
export const PAIR = {
  equal: word(0xfd, 0x47),
  unequal: word(0xfd, 0x48),
  less: word(0xfd, 0x49),
  more: word(0xfd, 0x4a),
  notMore: word(0xfd, 0x4b),
  and: word(0xfd, 0x4e),
  or: word(0xfd, 0x50),
  any: word(0xfd, 0x53),
  first: word(0xfd, 0x21, 0),
  second: word(0xfd, 0x21, 1),
  twice: word(0xfd, 0x14),
  absolute: word(0xfd, 0xec, 0x01),
  root: word(0xfd, 0xef, 0x01),
  add: word(0xfd, 0xf0, 0x01),
  subtract: word(0xfd, 0xf1, 0x01),
  /** Of whole numbers: the truth of a comparison is -1. */
  subtractWhole: word(0xfd, 0xd1, 0x01),
  multiply: word(0xfd, 0xf2, 0x01),
  divide: word(0xfd, 0xf3, 0x01),
  smaller: word(0xfd, 0xf6, 0x01),
  larger: word(0xfd, 0xf7, 0x01),
};
export const loadPair = (offset = 0) => word(0xfd, 0x00, 3, ...unsigned(offset));
export const storePair = (offset = 0) => word(0xfd, 0x0b, 3, ...unsigned(offset));

/** The first of a pair alone, the other being 0; and the other, of the address and the pair on the stack. */
export const loadFirst = (offset = 0) => word(0xfd, 0x5d, 3, ...unsigned(offset));
export const loadSecond = (offset = 0) => word(0xfd, 0x57, 3, ...unsigned(offset), 1);
export const storeFirst = (offset = 0) => word(0xfd, 0x5b, 3, ...unsigned(offset), 0);
export const storeSecond = (offset = 0) => word(0xfd, 0x5b, 3, ...unsigned(offset), 1);

export const get = (local: number) => word(0x20, local);
export const set = (local: number, ...value: number[]) => word(...value, 0x21, local);
export const tee = (local: number, ...value: number[]) => word(...value, 0x22, local);

/** As many bytes as it takes, seven bits each. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >> 7)];
}

export const text = (letters: string) => [
  letters.length,
  ...Array.from(letters, (letter) => letter.charCodeAt(0)),
];
export const list = (items: readonly Bytes[]) => [items.length, ...items.flat()];
export const section = (id: number, content: Bytes) => [id, ...sized(content)];
export const sized = (bytes: Bytes) => [...unsigned(bytes.length), ...bytes];

/** @param locals how many of which type, beside the parameters. */
export function code(locals: readonly (readonly [count: number, type: number])[], ...body: Bytes[]): Bytes {
  return sized([...list(locals), ...body.flat(), ...END]);
}
