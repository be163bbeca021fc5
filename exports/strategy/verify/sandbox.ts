import { createContext, runInContext } from "node:vm";
import { decodeValue, ERROR_CODES, type ErrorCode, fail } from "#core";
import type { Machine } from "../link/machine.ts";

/** Takes clock and chance away, which no decision may depend on, and what reaches beyond the context's own memory. */
const PRELUDE = `"use strict";
(() => {
  const refuse = (name) => () => { throw new TypeError(name + " is not available to a strategy"); };
  const TrueDate = Date;
  const Dates = class Date extends TrueDate {
    constructor(...parts) {
      if (parts.length === 0) refuse("the clock")();
      super(...parts);
    }
  };
  Dates.now = refuse("Date.now");
  TrueDate.now = Dates.now;
  TrueDate.prototype.constructor = Dates;
  globalThis.Date = Dates;
  Math.random = refuse("Math.random");
  for (const name of ["WebAssembly", "SharedArrayBuffer", "Atomics", "WeakRef", "FinalizationRegistry"])
    delete globalThis[name];
})();`;
const START_MS = 5000;

/** The machine of a bundle's script, with texts turned to values. */
export interface Sandbox {
  call(name: keyof Machine, input?: string): unknown;
}

/**
 * Loads a script into a context of its own: no object of this process, no modules, no code from strings, no clock and
 * no chance. That keeps a strategy honest; it is no wall against an attacker, for which a live strategy gets a process.
 * Errors: `bundle.script-failed`; of its calls also the strategy's own.
 */
export function loadScript(script: string): Sandbox {
  let machine: Machine;
  try {
    const context = createContext(Object.create(null) as object, {
      codeGeneration: { strings: false, wasm: false },
      microtaskMode: "afterEvaluate",
    });
    runInContext(PRELUDE, context);
    machine = runInContext(script, context, { filename: "strategy.js", timeout: START_MS }) as Machine;
  } catch (error) {
    return scriptFailed(`does not start: ${messageOf(error)}`);
  }
  if (typeof machine?.describe !== "function") scriptFailed("does not answer with a strategy");
  return {
    call(name, input = "") {
      let text: unknown;
      try {
        text = machine[name](input);
      } catch (error) {
        scriptFailed(`fails in ${name}: ${messageOf(error)}`);
      }
      if (typeof text !== "string") scriptFailed(`answers ${name} with ${typeof text}, not with a text`);
      const { ok, error } = decodeValue(text) as {
        readonly ok?: unknown;
        readonly error?: { readonly code: ErrorCode; readonly message: string; readonly hint: string };
      };
      if (!error) return ok;
      const { code, message, hint } = error;
      if (!Object.hasOwn(ERROR_CODES, code))
        scriptFailed(`fails with an error that is none of ours: ${message}`);
      return fail(code, { message, ...(hint ? { hint } : {}) });
    },
  };
}

function messageOf(error: unknown): string {
  return typeof error === "object" && error !== null ? String((error as Error).message) : String(error);
}

function scriptFailed(what: string): never {
  return fail("bundle.script-failed", { message: `the bundle's script ${what}` });
}
