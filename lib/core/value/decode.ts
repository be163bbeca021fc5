import { assert } from "../error.ts";
import { type TypedArray, typedArrayFrom } from "./typed-array.ts";

/** What comes back from the text: as `T`, but it cannot be written to. Elements of typed arrays can. */
export type Frozen<T> = T extends TypedArray
  ? T
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T;

const SPECIAL_NUMBERS = ["-0", "NaN", "Infinity", "-Infinity"];

/** The value of a text that `encodeValue` made, deeply frozen. */
export function decodeValue(text: string): unknown {
  return decoded(JSON.parse(text));
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
  const array = typedArrayFrom(type, bytes);
  assert(array, `"${type}" is a type of the canonical text`);
  return array;
}
