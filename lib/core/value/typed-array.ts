import { base64FromBytes, bytesFromBase64 } from "./base64.ts";
import { type Key, pathText } from "./path.ts";

const TYPED_ARRAYS = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
} as const;
type TypedArrayName = keyof typeof TYPED_ARRAYS;
export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** The typed arrays inside a value that `encodeValue` takes, and where: `best.weights[3]`. */
export function typedArraysIn(
  value: unknown,
  name: string,
): { readonly path: string; readonly array: TypedArray }[] {
  const found: { readonly path: string; readonly array: TypedArray }[] = [];
  const visit = (part: unknown, keys: readonly Key[]): void => {
    if (typeof part !== "object" || part === null) return;
    if (isTypedArray(part)) found.push({ path: pathText(name, keys), array: part });
    else if (Array.isArray(part)) for (const [i, item] of part.entries()) visit(item, [...keys, i]);
    else for (const [key, content] of Object.entries(part)) visit(content, [...keys, key]);
  };
  visit(value, []);
  return found;
}

export function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** Its canonical text; undefined for instances of subclasses, such as Node's Buffer. */
export function typedArrayText(array: TypedArray): string | undefined {
  const type = Object.prototype.toString.call(array).slice("[object ".length, -1) as TypedArrayName;
  if (Object.getPrototypeOf(array) !== TYPED_ARRAYS[type].prototype) return undefined;
  const plain =
    type === "Float64Array" || type === "Float32Array" ? withOneNaN(array as Float64Array) : array;
  // Node's platforms that our native packages run on are little endian: the memory is the text.
  const bytes = new Uint8Array(plain.buffer, plain.byteOffset, plain.byteLength);
  return `{"$":"${type}","bytes":"${base64FromBytes(bytes)}"}`;
}

/** NaN has many bit patterns that no program tells apart: 0/0 and Number.NaN may differ. */
function withOneNaN(array: Float64Array | Float32Array): Float64Array | Float32Array {
  const copy = array.slice();
  for (let i = 0; i < copy.length; i++) if (Number.isNaN(copy[i])) copy[i] = Number.NaN;
  return copy;
}

/** The array of a canonical text's type and bytes; undefined for a type that is none. */
export function typedArrayFrom(type: string, bytes: string): TypedArray | undefined {
  if (!Object.hasOwn(TYPED_ARRAYS, type)) return undefined;
  return new TYPED_ARRAYS[type as TypedArrayName](bytesFromBase64(bytes).buffer as ArrayBuffer);
}
