import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { resultOf, sharedKernel, textOf, typesOf } from "./kernel.ts";

const shared = sharedKernel();
const kernel = () => shared.client();
const MIB = 2 ** 20;

function send(code: string, content: object = {}): string {
  return kernel().send("shell", "execute_request", { code, ...content });
}

async function result(code: string): Promise<string | undefined> {
  return resultOf((await kernel().execute(code)).iopub);
}

describe("execute_request", () => {
  it("silent: shows nothing, counts nothing, leaves no history", async () => {
    const before = (await kernel().execute("let quiet = 0")).reply.content.execution_count;
    const { reply, iopub } = await kernel().execute("console.log('x'); display(1); quiet = 7", {
      silent: true,
    });
    expect(typesOf(iopub)).toEqual(["busy", "idle"]);
    expect(reply.content).toMatchObject({ status: "ok", execution_count: before });
    const failed = await kernel().execute("throw 1", { silent: true });
    expect(typesOf(failed.iopub)).toEqual(["busy", "idle"]);
    expect(failed.reply.content.status).toBe("error");
    expect(await result("quiet")).toBe("7");
    const query = { hist_access_type: "tail", n: 1, output: false, raw: true };
    const { reply: history } = await kernel().request("history_request", query);
    expect(history.content.history).toEqual([[1, before + 1, "quiet"]]);
  });

  it("store_history false: shows, but counts nothing and leaves no history", async () => {
    const before = (await kernel().execute("1")).reply.content.execution_count;
    const { reply, iopub } = await kernel().execute("'shown'", { store_history: false });
    expect([resultOf(iopub), reply.content.execution_count]).toEqual(["'shown'", before]);
    expect((await kernel().execute("2")).reply.content.execution_count).toBe(before + 1);
  });

  it("user_expressions: evaluated after the cell, each with its own outcome", async () => {
    const user_expressions = { sum: "(a as number) + 1", wrong: "nothingOfThisName", table: "[{ a }]" };
    const { reply } = await kernel().execute("const a = 41", { user_expressions });
    const { sum, wrong, table } = reply.content.user_expressions;
    expect(sum).toEqual({ status: "ok", data: { "text/plain": "42" }, metadata: {} });
    expect(wrong).toMatchObject({ status: "error", ename: "ReferenceError" });
    expect(table.data["text/html"]).toContain("<td>41</td>");
  });

  it("an error aborts what was sent with it, and nothing that comes later", async () => {
    // Long enough that the others have arrived when it fails: only what waits by then is aborted.
    const fails = "await new Promise((resolve) => setTimeout(resolve, 500)); throw new Error('stop')";
    const ids = [fails, "globalThis.ran = true", "2"].map((code) => send(code));
    const [failed, ...aborted] = await Promise.all(ids.map((id) => kernel().reply(id)));
    expect(failed?.content).toMatchObject({ status: "error", ename: "Error", evalue: "stop" });
    expect(aborted.map(({ content }) => content.status)).toEqual(["aborted", "aborted"]);
    for (const id of ids) await kernel().idle(id);
    expect(ids.slice(1).map((id) => typesOf(kernel().iopub(id)))).toEqual([
      ["busy", "idle"],
      ["busy", "idle"],
    ]);
    expect(await result("globalThis.ran")).toBeUndefined();
    const goOn = ["throw 1", "'went on'"].map((code) => send(code, { stop_on_error: false }));
    await Promise.all(goOn.map((id) => kernel().idle(id)));
    expect(resultOf(kernel().iopub(goOn[1]!))).toBe("'went on'");
  });

  it("errors name cell and line in TypeScript, in the reply and on iopub", async () => {
    const { reply, iopub } = await kernel().execute(
      "interface A { b: number }\n\nconst a: A = null as never\na.b",
    );
    const cell = reply.content.execution_count;
    expect(reply.content.traceback).toContain(`    at cell ${cell}, line 4:3`);
    expect(reply.content).toMatchObject(iopub.find(({ type }) => type === "error")!.content);
  });

  it("process.exit is an error of the cell; the kernel goes on", async () => {
    const { reply } = await kernel().execute("process.exit(3)");
    expect(reply.content).toMatchObject({ status: "error", ename: "SystemExit", evalue: "process.exit(3)" });
    expect(await result("'here'")).toBe("'here'");
  });

  it("a result that is no JSON is an error, and the kernel goes on", async () => {
    const cyclic =
      "const loop: any = {}; loop.self = loop; ({ [Symbol.for('Jupyter.display')]: () => ({ 'application/json': loop }) })";
    expect((await kernel().execute(cyclic)).reply.content).toMatchObject({
      status: "error",
      ename: "TypeError",
    });
    const big =
      "({ [Symbol.for('Jupyter.display')]: () => ({ 'application/json': { n: 10n, t: new Uint8Array([1]) }, 'image/png': new Uint8Array([137, 80]) }) })";
    const { iopub } = await kernel().execute(big);
    expect(iopub.find(({ type }) => type === "execute_result")?.content.data).toMatchObject({
      "application/json": { n: "10", t: [1] },
      "image/png": "iVA=",
    });
  });

  it("a request without code is refused, and the kernel goes on", async () => {
    const { reply } = await kernel().request("execute_request", { code: 5 });
    expect(reply.content).toMatchObject({ status: "error", evalue: expect.stringContaining("not a text") });
  });
});

describe("output", () => {
  it("of 100,000 lines arrives whole, in order, before idle", async () => {
    const { iopub } = await kernel().execute("for (let i = 0; i < 100_000; i++) console.log('line', i)");
    const lines = textOf(iopub).split("\n");
    expect(lines.length).toBe(100_001);
    expect(lines.slice(0, -1).every((line, i) => line === `line ${i}`)).toBe(true);
    expect(iopub.filter(({ type }) => type === "stream").length).toBeLessThan(2000);
    expect(typesOf(iopub).at(-1)).toBe("idle");
  });

  it("keeps its order among streams, displays and clear_output", async () => {
    const { iopub } = await kernel().execute(
      "console.log('a'); console.log('b'); console.error('c'); display(1); console.log('d'); display.clear({ wait: true }); console.log('e')",
    );
    const shown = iopub.map(
      ({ type, content }) => content.text ?? content.data?.["text/plain"] ?? content.wait ?? type,
    );
    expect(shown.slice(2, -1)).toEqual(["a\nb\n", "c\n", "1", "d\n", true, "e\n"]);
  });

  it("that comes late belongs to the cell that caused it", async () => {
    const first = await kernel().execute(
      "const later = new Promise<void>((done) => setTimeout(() => { console.log('late'); display('shown'); done() }, 60))",
    );
    const second = await kernel().execute("await later; console.log('now')");
    expect(textOf(second.iopub)).toBe("now\n");
    expect(textOf(kernel().iopub(first.id))).toBe("late\n");
    expect(
      kernel()
        .iopub(first.id)
        .filter(({ type }) => type === "display_data"),
    ).toHaveLength(1);
  });

  it("of late errors is shown in the cell that caused them, and the kernel goes on", async () => {
    const { id } = await kernel().execute(
      "setTimeout(() => {\n  throw new RangeError('in a timer')\n}, 1); void Promise.reject(new Error('nobody awaits'))",
    );
    await kernel().find(
      ({ parent, content }) => parent.msg_id === id && /in a timer/.test(content.text ?? ""),
    );
    const text = textOf(kernel().iopub(id), "stderr");
    expect(text).toMatch(/RangeError: in a timer[\s\S]*cell \d+, line 2:/);
    expect(text).toContain("Error: nobody awaits");
    expect(await result("'on'")).toBe("'on'");
  });

  it("above 8 MiB is cut, and says how much", async () => {
    const { iopub } = await kernel().execute(
      "const kib = 'x'.repeat(1023) + '\\n'; for (let i = 0; i < 9 * 1024; i++) process.stdout.write(kib)",
    );
    expect(textOf(iopub).length).toBe(8 * MIB);
    expect(textOf(iopub, "stderr")).toContain("1,048,576 characters of this cell's text were cut");
    expect(textOf((await kernel().execute("console.log('again')")).iopub)).toBe("again\n");
  });

  it("of child processes that inherit it is shown, as is what execSync passes on", async () => {
    const { iopub } = await kernel().execute(
      "import { spawn, execSync } from 'node:child_process'; const child = spawn('sh', ['-c', 'echo to stdout; echo to stderr >&2'], { stdio: 'inherit' }); await new Promise((done) => child.on('close', done)); execSync('echo also >&2'); String(execSync('echo back'))",
    );
    expect([textOf(iopub), textOf(iopub, "stderr")]).toEqual(["to stdout\n", "to stderr\nalso\n"]);
    expect(resultOf(iopub)).toBe("'back\\n'");
  });

  it("of progress is one display that is replaced in place", async () => {
    const session = "(globalThis as any)[Symbol.for('tickbook.session/1')]";
    const { iopub } = await kernel().execute(
      `const task = ${session}.startProgress('train', 2); task.update(1); task.end()`,
    );
    const shown = iopub.filter(({ type }) => type.endsWith("display_data"));
    expect(shown.map(({ type }) => type)).toEqual(["display_data", "update_display_data"]);
    expect(new Set(shown.map(({ content }) => content.transient.display_id)).size).toBe(1);
    expect(shown[1]?.content.data["text/plain"]).toBe(`train [${"#".repeat(30)}] 2/2`);
  });
});

describe("the language", () => {
  it.each([
    [
      "redeclaring in a later cell",
      [
        "const v = 1; class C {}; function f() { return 1 }",
        "let v = 2; const C = 3; const f = 4; [v, C, f]",
      ],
      "[ 2, 3, 4 ]",
    ],
    [
      "enums and namespaces",
      ["enum Side { Buy = 1 }; namespace N { export const x = 2 }", "[Side.Buy, Side[1], N.x]"],
      "[ 1, 'Buy', 2 ]",
    ],
    [
      "using",
      [
        "const log: string[] = []; { using r = { [Symbol.dispose]() { log.push('gone') } }; log.push('in') }; log",
      ],
      "[ 'in', 'gone' ]",
    ],
    [
      "decorators",
      [
        "const mark = (target: any) => { target.marked = true }; @mark class D { static marked?: boolean }; D.marked",
      ],
      "true",
    ],
    [
      "import of CommonJS, ESM, and with attributes",
      [
        "import seedrandom from 'seedrandom'; import { z } from 'zod'; import k from './config.json' with { type: 'json' };",
        "[typeof seedrandom, z.number().parse(1), k.k]",
      ],
      "[ 'function', 1, 3 ]",
    ],
    [
      "dynamic import and packages with top-level await that have only an exports map",
      ["const { ready } = await import('waiting'); ready"],
      "11",
    ],
    ["object literals", ["{ a: 1 }"], "{ a: 1 }"],
  ])("%s", async (_name, cells, expected) => {
    const folder = join(shared.folder(), "node_modules");
    await mkdir(join(folder, "waiting"), { recursive: true });
    for (const name of ["seedrandom", "zod"]) {
      const text = `export * from ${JSON.stringify(import.meta.resolve(name))}; export { default } from ${JSON.stringify(import.meta.resolve(name))};`;
      await mkdir(join(folder, name), { recursive: true });
      await writeFile(join(folder, name, "package.json"), `{"name":"${name}","exports":"./main.mjs"}`);
      await writeFile(join(folder, name, "main.mjs"), text);
    }
    await writeFile(
      join(folder, "waiting", "package.json"),
      '{"name":"waiting","type":"module","exports":{".":"./a.js"}}',
    );
    await writeFile(join(folder, "waiting", "a.js"), "export const ready = await Promise.resolve(11);");
    await writeFile(join(shared.folder(), "config.json"), '{"k":3}');
    let last: string | undefined;
    for (const cell of cells) last = await result(cell);
    expect(last).toBe(expected);
  });

  it("local modules, loaded again after a change", async () => {
    await writeFile(join(shared.folder(), "signal.ts"), "export const level: number = 1;\n");
    expect(await result("import { level } from './signal.ts'\nlevel")).toBe("1");
    await writeFile(join(shared.folder(), "signal.ts"), "export const level: number = 200;\n");
    expect(await result("import { level } from './signal.ts'\nlevel")).toBe("200");
  });
});
