/**
 * Runs a bundle's script in a context of its own: no object of this process, no modules, no code from strings, no clock
 * and no chance. Texts go in, texts come out.
 *
 * What could carry an object of the host into the context, and why it does not:
 *
 *   import()               answers with an error of the host: a script that holds one is refused
 *   error.stack            is put together by a function of Node's, whose errors (a full stack, a symbol for a name)
 *                          and whose arguments (a callable proxy) are the host's: errors here have no stack
 *   callable proxies       are handed a list made by whoever calls them, which can be Node: there are none
 *   thrown values          are turned to text inside, before the host sees them: reading them runs their getters
 *   promises               settle inside the call, within its deadline; Node's look at a rejected one meets no proxy
 *                          that it would call
 *   console                is the debugger's, and keeps what it is given: its functions do nothing here
 *
 * It keeps a strategy honest. Against an attacker who knows a hole in V8, a live strategy has a process besides.
 */
import { types } from "node:util";
import { type Context, createContext, Script } from "node:vm";
import { decodeValue, ERROR_CODES, type ErrorCode, fail } from "#core";
import type { Machine } from "../link/machine.ts";

const PRELUDE = new Script(`"use strict";
(() => {
  const refuse = (name) => () => { throw new TypeError(name + " is not available to a strategy"); };
  const TrueDate = Date;
  const { construct } = Reflect;
  // No subclass: its prototype would be the true one.
  const Dates = function Date(...parts) {
    if (new.target === undefined || parts.length === 0) refuse("the clock")();
    return construct(TrueDate, parts, new.target);
  };
  Dates.prototype = TrueDate.prototype;
  Dates.prototype.constructor = Dates;
  Dates.parse = TrueDate.parse;
  Dates.UTC = TrueDate.UTC;
  Dates.now = refuse("Date.now");
  globalThis.Date = Dates;
  // They format the present when they are given nothing.
  delete Intl.DateTimeFormat;
  Math.random = refuse("Math.random");
  const TrueProxy = Proxy;
  globalThis.Proxy = class Proxy {
    constructor(target, handler) {
      if (typeof target === "function") refuse("a proxy of a function")();
      return new TrueProxy(target, handler);
    }
  };
  // V8 takes no stack where the limit is no number. A setter, because packages set it and must not fail.
  Object.defineProperty(Error, "stackTraceLimit", { get: () => undefined, set() {}, configurable: false });
  for (const name of Object.getOwnPropertyNames(console))
    if (typeof console[name] === "function") console[name] = () => undefined;
  for (const name of ["WebAssembly", "SharedArrayBuffer", "Atomics", "WeakRef", "FinalizationRegistry", "Temporal"])
    delete globalThis[name];
})();`);

/** Calls the machine. Its first letter says what the text is: "=" an answer, "!" the message of what was thrown. */
const CALL = new Script(`(() => {
  try {
    const answer = tickbookMachine[tickbookCall](tickbookInput);
    return typeof answer === "string" ? "=" + answer : "!it answers with " + typeof answer + ", not with a text";
  } catch (error) {
    try {
      return "!" + (typeof error === "object" && error !== null ? error.message : error);
    } catch {
      return "!it throws what has no text";
    }
  }
})()`);
const IS_MACHINE = new Script(
  `typeof tickbookMachine === "object" && typeof tickbookMachine?.describe === "function"`,
);

/**
 * `import(` and `import.` as tokens, comments between them or not. Words alike inside texts are refused with them: a
 * bundle has no code but what is written in it, so that a script without a match cannot import.
 */
const DYNAMIC_IMPORT =
  /(?:\.\.\.|(?<![\w$.]))import(?:\s|\/\*(?:[^*]|\*(?!\/))*\*\/|(?:\/\/|<!--|-->)[^\n\r\u2028\u2029]*[\n\r\u2028\u2029])*[(.]/;
const DEADLINE_MS = 10_000;
const MESSAGE_LENGTH_MAX = 2000;

/** The machine of a bundle's script, with texts turned to values. */
export interface Sandbox {
  /** Errors: `bundle.script-failed`, and the strategy's own. */
  call(name: keyof Machine, input?: string): unknown;
}

export interface SandboxOptions {
  /** Of starting and of each call, milliseconds. Infinity for a process that is watched from outside. Default 10 s. */
  readonly deadlineMs?: number;
}

/** Errors: `bundle.script-failed`; of its calls also the strategy's own. */
export function loadScript(script: string, { deadlineMs = DEADLINE_MS }: SandboxOptions = {}): Sandbox {
  if (DYNAMIC_IMPORT.test(script)) {
    fail("bundle.script-failed", {
      message: "the bundle's script holds an import that would load code while it runs",
      hint: 'Take import(...) out, and the words "import(" out of texts.',
    });
  }
  ignoreForeignRejections();
  const globals = Object.create(null) as object;
  const context = createContext(globals, {
    codeGeneration: { strings: false, wasm: false },
    microtaskMode: "afterEvaluate",
  });
  // With display, Node would read what was thrown.
  const limits = { displayErrors: false, ...(deadlineMs === Infinity ? {} : { timeout: deadlineMs }) };
  const run = (code: Script, doing: string) => runWithin(code, context, limits, doing);
  PRELUDE.runInContext(context);
  const machine = run(compiled(script), "does not start");
  if (typeof machine === "string") scriptFailed(`does not start: ${shortened(machine)}`);
  setGlobal(globals, "tickbookMachine", machine);
  if (run(IS_MACHINE, "does not start") !== true) scriptFailed("does not answer with a strategy");
  return {
    call(name, input = "") {
      setGlobal(globals, "tickbookCall", name);
      setGlobal(globals, "tickbookInput", input);
      const text = run(CALL, `fails in ${name}`);
      if (typeof text !== "string") return scriptFailed(`fails in ${name}`);
      if (!text.startsWith("=")) return scriptFailed(`fails in ${name}: ${shortened(text.slice(1))}`);
      return valueFrom(name, text.slice(1));
    },
  };
}

/** What a script throws at its top is its value instead, as a text. */
function compiled(script: string): Script {
  try {
    return new Script(
      `try {${script}\n} catch (error) {
        try { "" + (typeof error === "object" && error !== null ? error.message : error); } catch { "it throws what has no text"; }
      }`,
      { filename: "strategy.js" },
    );
  } catch (error) {
    return scriptFailed(`does not start: ${(error as Error).message}`);
  }
}

function runWithin(
  code: Script,
  context: Context,
  limits: { readonly displayErrors: boolean; readonly timeout?: number },
  doing: string,
): unknown {
  try {
    return code.runInContext(context, limits);
  } catch (error) {
    if (isTimeout(error)) return scriptFailed(`${doing}: it did not end within ${limits.timeout} ms`);
    return scriptFailed(doing);
  }
}

/** Looks at nothing of an error but its own plain property: whatever else it has may be code. */
function isTimeout(error: unknown): boolean {
  if (typeof error !== "object" || error === null || types.isProxy(error)) return false;
  return Object.getOwnPropertyDescriptor(error, "code")?.value === "ERR_SCRIPT_EXECUTION_TIMEOUT";
}

/** Not by assignment, which would call a setter that the script put there. */
function setGlobal(globals: object, name: string, value: unknown): void {
  const isSet = Reflect.defineProperty(globals, name, { value, configurable: true, writable: true });
  if (!isSet) scriptFailed(`took the name ${name}`);
}

function valueFrom(name: string, text: string): unknown {
  let answer: { readonly ok?: unknown; readonly error?: Readonly<Record<string, unknown>> };
  try {
    answer = decodeValue(text) as typeof answer;
  } catch {
    return scriptFailed(`answers ${name} with a text that has no meaning`);
  }
  if (typeof answer !== "object" || answer === null)
    scriptFailed(`answers ${name} with a text that has no meaning`);
  const { ok, error } = answer;
  if (typeof error !== "object" || error === null) return ok;
  const message = textOf(error.message);
  const hint = textOf(error.hint);
  if (typeof error.code !== "string" || !Object.hasOwn(ERROR_CODES, error.code))
    scriptFailed(`fails with an error that is none of ours: ${message}`);
  return fail(error.code as ErrorCode, { message, ...(hint ? { hint } : {}) });
}

function textOf(value: unknown): string {
  return typeof value === "string" ? shortened(value) : "";
}

function shortened(text: string): string {
  return text.length > MESSAGE_LENGTH_MAX ? `${text.slice(0, MESSAGE_LENGTH_MAX)} ...` : text;
}

function scriptFailed(what: string): never {
  return fail("bundle.script-failed", { message: `the bundle's script ${what}` });
}

let isIgnoring = false;

/**
 * Rejected promises of a context concern nobody: its answers do not depend on them. Left to itself, Node would print
 * what they were rejected with, which runs code of the context outside of any call, and end this process.
 */
function ignoreForeignRejections(): void {
  if (isIgnoring) return;
  isIgnoring = true;
  process.on("unhandledRejection", (reason, promise) => {
    // This listener alone must not change what happens to a promise of our own.
    if (isOurs(promise) && process.listenerCount("unhandledRejection") === 1) throw reason;
  });
}

/** Walks prototypes and stops at a proxy, whose answer would be code. */
function isOurs(promise: object): boolean {
  let prototype: object | null = promise;
  while (prototype !== null && !types.isProxy(prototype)) {
    if (prototype === Promise.prototype) return true;
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
  return false;
}
