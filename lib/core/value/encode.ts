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
import { fail } from "../error.ts";
import { type Key, pathText } from "./path.ts";
import { isTypedArray, typedArrayText } from "./typed-array.ts";

const DEPTH_MAX = 1000;

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
