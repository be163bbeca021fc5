/**
 * The canonical text of a value: what `freeze` stores and a run record is written in. Equal values have equal texts,
 * whatever the order of their keys, so that the hash of the text is the hash of the value.
 *
 * The text is JSON: keys sorted by UTF-16 units, no white space, numbers in their shortest form. What JSON lacks is an
 * object with the key "$":
 *
 *   {"$":"-0"}  {"$":"NaN"}  {"$":"Infinity"}  {"$":"-Infinity"}
 *   {"$":"bigint","value":"12"}
 *   {"$":"Float64Array","bytes":"<base64 of its elements, little endian, every NaN the same>"}
 *
 * An object's own keys that start with "$" get one more "$" in front. Values are trees: what is reached twice is
 * written twice. `undefined` is refused and not dropped, so that nothing is lost without a word. Properties that are
 * not enumerable are no part of a value.
 */
import { base64FromBytes, bytesFromBase64 } from "./base64.ts";
import { assert, fail } from "./error.ts";

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
export type TypedArray = InstanceType<(typeof TYPED_ARRAYS)[TypedArrayName]>;

/** What comes back from the text: as `T`, but it cannot be written to. Elements of typed arrays can. */
export type Frozen<T> = T extends TypedArray
  ? T
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T;

const DEPTH_MAX = 1000;
const SPECIAL_NUMBERS = ["-0", "NaN", "Infinity", "-Infinity"];

/**
 * @param value JSON values, -0, NaN, infinities, bigint, typed arrays; nested in plain objects and arrays.
 * @param name what paths in messages start with: "best" gives "best.weights[3] is a function".
 * Errors: `freeze.bad-value` with the path to the first part that has no text.
 */
export function encodeValue(value: unknown, name = "value"): string {
  try {
    return new Encoder(name).text(value);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { path, problem, hint } = error;
    return fail("freeze.bad-value", { message: `${path} ${problem}`, hint, fields: { path, problem } });
  }
}

/** The value of a text that {@link encodeValue} made, deeply frozen. */
export function decodeValue(text: string): unknown {
  return decoded(JSON.parse(text));
}

/** The typed arrays inside a value that {@link encodeValue} takes, and where: `best.weights[3]`. */
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

type Key = string | number;

function pathText(name: string, keys: readonly Key[]): string {
  const parts = keys.map((key) => {
    if (typeof key === "number") return `[${key}]`;
    return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  });
  return name + parts.join("");
}

/** Caught at the top, so that the error's stack leads to the caller however deep the value is. */
class Refusal extends Error {
  readonly path: string;
  readonly problem: string;
  readonly hint: string;

  constructor(path: string, problem: string, hint: string) {
    super(problem);
    this.path = path;
    this.problem = problem;
    this.hint = hint;
  }
}

class Encoder {
  private readonly name: string;
  /** Where the value being written stands. */
  private readonly keys: Key[] = [];
  /** The objects around it, outermost first: one for each key. */
  private readonly around: object[] = [];

  constructor(name: string) {
    this.name = name;
  }

  text(value: unknown): string {
    switch (typeof value) {
      case "string":
      case "boolean":
        return JSON.stringify(value);
      case "number":
        return Number.isFinite(value) && !Object.is(value, -0)
          ? String(value)
          : `{"$":"${Object.is(value, -0) ? "-0" : value}"}`;
      case "bigint":
        return `{"$":"bigint","value":"${value}"}`;
      case "undefined":
        return this.refuse("is undefined", "Leave it out, or write null.");
      case "function":
        return this.refuse("is a function", "Only data can be frozen: freeze what the function computes.");
      case "symbol":
        return this.refuse("is a symbol", "Use a text instead.");
      case "object":
        return value === null ? "null" : this.objectText(value);
    }
  }

  private objectText(value: object): string {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (isTypedArray(value)) return typedArrayText(value) ?? this.refuseInstance(prototype);
    const isList = Array.isArray(value);
    const isPlain = isList
      ? prototype === Array.prototype
      : prototype === Object.prototype || prototype === null;
    if (!isPlain) this.refuseInstance(prototype);
    const outer = this.around.indexOf(value);
    if (outer >= 0) {
      const target = pathText(this.name, this.keys.slice(0, outer));
      this.refuse(`leads back to ${target}`, "A frozen value must be a tree, without cycles.");
    }
    if (this.around.length >= DEPTH_MAX)
      this.refuse(`lies more than ${DEPTH_MAX} levels deep`, "Freeze something flatter.");
    this.refuseOddKeys(value, isList);
    this.around.push(value);
    const text = isList ? this.listText(value) : this.recordText(value);
    this.around.pop();
    return text;
  }

  private listText(list: readonly unknown[]): string {
    const parts: string[] = [];
    for (let i = 0; i < list.length; i++) parts.push(this.partText(list, i));
    return `[${parts.join(",")}]`;
  }

  private recordText(value: object): string {
    const names = Object.keys(value).sort((a, b) => (a < b ? -1 : 1));
    const parts = names.map((name) => {
      const key = JSON.stringify(name.startsWith("$") ? `$${name}` : name);
      return `${key}:${this.partText(value, name)}`;
    });
    return `{${parts.join(",")}}`;
  }

  private partText(holder: object, key: Key): string {
    this.keys.push(key);
    const descriptor = Object.getOwnPropertyDescriptor(holder, key);
    if (descriptor?.get || descriptor?.set)
      this.refuse("is a getter or setter", "Freeze a copy that holds its value: { ...value }.");
    const text = this.text(descriptor?.value);
    this.keys.pop();
    return text;
  }

  /** Symbols, and fields that stand on a list beside its items. */
  private refuseOddKeys(value: object, isList: boolean): void {
    const isEnumerable = (key: symbol) => Object.prototype.propertyIsEnumerable.call(value, key);
    const symbol = Object.getOwnPropertySymbols(value).find(isEnumerable);
    if (symbol) this.refuse(`has the key ${String(symbol)}`, "Use a text as the key instead.");
    if (!isList) return;
    // Indices come first among the keys.
    const last = Object.keys(value).at(-1);
    if (last === undefined || isIndex(last)) return;
    this.keys.push(last);
    this.refuse("is a field of a list", "Freeze the list without it: [...list].");
  }

  private refuseInstance(prototype: unknown): never {
    const made = (prototype as { readonly constructor?: { readonly name?: unknown } } | null)?.constructor
      ?.name;
    const type = typeof made === "string" && made !== "" ? made : "class";
    const hint = INSTANCE_HINTS[type] ?? "Freeze a plain object of what you need: { ...value }.";
    return this.refuse(`is an instance of ${type}`, hint);
  }

  private refuse(problem: string, hint: string): never {
    throw new Refusal(pathText(this.name, this.keys), problem, hint);
  }
}

const INSTANCE_HINTS: Readonly<Record<string, string>> = {
  Promise: "Await it first: freeze(await ...).",
  Date: "Freeze its milliseconds: date.getTime().",
  Map: "Freeze a list or an object: [...map], Object.fromEntries(map).",
  Set: "Freeze a list: [...set].",
  Buffer: "Freeze its bytes: new Uint8Array(buffer).",
  ArrayBuffer: "Freeze its bytes: new Uint8Array(buffer).",
};

function isIndex(key: string): boolean {
  return String(Number(key) >>> 0) === key;
}

function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** Undefined for subclasses, such as Node's Buffer. */
function typedArrayText(array: TypedArray): string | undefined {
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

function decoded(json: unknown): unknown {
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) return Object.freeze(json.map(decoded));
  if (Object.hasOwn(json, "$")) return special(json as Readonly<Record<string, string>>);
  const entries = Object.entries(json).map(([key, content]) => [
    key.startsWith("$$") ? key.slice(1) : key,
    decoded(content),
  ]);
  return Object.freeze(Object.fromEntries(entries));
}

function special({ $: type = "", value = "", bytes = "" }: Readonly<Record<string, string>>): unknown {
  if (SPECIAL_NUMBERS.includes(type)) return Number(type);
  if (type === "bigint") return BigInt(value);
  assert(Object.hasOwn(TYPED_ARRAYS, type), `"${type}" is a type of the canonical text`);
  return new TYPED_ARRAYS[type as TypedArrayName](bytesFromBase64(bytes).buffer as ArrayBuffer);
}
