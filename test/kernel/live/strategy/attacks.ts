import { execFile } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "../../../tidy/sources.ts";

/**
 * What every attack begins with. `see(what, value)` takes down a value that belongs to another realm (its prototypes
 * end elsewhere), or from which a walk over constructors makes code that sees the host.
 */
const LOOKOUT = `
  const found = [];
  const end = (value) => { let at = value; for (let up; (up = Object.getPrototypeOf(at)) !== null; ) at = up; return at; };
  const see = (what, value) => {
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return;
    const last = end(value);
    if (last !== Object.prototype && last !== value) found.push(what + ": of another realm");
    for (const walk of [(v) => v.constructor, (v) => v.constructor.constructor, (v) => end(v).constructor.constructor]) {
      try {
        const made = walk(value)("return typeof process + typeof require")();
        if (/object|function/.test(made)) found.push(what + ": " + made);
      } catch (error) {
        if (typeof error === "object" && error !== null && end(error) !== Object.prototype) found.push(what + ": error of another realm");
      }
    }
  };
  const spy = (what) => new Proxy(function () {}, { apply(target, self, list) { see(what, list); see(what, self); for (const each of list) see(what, each); return ""; } });
  const attempt = (what, work) => { try { see(what, work()); } catch (error) { see(what + ", thrown", error); } };
`;

/** Attacks as code. Those marked as leaks get out of a context as Node makes it, which shows that the lookout sees. */
export const ATTACKS: readonly { readonly name: string; readonly code: string; readonly isLeak?: true }[] = [
  {
    name: "everything that can be reached from the global object",
    code: `const seen = new Set(); const open = [globalThis, this, see, async () => {}, function* () {}, async function* () {}, [][Symbol.iterator]()];
      for (let at; (at = open.pop()); ) {
        if (seen.has(at)) continue;
        seen.add(at);
        see("reached", at);
        open.push(Object.getPrototypeOf(at));
        for (const key of Reflect.ownKeys(at)) {
          const own = Reflect.getOwnPropertyDescriptor(at, key);
          see("descriptor of " + String(key), own);
          for (const value of [own.value, own.get, own.set])
            if ((typeof value === "object" || typeof value === "function") && value !== null) open.push(value);
        }
      }`,
  },
  {
    name: "stack trace hooks",
    code: `const hook = (error, sites) => { see("sites", sites); for (const site of sites) for (const name of ["getThis", "getFunction", "getEvalOrigin"]) attempt(name, () => site[name]()); return ""; };
      Error.prepareStackTrace = hook; void new Error().stack; const own = {}; Error.captureStackTrace(own); void own.stack;
      try { globalThis.Error = { prepareStackTrace: hook }; } catch {}
      try { null.x; } catch (error) { attempt("stack", () => error.stack); }`,
  },
  {
    name: "a callable proxy as an error's name",
    code: `const error = new Error(); error.name = { toString: spy("name") }; attempt("stack", () => error.stack);`,
    isLeak: true,
  },
  {
    name: "a symbol as an error's name",
    code: "const error = new Error(); error.name = Symbol(); attempt('stack', () => error.stack);",
    isLeak: true,
  },
  {
    name: "a full stack where Node formats an error",
    code: `const dive = () => { try { dive(); } catch (error) { see("overflow", error); attempt("stack", () => new Error("x").stack); throw error; } };
      try { dive(); } catch {}`,
    isLeak: true,
  },
  {
    name: "a stack limit of its own",
    code: `Error.stackTraceLimit = 50; try { Object.defineProperty(Error, "stackTraceLimit", { value: 50 }); } catch {}
      const error = new RangeError(); error.name = { toString: spy("name") }; attempt("stack", () => error.stack);`,
    isLeak: true,
  },
  {
    name: "a rejected promise whose prototype Node asks",
    code: `let asked = 0;
      const handle = (target, self, list) => { if (asked++ === 0) see("arguments", list); };
      Object.setPrototypeOf(Promise.reject(1), new Proxy({}, { get: new Proxy(function () {}, { apply: handle }) }));`,
    isLeak: true,
  },
  {
    name: "a rejected promise and its reason, asked by plain functions",
    code: `const handler = () => Object.fromEntries(["get", "has", "getOwnPropertyDescriptor", "getPrototypeOf", "ownKeys"].map((name) =>
        [name, (target, key) => { see(name, key); return Reflect[name](target, key); }]));
      Object.setPrototypeOf(Promise.reject(1), new Proxy({}, handler()));
      void Promise.reject(new Proxy(new Error(), handler()));`,
  },
  {
    name: "a full stack where Node hears of a rejected promise",
    code: `const dive = () => { try { dive(); } catch (error) { see("overflow", error); attempt("reject", () => Promise.reject(error)); attempt("async", async () => { throw error; }); throw error; } };
      try { dive(); } catch {}`,
  },
  {
    name: "promises, thenables and species",
    code: `const own = function (executor) { see("executor", executor); executor((value) => see("resolve", value), (error) => see("reject", error)); };
      own[Symbol.species] = own;
      const promise = Promise.resolve(1); promise.constructor = own;
      attempt("then", () => promise.then((value) => see("then", value)));
      attempt("await", () => (async () => { await { then(resolve, reject) { see("resolve", resolve); see("reject", reject); resolve(); } }; })());
      void (async () => { for await (const each of [1]) see("each", each); throw 1; })().catch((error) => see("caught", error));
      const list = [1, 2]; list.constructor = { [Symbol.species]: function (length) { see("length", this); return []; } };
      attempt("map", () => list.map((x) => x)); attempt("concat", () => list.concat([3]));`,
  },
  {
    name: "callers of a function",
    code: `function who() { see("caller", who.caller); see("callee", arguments.callee.caller); for (let at = who.caller, n = 0; at && n < 9; n++) { see("caller", at); at = at.caller; } }
      attempt("caller", who);`,
  },
  {
    name: "the console",
    code: `for (const name of Reflect.ownKeys(console)) if (typeof console[name] === "function") attempt("console." + String(name), () => console[name]({ toString: spy("text"), get [Symbol.toStringTag]() { see("this", this); return "x"; } }, see));`,
  },
  {
    name: "accessors on the global object",
    code: `for (const name of ["trap", "tickbookInput2"]) Object.defineProperty(globalThis, name, { get() { see("this", this); return 1; }, set(value) { see("this", this); see("value", value); }, configurable: true });
      void trap; trap = 1; attempt("in", () => Object.getOwnPropertyDescriptor(globalThis, "trap"));`,
  },
];

/** The attack runs while the script starts and again in a call, then its finds are asked for. */
function attackScript(code: string): string {
  return `(() => { ${LOOKOUT}
    const attack = () => { ${code} };
    try { attack.call(globalThis); } catch (error) { see("thrown", error); }
    return {
      describe: (text) => { see("input", text); try { attack(); } catch (error) { see("thrown", error); } return '{"ok":null}'; },
      push: () => JSON.stringify({ ok: [...new Set(found)] }),
    };
  })();`;
}

/** A built file, for a program of its own. */
export const built = (file: string) => JSON.stringify(pathToFileURL(join(ROOT, "dist", file)).href);

const HARDENED = `const { loadScript } = await import(${built("exports/strategy/verify/sandbox.js")});
  const script = loadScript(attack);
  script.call("describe", "{}");
  await settled();
  console.log(JSON.stringify(script.call("push")));`;
const NAKED = `const { createContext, runInContext } = await import("node:vm");
  process.on("unhandledRejection", () => {});
  const machine = runInContext(attack, createContext(Object.create(null), { microtaskMode: "afterEvaluate" }));
  await settled();
  console.log(JSON.stringify(JSON.parse(machine.push()).ok));`;

/** What an attack found out of our context, or out of one as Node makes it. */
export async function findsOf(code: string, isNaked = false): Promise<string[]> {
  const program = `const attack = ${JSON.stringify(attackScript(code))};
    const settled = async () => { for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve)); };
    ${isNaked ? NAKED : HARDENED}`;
  const { stdout, stderr, code: exitCode } = await runPlain(program);
  if (exitCode !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as string[];
}

/** Runs a program in a plain process: a test runner listens to rejected promises, and looks at them. */
export function runPlain(program: string) {
  return new Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>(
    (resolve) => {
      const options = { timeout: 10_000, killSignal: "SIGKILL" } as const;
      execFile(process.execPath, ["--input-type=module", "-e", program], options, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
      });
    },
  );
}
