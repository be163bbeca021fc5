/**
 * `structuredClone` for a bundle, whose context has none: it copies what a strategy's memory may hold, JSON values and
 * typed arrays, and refuses the rest.
 */
import { fail } from "#core";

export function structuredClone(value: unknown): unknown {
  if (typeof value !== "object" || value === null) {
    return typeof value === "function" || typeof value === "symbol" ? refuse(typeof value) : value;
  }
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return (value as Uint8Array).slice();
  if (Array.isArray(value)) return value.map(structuredClone);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) refuse(Object.prototype.toString.call(value));
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, structuredClone(part)]));
}

function refuse(type: string): never {
  return fail("bundle.bad-memory", {
    message: `a strategy's state or shared memory holds ${type}`,
    hint: "Keep JSON values and typed arrays there, so that they survive a restart.",
    fields: { type },
  });
}
