import { fail } from "#core";

/** What a cell declares is seen by all code of the process: without these, neither this session nor a package can go on. */
const RESERVED: ReadonlySet<string> = new Set([
  ...["globalThis", "Object", "Function", "Array", "String", "Number", "Boolean", "BigInt", "Symbol", "Date"],
  ...["Error", "TypeError", "RangeError", "Promise", "Map", "Set", "WeakMap", "WeakSet", "Proxy", "Reflect"],
  ...["JSON", "Math", "RegExp", "ArrayBuffer", "SharedArrayBuffer", "DataView", "Atomics", "Uint8Array"],
  ...["Int32Array", "Uint32Array", "Float32Array", "Float64Array", "BigInt64Array"],
]);

/** Errors: `session.reserved-name`. */
export function assertNotReserved(declared: readonly string[]): void {
  const name = declared.find((each) => RESERVED.has(each));
  if (name === undefined) return;
  fail("session.reserved-name", {
    message: `a cell declares ${name}, which all code of this process uses`,
    hint: `Give it another name; an import: import { ${name} as My${name} } from "...".`,
    fields: { name },
  });
}
