import { suggest } from "#core";
import type { NameUse } from "#notebook";
import type { Finding } from "./source-text.ts";

/** The language's own names that only compute. A bundle runs where there are no others. */
const PURE_GLOBALS: ReadonlySet<string> = new Set([
  ...["undefined", "NaN", "Infinity", "isNaN", "isFinite", "parseInt", "parseFloat"],
  ...[
    "Number",
    "String",
    "Boolean",
    "BigInt",
    "Symbol",
    "Object",
    "Array",
    "Math",
    "JSON",
    "RegExp",
    "Reflect",
  ],
  ...["Map", "Set", "WeakMap", "WeakSet", "ArrayBuffer", "DataView"],
  ...[
    "Int8Array",
    "Uint8Array",
    "Uint8ClampedArray",
    "Int16Array",
    "Uint16Array",
    "Int32Array",
    "Uint32Array",
  ],
  ...["Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array"],
  ...[
    "Error",
    "TypeError",
    "RangeError",
    "SyntaxError",
    "ReferenceError",
    "EvalError",
    "URIError",
    "AggregateError",
  ],
  ...["encodeURIComponent", "decodeURIComponent", "encodeURI", "decodeURI", "arguments"],
]);

const FREEZE_IT = "compute it in research and freeze it: const value = freeze(...)";
const RANDOM = "ctx.random(): the same numbers in research, live and in a replay";

interface Impure {
  readonly code: Finding["code"];
  readonly what: string;
  /** Inside a function, which runs while trading. */
  readonly whileTrading: string;
  /** At the top level. */
  readonly atOnce: string;
}

const clock: Impure = {
  code: "promote.clock",
  what: "is a clock of this machine",
  whileTrading:
    "ctx.now, milliseconds of venue time; its hour of the day in UTC is Math.floor(ctx.now / 3_600_000) % 24",
  atOnce: "freeze the number: const start = freeze(Date.UTC(2020, 0, 1))",
};
const random: Impure = {
  code: "promote.random",
  what: "draws other numbers in every run",
  whileTrading: RANDOM,
  atOnce: FREEZE_IT,
};
const timer: Impure = {
  code: "promote.timer",
  what: "calls back outside the order of events",
  whileTrading: "count bars in ctx.state, or compare ctx.now",
  atOnce: "remove it",
};
const code: Impure = {
  code: "promote.dynamic-code",
  what: "makes code while it runs",
  whileTrading: "write the code out as a function",
  atOnce: "write the code out as a function",
};
const waiting: Impure = {
  code: "promote.await",
  what: "waits for something",
  whileTrading: "compute at once: a handler has ctx.bar, ctx.row and ctx.history(n)",
  atOnce: FREEZE_IT,
};
const outside: Impure = {
  code: "promote.outside",
  what: "reaches outside the strategy",
  whileTrading: "remove it: a handler has only its ctx",
  atOnce: FREEZE_IT,
};
const screen: Impure = { ...outside, whileTrading: "remove it", atOnce: "remove it" };
const locale: Impure = {
  code: "promote.outside",
  what: "depends on the machine's languages and time zones",
  whileTrading: "toFixed and plain arithmetic",
  atOnce: FREEZE_IT,
};

const IMPURE: ReadonlyMap<string, Impure> = new Map<string, Impure>([
  ...each(["Date", "performance", "Temporal"], clock),
  ...each(["crypto"], random),
  ...each(["setTimeout", "setInterval", "setImmediate", "queueMicrotask", "requestAnimationFrame"], timer),
  ...each(["clearTimeout", "clearInterval", "clearImmediate"], timer),
  ...each(["eval", "Function", "WebAssembly"], code),
  ...each(["Promise"], waiting),
  ...each(
    ["process", "globalThis", "global", "window", "self", "document", "navigator", "Deno", "Bun"],
    outside,
  ),
  ...each(["require", "module", "exports", "__dirname", "__filename", "fetch", "XMLHttpRequest"], outside),
  ...each(["WebSocket", "Worker", "localStorage", "sessionStorage", "SharedArrayBuffer", "Atomics"], outside),
  ...each(["Buffer", "structuredClone", "TextEncoder", "TextDecoder", "URL", "Proxy", "WeakRef"], outside),
  ...each(["console", "alert", "prompt"], screen),
  ...each(["Intl"], locale),
]);

function each(names: readonly string[], impure: Impure): [string, Impure][] {
  return names.map((name) => [name, impure]);
}

/** What is wrong with the use of a name that nothing declares. */
export function globalFinding(
  { name, path, isDeferred, isType }: NameUse,
  declared: Iterable<string>,
): Finding | undefined {
  if (isType) return undefined;
  if (name === "Math") return mathFinding(path[0], isDeferred);
  if (PURE_GLOBALS.has(name)) return undefined;
  const shown = [name, ...path.slice(0, 1)].join(".");
  const impure = IMPURE.get(name);
  if (impure) {
    const { code, what } = impure;
    const remedy = isDeferred ? impure.whileTrading : impure.atOnce;
    return { code, message: `${shown} ${what}`, remedy };
  }
  const near = suggest(name, declared);
  return {
    code: "promote.unknown-name",
    message: `no cell declares ${name}, and it is no part of the language that only computes`,
    remedy: near ? `did you mean ${near}?` : `declare it in a cell: const ${name} = ...`,
  };
}

/** Only `Math.<name>`: what is handed on could be asked for `random` anywhere. */
function mathFinding(member: string | undefined, isDeferred: boolean): Finding | undefined {
  if (member !== undefined && member !== "random") return undefined;
  const message = member ? `Math.random ${random.what}` : "Math stands here without the name of a function";
  const remedy = member
    ? isDeferred
      ? random.whileTrading
      : random.atOnce
    : "write the function: Math.max(a, b)";
  return { code: "promote.random", message, remedy };
}
