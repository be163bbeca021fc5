import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { loadScript } from "#exports";
import { ROOT } from "../../../tidy/sources.ts";
import { ATTACKS, findsOf } from "./attacks.ts";
import { bundleOf, errorOf, fallenWall, linked, REQUEST, START, startProcess } from "./bundles.ts";

describe("out of the context there is no way for", () => {
  it.each(ATTACKS)("$name", async ({ code }) => {
    expect(await findsOf(code)).toEqual([]);
  });

  it.each(ATTACKS.filter(({ isLeak }) => isLeak))(
    "(but out of Node's own there is for $name)",
    async ({ code }) => {
      expect(await findsOf(code, true)).not.toEqual([]);
    },
  );

  it.each([
    'import("node:fs")',
    'import\n("node:fs")',
    'import/* a */ /* ( */("node:fs")',
    'import // a\n("node:fs")',
    'import <!-- a\n("node:fs")',
    '[...import("node:fs")]',
    "`$" + '{import("node:fs")}`',
    "import.meta",
    'import.source("x")',
  ])("%s: refused before it runs", (code) => {
    expect(() => loadScript(`(() => { ${code}; })()`)).toThrow(/holds an import/);
  });

  it("an import that is spelt otherwise, which is no import", () => {
    expect(() => loadScript('(() => { im\\u0070ort("node:fs"); })()')).toThrow(/does not start/);
    const text = `(() => { const o = { "import": 1, important: (x) => x }; o.important(2); return { describe: () => '{"ok":"import nothing"}' }; })()`;
    expect(loadScript(text).call("describe")).toBe("import nothing");
  });

  it.each([
    "eval('1')",
    "(0, eval)('1')",
    "new Function('return 1')()",
    "(async () => {}).constructor('return 1')()",
    "(function* () {}).constructor('return 1')()",
    "(async function* () {}).constructor('return 1')()",
    "Reflect.construct(Object.getPrototypeOf(see).constructor, ['return 1'])()",
    "new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))",
    "new SharedArrayBuffer(8)",
    "Atomics.wait(new Int32Array(2), 0, 0)",
    "new WeakRef({})",
    "Date.now()",
    "new Date()",
    "Date()",
    "new (Object.getPrototypeOf(Date))()",
    "new (new Date(0).constructor)()",
    "new (class extends Date {})()",
    "Reflect.construct(Date, [])",
    "new Intl.DateTimeFormat().format()",
    "Math.random()",
    "process",
    "require",
    "module",
    "setTimeout(see)",
    "queueMicrotask(see)",
    "fetch",
    "structuredClone({})",
    "new Proxy(see, {})",
    "Proxy.revocable({}, {}).proxy",
  ])("%s: there is no such thing", (code) => {
    const script = loadScript(
      `({ describe() { const see = () => 1; let made = "nothing"; try { ${code}; made = "it"; } catch {} return JSON.stringify({ ok: made }); } })`,
    );
    expect(script.call("describe")).toBe("nothing");
  });

  it("dates of a given time, which are as everywhere", () => {
    const script = loadScript(`({ describe() {
      const own = new (class Own extends Date { twice() { return 2 * this.getTime(); } })(5);
      return JSON.stringify({ ok: [new Date(7).getTime(), own.twice(), own instanceof Date, Date.UTC(2020, 0, 2), Date.parse("2020-01-02"), new Date(2020, 5).getMonth(), new Date(0).constructor === Date] });
    } })`);
    const day = Date.UTC(2020, 0, 2);
    expect(script.call("describe")).toEqual([7, 10, true, day, day, 5, true]);
  });

  it.each([
    ["a proxy", "new Proxy({}, { get: () => { throw 1; } })"],
    ["a text as an object", 'new String("{}")'],
    [
      "what makes itself a text",
      "({ toString: () => '{}', valueOf: () => '{}', [Symbol.toPrimitive]: () => '{}' })",
    ],
    ["a promise", "Promise.resolve('{}')"],
    ["nothing", "undefined"],
  ])("%s as the answer", (_, answer) => {
    const script = loadScript(`({ describe: () => ${answer} })`);
    expect(() => script.call("describe")).toThrow(/fails in describe|answers with/);
  });

  it("pollution of prototypes and globals", () => {
    const script = loadScript(`(() => {
      for (const made of [Object, Array, String, Number, Function, Promise, JSON, Reflect, Math, Error]) {
        made.polluted = 1;
        if (made.prototype) made.prototype.polluted = 1;
      }
      Array.prototype.map = Array.prototype.push = String.prototype.startsWith = () => { throw 1; };
      JSON.parse = JSON.stringify = Object.entries = Object.fromEntries = () => { throw 1; };
      Object.prototype.toJSON = () => "7";
      Object.defineProperty(Object.prototype, "ok", { get: () => "polluted" });
      return { describe: () => '{"error":null,"ok":{"__proto__":{"polluted":1},"a":[1]}}' };
    })()`);
    const answer = script.call("describe") as { a: unknown };
    expect(Object.getPrototypeOf(answer)).toBe(Object.prototype);
    expect(answer.a).toEqual([1]);
    for (const value of [{}, [], "", 1, () => {}, JSON, new Error()])
      expect((value as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("names that the host sets: taken by a script, they end it, and no setter of it runs", () => {
    const script = loadScript(`(() => {
      for (const name of ["tickbookInput", "tickbookCall"]) Object.defineProperty(globalThis, name, { get() { return "x"; }, set() { for (;;); }, configurable: false });
      return { describe: () => '{"ok":1}' };
    })()`);
    expect(() => script.call("describe")).toThrow(/took the name/);
  });

  it("errors of ours: a strategy's handler sees none of another realm", async () => {
    const code = `const base = (value) => { let at = value; for (let up; (up = Object.getPrototypeOf(at)) !== null; ) at = up; return at; };
      const look = (work) => { try { work(); return true; } catch (error) { return base(error) === Object.prototype && error.stack === undefined; } };
      ctx.state.n = [() => ctx.target({ weight: Number.NaN }), () => ctx.predict("x"), () => ctx.history(9), () => ctx.at("x"), () => ctx.row.nothing, () => ctx.order({})].filter(look).length;`;
    const running = await startProcess({ bundle: bundleOf(await linked(`// @ts-nocheck\n${code}`)) });
    await running.start(START);
    expect((await running.decide(REQUEST)).memory.state).toEqual([{ n: 6 }]);
  });
});

describe("in the process, as if the context's wall had fallen, there is no way to", () => {
  const attempts = (port: number) => `
    const results = {};
    const attempt = async (name, work) => { try { await work(); results[name] = "done"; } catch (error) { results[name] = error.code ?? error.message; } };
    const fs = await import("node:fs");
    const { fork, spawn, spawnSync } = await import("node:child_process");
    const { Worker } = await import("node:worker_threads");
    const net = await import("node:net");
    const connect = (options) => new Promise((resolve, reject) => net.connect(options).on("connect", resolve).on("error", reject));
    const spawned = (child) => new Promise((resolve, reject) => child.on("spawn", resolve).on("error", reject));
    await attempt("read a file of the system", () => fs.readFileSync("/etc/passwd"));
    await attempt("read a file of the project", () => fs.promises.readFile(${JSON.stringify(join(ROOT, "README.md"))}));
    await attempt("list the project", () => fs.readdirSync(${JSON.stringify(ROOT)}));
    await attempt("look at its environment", () => fs.readFileSync("/proc/self/environ"));
    await attempt("write beside itself", () => fs.writeFileSync(import.meta.filename + ".x", "x"));
    await attempt("write where everybody may", () => fs.promises.writeFile("/tmp/tickbook-escape", "x"));
    await attempt("remove itself", () => fs.rmSync(import.meta.filename));
    await attempt("spawn a process", () => spawned(spawn("/bin/true")));
    await attempt("spawn and wait", () => { const { error } = spawnSync("/bin/true"); if (error) throw error; });
    await attempt("fork itself", () => spawned(fork(import.meta.filename)));
    await attempt("start a worker", () => new Worker("0", { eval: true }));
    await attempt("load native code", () => process.dlopen({ exports: {} }, "/etc/passwd.node"));
    await attempt("connect to loopback", () => connect({ host: "127.0.0.1", port: ${port} }));
    await attempt("fetch", () => fetch("http://127.0.0.1:${port}"));
    reply({ error: { code: "bundle.script-failed", message: JSON.stringify(results), hint: "" } });`;

  it("read, write, spawn, load or connect", async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.close();
    });
    const { port } = server.address() as { port: number };
    const { isolation } = await startProcess({ bundle: bundleOf(await linked("")) });
    expect(isolation.permissions).toBe(true);
    const entry = fallenWall(attempts(port));
    const { message } = await errorOf(startProcess({ bundle: bundleOf("0") }, entry));
    const {
      "connect to loopback": connected,
      fetch: fetched,
      ...results
    } = JSON.parse(message) as Record<string, string>;
    expect(Object.keys(results)).toHaveLength(12);
    for (const [name, result] of Object.entries(results)) {
      expect(`${name}: ${result}`).toMatch(/: (ERR_ACCESS_DENIED|ERR_DLOPEN_DISABLED)$/);
    }
    // Node 20 does not guard sockets: only an empty network does.
    if (!isolation.network) return;
    expect(connected).toMatch(/ENETUNREACH|ECONNREFUSED|ERR_ACCESS_DENIED/);
    expect(fetched).toBe("fetch failed");
    expect(connections).toBe(0);
  });
});
