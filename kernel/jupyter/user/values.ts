import { inspect, types } from "node:util";
import type { NamedValue } from "../language/names.ts";
import type { Inspection } from "../language/types.ts";

/** Reads values of the cells for completion and hover, without running any code of theirs. */
export interface ValueReader {
  names(path: readonly string[]): Promise<readonly NamedValue[]>;
  value(path: readonly string[], detail: 0 | 1): Inspection | undefined;
}

export interface ReaderSource {
  /** Names that cells declared. */
  names(): Promise<readonly string[]>;
  /** The value of a name, also of a global; undefined if it has none. */
  valueNamed(name: string): unknown;
}

/** What no path leads to. */
const NOTHING = Symbol("nothing");

export function createValueReader({ names, valueNamed }: ReaderSource): ValueReader {
  const follow = ([first, ...rest]: readonly string[]): unknown => {
    let value: unknown = valueNamed(first ?? "");
    if (value === undefined) return NOTHING;
    for (const step of rest) {
      const descriptor = descriptorOf(value, step);
      // A getter is code.
      if (!descriptor || !("value" in descriptor)) return NOTHING;
      value = descriptor.value;
    }
    return value;
  };
  return {
    async names(path) {
      if (path.length > 0) return membersOf(follow(path));
      const declared = (await names()).map((name) => ({ name, type: typeOf(valueNamed(name)) }));
      return [...declared, ...membersOf(globalThis)].filter(({ name }) => isShown(name));
    },
    value(path, detail) {
      const value = follow(path);
      if (value === NOTHING) return undefined;
      const shown = inspect(value, {
        depth: detail === 1 ? 4 : 1,
        maxArrayLength: 20,
        maxStringLength: 1000,
        getters: false,
        customInspect: false,
      });
      const text = `${path.join(".")}: ${kindOf(value)}\n${shown}`;
      const source = detail === 1 && typeof value === "function" ? `\n\n${String(value)}` : "";
      return { text: text + source };
    },
  };
}

/** The names are for compiled code, not for people. */
function isShown(name: string): boolean {
  return !name.startsWith("__") && name !== "babelHelpers";
}

function membersOf(value: unknown): NamedValue[] {
  if (value === NOTHING || value === null) return [];
  const found = new Map<string, string>();
  for (let holder: unknown = Object(value); isPlain(holder); holder = Object.getPrototypeOf(holder)) {
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(holder))) {
      if (!found.has(name) && /^[\p{L}_$]/u.test(name)) {
        found.set(name, "value" in descriptor ? typeOf(descriptor.value) : "property");
      }
    }
  }
  return [...found].map(([name, type]) => ({ name, type }));
}

function descriptorOf(value: unknown, name: string): PropertyDescriptor | undefined {
  if (value === null || value === undefined) return undefined;
  for (let holder: unknown = Object(value); isPlain(holder); holder = Object.getPrototypeOf(holder)) {
    const descriptor = Object.getOwnPropertyDescriptor(holder, name);
    if (descriptor) return descriptor;
  }
  return undefined;
}

/** The traps of a proxy are code. */
function isPlain(holder: unknown): boolean {
  return holder !== null && !types.isProxy(holder);
}

function typeOf(value: unknown): string {
  if (typeof value === "function")
    return /^class\b/.test(Function.prototype.toString.call(value)) ? "class" : "function";
  return "variable";
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value;
  const maker = descriptorOf(value, "constructor")?.value as { name?: unknown } | undefined;
  return typeof maker?.name === "string" && maker.name !== "" ? maker.name : "object";
}
