import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { SessionProcess } from "./session-process.ts";

let root: string;
let session: SessionProcess;

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "tickbook-session-")));
  await symlink(fileURLToPath(new URL("../../../node_modules", import.meta.url)), join(root, "node_modules"));
  session = new SessionProcess(root);
});

beforeEach(() => {
  session.events.length = 0;
});

afterAll(async () => {
  await session.close();
  await rm(root, { recursive: true });
});

/** Runs cells in order; what the last one shows. */
async function resultOf(...sources: string[]) {
  let result: Readonly<Record<string, unknown>> | undefined;
  for (const source of sources) {
    const done = await session.run(source);
    if (done.error) throw new Error(done.error.traceback.join("\n"));
    result = done.result;
  }
  return result;
}

async function textOf(...sources: string[]): Promise<string | undefined> {
  return (await resultOf(...sources))?.["text/plain"] as string | undefined;
}

async function errorOf(source: string) {
  const { error, result } = await session.run(source);
  if (!error) throw new Error(`no error: ${JSON.stringify(result)}`);
  return error;
}

function printed(): string {
  return session.outputs.map((output) => (output.kind === "stream" ? output.text : "")).join("");
}

describe("TypeScript in cells", () => {
  it.each<[string, string[], string | undefined]>([
    ["a declaration shows nothing", ["5; const quiet = 1"], undefined],
    ["the last expression is the result", ["const n: number = 2\nn * 21"], "42"],
    ["variables live on", ["let kept = 1", "kept += 1; kept"], "2"],
    [
      "const, let, var and class may be declared again",
      ["const again = 1", "var again = 2", "class again {}", "let again = 3\nagain"],
      "3",
    ],
    [
      "a function may be declared again, and recurses through its new self",
      [
        "function fact(n: number): number { return n < 2 ? 1 : n * fact(n - 1) }",
        "const old = fact",
        "function fact(n: number) { return 100 }\nold(3)",
      ],
      "300",
    ],
    ["functions are hoisted", ["early()\nfunction early() { return 'up' }\nearly()"], "'up'"],
    ["a failed declaration can be repaired", ["try { null } catch {}", "let repaired = 4\nrepaired"], "4"],
    [
      "enums merge",
      [
        "enum Side { Buy, Sell = 5 }\nenum Side { Hold = Sell + 1 }\n[Side.Buy, Side.Sell, Side.Hold, Side[5]]",
      ],
      "[ 0, 5, 6, 'Sell' ]",
    ],
    ["an enum of an earlier cell is seen", ["export const enum Tif { Gtc = 'GTC' }", "Tif.Gtc"], "'GTC'"],
    [
      "namespaces merge",
      ["namespace N { export const a = 1 }\nnamespace N { export const b = N.a + 1 }\n[N.a, N.b]"],
      "[ 1, 2 ]",
    ],
    [
      "a namespace extends a function and a class",
      [
        "function f() { return f.k }\nnamespace f { export const k = 7 }\nclass C {}\nnamespace C { export const z = 8 }\n[f(), (C as any).z]",
      ],
      "[ 7, 8 ]",
    ],
    [
      "top-level await works",
      ["const waited = await new Promise<number>((r) => setTimeout(() => r(9), 1))\nwaited"],
      "9",
    ],
    [
      "top-level for await works",
      ["let sum = 0\nfor await (const x of [Promise.resolve(1), 2]) sum += x", "sum"],
      "3",
    ],
    [
      "generics, abstract classes, parameter properties and satisfies work",
      [
        "abstract class Box<T> { constructor(readonly value: T) {} abstract get(): T }\nclass Real<T> extends Box<T> { get() { return this.value satisfies T } }\nnew Real<number>(3).get()",
      ],
      "3",
    ],
    [
      "var in blocks and loops belongs to the notebook",
      [
        "for (var i = 0, last; i < 3; i++) { var { inner } = { inner: i } }\nfor (var [k] of [[5]]) {}",
        "[i, inner, k, last]",
      ],
      "[ 3, 2, 5, undefined ]",
    ],
    ["an object literal is a value", ["{ a: 1, b: { c: [2] } }"], "{ a: 1, b: { c: [ 2 ] } }"],
    ["an object literal behind a comment is a value", ["// position\n{ a: 1 }"], "{ a: 1 }"],
    ["a block is a block", ["{ let inside = 1; inside }"], undefined],
    [
      "export stays a declaration, and a default is a value",
      ["export const live = 6", "export default live + 1"],
      "7",
    ],
    [
      "a class keeps its name inside and outside",
      ["class Named { static made = new Named().constructor.name }\n[Named.made, Named.name]"],
      "[ 'Named', 'Named' ]",
    ],
    [
      "decorators of the experimental kind work",
      [
        "function twice(t: object, k: string, d: PropertyDescriptor) { const f = d.value; d.value = () => 2 * f() }\nfunction mark(n: number) { return (t: any) => { t.mark = n } }\n@mark(4) class Deco { @twice one() { return 21 } }\n[new Deco().one(), (Deco as any).mark]",
      ],
      "[ 42, 4 ]",
    ],
    [
      "cells are strict",
      [
        "(() => { try { (undefined as any).x = 1; return 'sloppy' } catch { } return (function () { return this })() === undefined })()",
      ],
      "true",
    ],
    ["a string alone is a value, not a directive", ['"use nothing"'], "'use nothing'"],
    ["a promise is shown, not awaited", ["Promise.resolve(1)"], "Promise {\n  1\n}"],
    ["special numbers and bigints come through", ["[-0, NaN, 5n]", "-0"], "-0"],
  ])("%s", async (_title, sources, text) => {
    expect(await textOf(...sources)).toBe(text);
  });

  it("disposes what `using` holds, in reverse order, also after an error", async () => {
    const resource = "const make = (n: number) => ({ [Symbol.dispose]() { console.log('gone', n) } })";
    await textOf(resource, "using a = make(1), b = make(2);\nconsole.log('body')");
    expect(printed()).toBe("body\ngone 2\ngone 1\n");
    const error = await errorOf(
      "await using c = { async [Symbol.asyncDispose]() { throw new Error('while disposing') } };\nthrow new Error('body')",
    );
    expect(error.name).toBe("SuppressedError");
  });
});

describe("imports", () => {
  it("reach ES, CommonJS and exports-only packages and Node's own modules", async () => {
    const source = [
      'import { z } from "zod";',
      'import * as aq from "arquero";',
      'import { mean } from "simple-statistics";',
      'import seedrandom from "seedrandom";',
      'import fs, { existsSync as exists } from "node:fs";',
      'const { Decimal } = await import("decimal.js");',
      "[z.number().parse(3), aq.table({ a: [1, 2] }).numRows(), mean([1, 3]), typeof seedrandom, fs.existsSync === exists, typeof Decimal]",
    ].join("\n");
    expect(await textOf(source)).toBe("[ 3, 2, 2, 'function', true, 'function' ]");
  });

  it("of types vanish, and of unused values stay for later cells", async () => {
    const source =
      'import { z, type ZodType, ZodIssue } from "zod";\nimport type { Foo } from "./not-there";\nlet t: ZodIssue | Foo';
    expect(await textOf(source, "typeof z.string")).toBe("'function'");
  });

  it("take packages with top-level await", async () => {
    const folder = join(root, "waiting");
    await mkdir(folder);
    await writeFile(join(folder, "package.json"), '{"name":"waiting","type":"module","exports":"./main.js"}');
    await writeFile(join(folder, "main.js"), "export const ready = await Promise.resolve(11);");
    expect(await textOf('import { ready } from "./waiting/main.js"\nready')).toBe("11");
  });

  it("pass attributes on, and resolve from the notebook's folder", async () => {
    await writeFile(join(root, "config.json"), '{"k": 3}');
    expect(await textOf('import config from "./config.json" with { type: "json" }\nconfig.k')).toBe("3");
    expect(await textOf('require("./config.json").k')).toBe("3");
    expect(await textOf("import.meta.dirname")).toBe(`'${root}'`);
  });

  it("load a local TypeScript module again when it or what it imports has changed, and only then", async () => {
    await writeFile(
      join(root, "inner.ts"),
      "export enum Level { Low = 1 }\nexport const loaded: object = {};\n",
    );
    await writeFile(
      join(root, "outer.ts"),
      'import { Level } from "./inner";\nexport const level: number = Level.Low;\nexport { loaded } from "./inner.js";\n',
    );
    const load = 'import { level, loaded } from "./outer.ts"\n';
    expect(await textOf(`${load}const before = loaded\nlevel`)).toBe("1");
    expect(await textOf(`${load}loaded === before`)).toBe("true");
    await writeFile(
      join(root, "inner.ts"),
      "export enum Level { Low = 200 }\nexport const loaded: object = {};\n",
    );
    expect(await textOf(`${load}[level, loaded === before]`)).toBe("[ 200, false ]");
  });

  it("of tickbook fall back to the kernel's own copy where none is installed, and say so", async () => {
    const bare = new SessionProcess(await realpath(await mkdtemp(join(tmpdir(), "tickbook-bare-"))));
    const { result } = await bare.run('import { defineStrategy } from "tickbook"\ntypeof defineStrategy');
    expect(result).toEqual({ "text/plain": "'function'" });
    expect(bare.outputs).toEqual([
      {
        kind: "stream",
        cell: 1,
        name: "stderr",
        text: expect.stringContaining("using the kernel's own copy, file://"),
      },
    ]);
    await bare.close();
    expect(await textOf('import { defineStrategy } from "tickbook"\ntypeof defineStrategy')).toBe(
      "'function'",
    );
    expect(session.outputs).toEqual([]);
  });

  it("say what is missing and how to get it", async () => {
    expect(await errorOf('import x from "no-such-package"')).toMatchObject({
      code: "session.module-not-found",
      hint: "Install it there: npm install no-such-package",
      line: 1,
    });
    expect(await errorOf('\nimport x from "./nowhere"')).toMatchObject({
      code: "session.module-not-found",
      line: 2,
    });
    expect(await errorOf('import { meen } from "simple-statistics"\nmeen')).toMatchObject({
      code: "session.missing-export",
      hint: 'Did you mean "mean"?',
    });
    await writeFile(join(root, "broken.ts"), "export const a = 1;\nexport const = 3;\n");
    const error = await errorOf('import { a } from "./broken.ts"\na');
    expect(error).toMatchObject({ name: "SyntaxError", code: "notebook.syntax-error" });
    expect(error.message).toContain("broken.ts, line 2:14");
  });
});

describe("errors", () => {
  it("name the line of the cell, also through functions of earlier cells and modules", async () => {
    await writeFile(
      join(root, "risk.ts"),
      "interface Limit { max: number }\n\n\nexport function check(x: number, l: Limit): void {\n  if (x > l.max) throw new RangeError('too much')\n}\n",
    );
    await textOf(
      'import { check } from "./risk"\n\ntype N = number\nconst size = (\n  x: N,\n) => {\n  check(x, { max: 1 })\n}',
    );
    const defined = session.cell;
    const error = await errorOf("// sizes\nsize(\n  2,\n)");
    expect(error).toMatchObject({
      name: "RangeError",
      message: "too much",
      cell: defined,
      line: 7,
      sourceLine: "  check(x, { max: 1 })",
    });
    expect(error.traceback.filter((line) => line.startsWith("    at "))).toEqual([
      expect.stringMatching(/^ {4}at check \(.*risk\.ts:5:24\)$/),
      `    at size (cell ${defined}, line 7:3)`,
      `    at cell ${session.cell}, line 2:1`,
    ]);
  });

  it("of a strategy's handler name its line, not the one that ran the backtest, without our own files", async () => {
    await textOf(
      `import { account, backtest, bars, bps, defineStrategy, features, sma } from "tickbook";
const history = await bars("SPX/USD", "1d", { from: "vega" });`,
      `const strategy = defineStrategy({
  name: "broken", instruments: ["SPX/USD"], timeframe: "1d", features: features({ fast: sma(5) }),
  account: account({ venue: "binance", kind: "cash", currency: "USD", capital: 1e5, fees: bps(10), slippage: bps(2) }),
  onBar(ctx) {
    const levels: number[] | undefined = undefined;
    if (ctx.row.fast > levels!.length) ctx.target({ weight: 0.5 });
  },
});`,
    );
    const defined = session.cell;
    const error = await errorOf("// try it\nawait backtest(strategy, history)");
    const sourceLine = "    if (ctx.row.fast > levels!.length) ctx.target({ weight: 0.5 });";
    const column = sourceLine.indexOf("length") + 1;
    expect(error).toMatchObject({
      name: "TickbookError",
      code: "strategy.handler-failed",
      message: expect.stringContaining("Cannot read properties of undefined (reading 'length')"),
      cell: defined,
      line: 6,
      column,
      sourceLine,
    });
    const cause = error.traceback.findIndex((line) => line.startsWith("caused by TypeError: Cannot read"));
    expect(error.traceback.slice(cause + 1)).toEqual([
      `    6 | ${sourceLine}`,
      `      | ${" ".repeat(column - 1)}^`,
      expect.stringMatching(new RegExp(`^ {4}at .*onBar \\(cell ${defined}, line 6:${column}\\)$`)),
      expect.stringContaining(`cell ${session.cell}, line 2:`),
    ]);
    expect(error.traceback.join("\n")).not.toMatch(/dist\/|file:/);
  });

  it("show the remedy of a cause", async () => {
    await textOf(
      `const asking = defineStrategy({
  name: "asking", instruments: ["SPX/USD"], timeframe: "1d", features: features({ fast: sma(5) }),
  account: account({ venue: "binance", kind: "cash", currency: "USD", capital: 1e5, fees: bps(10), slippage: bps(2) }),
  onBar(ctx) {
    ctx.predict("gone" as never);
  },
});`,
    );
    const defined = session.cell;
    const error = await errorOf("await backtest(asking, history)");
    expect(error).toMatchObject({ code: "strategy.handler-failed", cell: defined, line: 5 });
    expect(error.hint).toBe("Its models are none.");
    expect(error.traceback.filter((line) => line === "  Its models are none.")).toHaveLength(1);
    expect(error.traceback).toContain("  (strategy.unknown-model)");
  });

  it("are read in TypeScript lines where a cell prints them", async () => {
    await textOf("type A = 1\n\ntry { (null as any).x } catch (e) { console.log((e as Error).stack) }");
    expect(printed()).toMatch(new RegExp(`^TypeError: .*\\n    at cell ${session.cell}, line 3:\\d+\\n$`));
  });

  it("carry the code and the remedy of ours, and the cause of others", async () => {
    const error = await errorOf("throw new Error('outer', { cause: new TypeError('inner') })");
    expect(error.traceback).toContain("caused by TypeError: inner");
    expect(await errorOf("throw { odd: 1 }")).toMatchObject({
      name: "Uncaught",
      message: "{ odd: 1 }",
      cell: session.cell,
    });
    expect(await errorOf("const = 1")).toMatchObject({
      name: "SyntaxError",
      cell: session.cell,
      line: 1,
      sourceLine: "const = 1",
    });
  });

  it("stop process.exit as an error that tells the code", async () => {
    expect(await errorOf("process.exit(3)")).toMatchObject({ name: "SystemExit", exitCode: 3, line: 1 });
  });

  it("leave the session usable", async () => {
    await errorOf("let half = missing");
    expect(await textOf("let half = 2\nhalf")).toBe("2");
  });
});

describe("output", () => {
  it("arrives in order, from console, streams and display", async () => {
    await textOf(
      'console.log("a", { b: 1 }); process.stdout.write("c\\n"); console.error("d"); display(1); display.html("<i>e</i>")',
    );
    expect(session.outputs).toEqual([
      { kind: "stream", cell: session.cell, name: "stdout", text: "a { b: 1 }\n" },
      { kind: "stream", cell: session.cell, name: "stdout", text: "c\n" },
      { kind: "stream", cell: session.cell, name: "stderr", text: "d\n" },
      { kind: "display", cell: session.cell, bundle: { "text/plain": "1" }, update: false },
      {
        kind: "display",
        cell: session.cell,
        bundle: { "text/html": "<i>e</i>", "text/plain": "<i>e</i>" },
        update: false,
      },
    ]);
  });

  it("belongs to the cell whose code made it, also later", async () => {
    await textOf(
      "const later = new Promise<void>((done) => setTimeout(() => { console.log('late'); done() }, 5))",
    );
    const first = session.cell;
    await textOf("await later; console.log('now')");
    expect(session.outputs.map((output) => output.cell)).toEqual([first, session.cell]);
  });

  it("follows the Jupyter.display protocol, also asynchronously", async () => {
    const result = await resultOf(
      "({ async [Symbol.for('Jupyter.display')]() { return { 'text/markdown': '**hi**' } } })",
    );
    expect(result).toEqual({ "text/markdown": "**hi**", "text/plain": "text/markdown" });
  });

  it("shows records, columns and Arquero tables as tables", async () => {
    for (const source of [
      "[{ t: 1, p: 2.5 }, { t: 2, p: '<x>' }]",
      "({ t: new Float64Array([1, 2]), p: [2.5, '<x>'] })",
      "(await import('arquero')).table({ t: [1, 2], p: [2.5, '<x>'] })",
    ]) {
      const result = await resultOf(source);
      expect(result?.["text/plain"]).toBe("t    p\n1  2.5\n2  <x>\n[2 rows × 2 columns]");
      expect(result?.["text/html"]).toContain("<tr><td>2</td><td>&lt;x&gt;</td></tr>");
    }
    expect(await textOf("Array.from({ length: 1000 }, (_, i) => ({ i }))")).toMatch(
      /^ +i\n +0\n.*\n +…\n.*999\n\[1,000 rows/s,
    );
  });

  it("shows a Plotly figure for viewers with and without Plotly", async () => {
    const result = await resultOf(
      "({ data: [{ type: 'bar', x: new Float64Array([1, NaN]), name: '</script>' }], layout: { title: 't' } })",
    );
    expect(result?.["application/vnd.plotly.v1+json"]).toEqual({
      data: [{ type: "bar", x: [1, null], name: "</script>" }],
      layout: { title: "t" },
    });
    expect(String(result?.["text/html"]).match(/<\/script>/g)).toHaveLength(1);
    expect(result?.["text/plain"]).toBe("Plotly figure: 1 trace (bar)");
  });

  it("is limited in size", async () => {
    expect((await textOf("'x'.repeat(1e6)"))!.length).toBeLessThan(20_000);
    expect((await textOf("new Float64Array(1e6)"))!.length).toBeLessThan(20_000);
  });
});

describe("session", () => {
  it("is the one that tickbook's functions find, and takes their facts without functions", async () => {
    const find = "const found = (globalThis as any)[Symbol.for('tickbook.session/1')];\n";
    expect(await textOf(`${find}[found.root, found.home]`)).toBe(
      `[ '${root}', '${join(root, ".tickbook")}' ]`,
    );
    await textOf(
      "found.record({ kind: 'data', value: { rows: 2, time: new Float64Array([1, NaN]), plot() {}, shared: new Float32Array(new SharedArrayBuffer(8)) } })",
    );
    const value = { rows: 2, time: new Float64Array([1, Number.NaN]), shared: new Float32Array(2) };
    expect(session.events).toEqual([
      { kind: "fact-recorded", cell: session.cell, fact: { kind: "data", value } },
    ]);
  });

  it("tells how far long tasks are", async () => {
    await textOf(
      "const task = found.startProgress('train', 2); task.update(1, 'epoch 1'); task.update(2); task.end()",
    );
    const [first] = session.events;
    const common = { kind: "progress", cell: session.cell, label: "train", total: 2 };
    expect(first).toEqual({ ...common, id: expect.any(Number), done: 0, isEnded: false });
    expect(session.events.at(-1)).toEqual({ ...first, done: 2, isEnded: true });
  });

  it("runs cells one after another, also when they are sent at once", async () => {
    const slow = session.run("let order = []; await new Promise((r) => setTimeout(r, 10)); order.push(1)");
    const fast = session.run("order.push(2); order");
    await slow;
    expect((await fast).result).toEqual({ "text/plain": "[ 1, 2 ]" });
  });

  it("reports errors that nobody caught, with the cell that caused them", async () => {
    await textOf(
      "const failing = new Promise((r) => setTimeout(r, 20))\nsetTimeout(() => {\n  throw new Error('in a timer')\n}, 1)",
    );
    const first = session.cell;
    await textOf("Promise.reject(new Error('not awaited'))", "await failing");
    const late = session.outputs.flatMap((output) => (output.kind === "late-error" ? [output.error] : []));
    expect(late.map(({ message, cell, line }) => ({ message, cell, line }))).toEqual(
      expect.arrayContaining([
        { message: "in a timer", cell: first, line: 3 },
        { message: "not awaited", cell: first + 1, line: 1 },
      ]),
    );
  });
});
