import { describe, expect, it } from "vitest";
import { type Cell, madeSlice, type Run, refusalsOf } from "./records.ts";

const IMPORTS =
  'import { account, bars, bps, defineStrategy, exportOnnx, features, float, freeze, rsi, train } from "tickbook";';
const ACCOUNT =
  'const spot = account({ venue: "binance", kind: "cash", currency: "USD", capital: 1000, fees: bps(1), slippage: bps(1) });';

/** A notebook whose cell 3 holds `before`, and whose handler, at cell 4 line 5, is `handler`. */
function notebook(before: string, handler = "k;", after: readonly Cell[] = []): Run {
  const strategy = `const strategy = defineStrategy({
  name: "test", instruments: ["A/USD"], timeframe: "1d", account: spot,
  features: features({ rsi: rsi(2) }),
  onBar(ctx) {
    ${handler}
  },
});
export const live = strategy;`;
  return { cells: [IMPORTS, ACCOUNT, before, strategy, ...after] };
}

/** Places as code@cell:line:column. */
async function placesOf(run: Run): Promise<string[]> {
  return (await refusalsOf(run)).map(
    ({ code, cell, module, line, column }) => `${code}@${module ?? cell}:${line}:${column}`,
  );
}

describe("what one statement may not do is refused where it stands", () => {
  const inHandler: readonly (readonly [string, string])[] = [
    ["ctx.state.t = Date.now();", "promote.clock@4:5:19"],
    ["const t = new Date();", "promote.clock@4:5:19"],
    ["performance.now();", "promote.clock@4:5:5"],
    ["Math.random();", "promote.random@4:5:5"],
    ['Math["random"]();', "promote.random@4:5:5"],
    ["const { random } = Math;", "promote.random@4:5:24"],
    ["crypto.randomUUID();", "promote.random@4:5:5"],
    ["setTimeout(() => {}, 1);", "promote.timer@4:5:5"],
    ["queueMicrotask(() => {});", "promote.timer@4:5:5"],
    ["process.exit();", "promote.outside@4:5:5"],
    ["globalThis.x;", "promote.outside@4:5:5"],
    ["window.x;", "promote.outside@4:5:5"],
    ['fetch("http://x");', "promote.outside@4:5:5"],
    ["console.log(1);", "promote.outside@4:5:5"],
    ['require("fs");', "promote.outside@4:5:5"],
    ["import.meta.url;", "promote.outside@4:5:5"],
    ['eval("1");', "promote.dynamic-code@4:5:5"],
    ['new Function("1");', "promote.dynamic-code@4:5:9"],
    ['import("x");', "promote.dynamic-code@4:5:5"],
    ["const f = async () => 1;", "promote.await@4:5:15"],
    ["Promise.resolve(1);", "promote.await@4:5:5"],
    ["undeclared + 1;", "promote.unknown-name@4:5:5"],
    ['bars("A", "1d", { from: "vega" });', "promote.research-name@4:5:5"],
    ["freeze(1);", "promote.research-name@4:5:5"],
    ["this.count = 1;", "promote.outer-write@4:5:5"],
    ["const { list } = k; list.push(1);", "promote.outer-write@4:5:25"],
    ["ctx.symbol.localeCompare('a');", "promote.outside@4:5:16"],
    ["k++;", "promote.outer-write@4:5:5"],
    ["k = 1;", "promote.outer-write@4:5:5"],
    ["k.a = 1;", "promote.outer-write@4:5:5"],
    ["k.list.push(1);", "promote.outer-write@4:5:5"],
    ["delete k.a;", "promote.outer-write@4:5:5"],
    ["Object.assign(k, { a: 1 });", "promote.outer-write@4:5:5"],
    ["Array.prototype.push.call(k, 1);", "promote.outer-write@4:5:5"],
    ["[k.a] = [1];", "promote.outer-write@4:5:6"],
    ["({ a: k.a } = { a: 1 });", "promote.outer-write@4:5:11"],
    ["for (k.a of [1]) ctx.cancel();", "promote.outer-write@4:5:10"],
    ["(() => { (() => { k.a!.b++; })(); })();", "promote.outer-write@4:5:23"],
    ["[1].forEach((x) => { k.a += x; });", "promote.outer-write@4:5:26"],
  ];
  it.each(inHandler)("in a handler: %s", async (handler, place) => {
    expect(await placesOf(notebook("const k: any = { a: 1, list: [1] };", handler))).toEqual([place]);
  });

  const before: readonly (readonly [string, string])[] = [
    ["const k = Date.now();", "promote.clock@3:1:11"],
    ["const k = Math.random() * 2;", "promote.random@3:1:11"],
    ["const k = () => Math.random();", "promote.random@3:1:17"],
    ["async function k() {}", "promote.await@3:1:1"],
    ["const k = process.env.HOME;", "promote.outside@3:1:11"],
    ["let k = 1;\nk = 2;", "promote.assigned-twice@3:2:1"],
    ["let k = 1;\nk++;", "promote.assigned-twice@3:2:1"],
    ["let k;\nif (1 > 0) { k = 2; }", "promote.assigned-twice@3:2:14"],
    ["let k = 1;\n[k] = [2];", "promote.assigned-twice@3:2:2"],
    ["const k = { a: 1 };\nk.a = 2;", "promote.written-through@3:2:1"],
    ["const k = [1];\nk.push(2);", "promote.written-through@3:2:1"],
    ["const k = { a: { b: 1 } };\nk.a!.b = 2;", "promote.written-through@3:2:1"],
    ["const k = { a: 1 };\nObject.assign(k, { a: 2 });", "promote.written-through@3:2:1"],
    ["const k: { a?: number } = { a: 1 };\ndelete k.a;", "promote.written-through@3:2:1"],
    ["const k = { a: { b: 1 } };\nconst part = k.a;\npart.b = 2;", "promote.written-through@3:3:1"],
    [
      "const k = [1];\nfunction add(n: number, list: number[]) { list.push(n); }\nadd(2, k);",
      "promote.written-through@3:3:8",
    ],
    ["const k = new Map();\n[1].forEach((x) => k.set(x, x));", "promote.written-through@3:2:20"],
    ["const k = Math.max(1, 2);\nMath.max = () => 3;", "promote.written-through@3:2:1"],
    ["if (1 > 0) {\n  var k = 1;\n}", "promote.bad-declaration@3:1:1"],
    ["function make() { let n = 0; return () => ++n; }\nconst k = make();", "promote.outer-write@3:1:45"],
    [
      "const k = (() => { const seen: number[] = []; return (x: number) => seen.push(x); })();",
      "promote.outer-write@3:1:69",
    ],
    ["class Count { n = 0; up() { this.n++; } }\nconst k = new Count();", "promote.outer-write@3:1:29"],
    [
      'import { readFileSync } from "node:fs";\nconst k = readFileSync("x");',
      "promote.built-in-module@3:1:1",
    ],
    ['import { join } from "path";\nconst k = join("x");', "promote.built-in-module@3:1:1"],
    ['import { k } from "./gone";', "promote.not-stored@3:1:1"],
    ['import { k } from "#own";', "promote.not-stored@3:1:1"],
    ['import * as tb from "tickbook";\nconst k = () => tb.bars;', "promote.research-name@3:2:17"],
    [
      'import type { Backtest } from "tickbook";\nconst k = (r: Backtest) => r;',
      "promote.research-name@3:2:15",
    ],
    [
      'const history = await bars("A", "1d", { from: "x" });\nconst k = history.close.length;',
      "promote.research-value@3:2:11",
    ],
    ["const net = await load();\nconst k = net;", "promote.research-value@3:2:11"],
  ];
  it.each(before)("in a cell: %s", async (cell, place) => {
    expect(await placesOf(notebook(cell))).toEqual([place]);
  });
});

describe("what a strategy may do", () => {
  const fine: readonly (readonly [string, string])[] = [
    [
      "const k = { a: 1 };",
      "const { a } = k; let sum = 0; for (const x of [a]) sum += x; ctx.state.sum = sum;",
    ],
    [
      "const k = [1, 2].map((x) => x ** 2);",
      "const list: number[] = []; k.forEach((x) => { list.push(x); });",
    ],
    ["const k = 1;", "let n = 0; const up = () => { n++; }; up(); ctx.shared.n = n;"],
    ["function k(xs: number[]) { let s = 0; xs.forEach((x) => { s += x; }); return s; }", "k([1]);"],
    [
      "const k = (ctx: any) => { const go = () => { ctx.state.n++; ctx.state.list.push(1); }; go(); };",
      "k(ctx);",
    ],
    [
      "class Pair { a = 1; constructor(b: number) { this.a = b; } get twice() { return 2 * this.a; } }\nconst k = new Pair(2);",
      "k.twice;",
    ],
    ["enum k { a = 1, b = a * 2 }", "k.a;"],
    [
      "type Side = 'buy' | 'sell';\ninterface Box<T> { side: T }\nconst k: Box<Side> = { side: 'buy' };",
      "k;",
    ],
    [
      "const k = [..._xs, ...Object.entries({ ..._o })] as const;\nfunction f() { return _xs; }\nconst _xs = [1], { a, ..._o } = { a: 1, b: 2 };",
      "k;",
    ],
    [
      "const _m = new Map([[1, 2]]);\nconst k = `$" +
        "{Math.PI.toFixed(2)} $" +
        "{JSON.stringify([NaN, ..._m.keys()])}`;",
      "k; for (const Date of [1]) Date + 1;",
    ],
    [
      "function k(n: number): number;\nfunction k(n: string): number;\nfunction k(n: unknown) { return Number(n) + arguments.length; }",
      "k(1);",
    ],
  ];
  it.each(fine)("%s", async (before, handler) => {
    expect(await refusalsOf(notebook(before, handler))).toEqual([]);
  });

  it("imports the same name in several cells", async () => {
    const { cells } = notebook("const k = 1;");
    const slice = await madeSlice({ cells: [...cells, IMPORTS], frozen: {} });
    expect(slice.source).toContain("defineStrategy, features, rsi }");
  });

  it("has other cells wait, print, draw, and write to what it does not use", async () => {
    const other = "const rows = await load();\nrows.x = 1;\nlet n = 0;\nn++;\nconsole.log(Date.now(), rows);";
    expect(
      await refusalsOf(notebook("const k = 1;", "k;", [other, other, "{ a: rows.push(1), b: 2 }"])),
    ).toEqual([]);
  });
});

describe("refusals", () => {
  it("name the line, the value seen and the remedy as code", async () => {
    const run = notebook("const up = await exportOnnx(net, { features: set });", "up.hash;");
    const { cells } = run;
    const whole = { cells: cells.map((cell) => (cell as string).replace("up.hash;", "[up];")) };
    expect(await refusalsOf(whole)).toEqual([
      {
        code: "promote.research-value",
        cell: 4,
        line: 5,
        column: 6,
        sourceLine: "    [up];",
        message: "up comes from exportOnnx(...) in cell 3, which is research only",
        remedy:
          "freeze it where it is made, in cell 3: const up = freeze(await exportOnnx(net, { features: set }));",
      },
    ]);
  });

  it("offer a frozen constant for a part of what research made", async () => {
    const run = notebook(
      'const history = await bars("A", "1d", { from: "x" });',
      "history.instrument.quote; history.close.at(-1);",
    );
    expect((await refusalsOf(run)).map(({ remedy }) => remedy)).toEqual([
      "write the value, or freeze it in a cell before: const quote = freeze(history.instrument.quote);",
      "write the value, or freeze it in a cell before: const value = freeze(history.close.at(...));",
    ]);
  });

  it("tell both places of a name that two cells declare", async () => {
    const refusals = await refusalsOf(
      notebook("const a = 0;\nconst k = 1;", "k;", ["// again\nconst k = 2;"]),
    );
    expect(refusals).toMatchObject([
      {
        code: "promote.redeclared",
        cell: 5,
        line: 2,
        column: 7,
        message: "k is declared again: first in cell 3, line 2",
      },
    ]);
  });

  it("find writes in any later cell and in its functions", async () => {
    const places = await placesOf(
      notebook("const k = { a: 1 };", "k;", [
        "k.a = 2;",
        "const reset = () => { k.a = 0; };",
        "{ a: k.a++ }",
      ]),
    );
    expect(places).toEqual([
      "promote.written-through@5:1:1",
      "promote.written-through@6:1:23",
      "promote.written-through@7:1:6",
    ]);
  });

  it("see through a function that changes its argument, in a handler and in other cells", async () => {
    const before = "const k = { list: [1] };\nconst add = (list: number[], x: number) => { list.push(x); };";
    expect(
      await placesOf(
        notebook(before, "add(k.list, 1); add(ctx.state.list, k.list[0]!); add([...k.list], 2);", [
          "add(k.list, 3);",
        ]),
      ),
    ).toEqual(["promote.outer-write@4:5:9", "promote.written-through@5:1:5"]);
  });

  it("come all at once, by cell and line", async () => {
    const run = notebook("let k = Date.now();\nk = 2;", "console.log(k);\n    Math.random(); undeclared;", [
      "let k = 3;",
    ]);
    expect(await placesOf(run)).toEqual([
      "promote.clock@3:1:9",
      "promote.assigned-twice@3:2:1",
      "promote.outside@4:5:5",
      "promote.random@4:6:5",
      "promote.unknown-name@4:6:20",
      "promote.redeclared@5:1:5",
    ]);
  });
});

describe("the exported constant", () => {
  it("is one: none is refused, several are refused with the list", async () => {
    expect(await refusalsOf({ cells: ["const a = 1;", "const b = 2;\nb"] })).toMatchObject([
      { code: "promote.no-export", cell: 2, line: 1, message: expect.stringContaining("exports nothing") },
    ]);
    expect(await refusalsOf({ cells: ["export const a = 1;", "const b = 2;\nexport { b };"] })).toMatchObject(
      [
        {
          code: "promote.several-exports",
          cell: 2,
          line: 2,
          message: "the notebook exports several constants: a (cell 1, line 1), b (cell 2, line 2)",
        },
      ],
    );
    expect(await refusalsOf({ cells: ["export default 1;"] })).toMatchObject([
      { code: "promote.no-export", remedy: "export the strategy: export const live = strategy.with(best);" },
    ]);
    expect(await refusalsOf({ cells: [] })).toMatchObject([{ code: "promote.no-export" }]);
  });

  it("can be named where there are several; functions and types do not count", async () => {
    const cells = ["export const a = 1;\nexport const b = 2;\nexport function f() {}\nexport type T = 1;"];
    expect(await refusalsOf({ cells }, "b")).toEqual([]);
    expect(await refusalsOf({ cells }, "c")).toMatchObject([
      {
        code: "promote.no-export",
        message: 'the notebook exports no constant "c": it exports a (cell 1, line 1), b (cell 1, line 2)',
      },
    ]);
  });
});

describe("parameters", () => {
  const declared = {
    source: 'const symbol: string = "A/B", n = 1;\nconst twice = n * 2;',
    tags: ["parameters"],
  };

  it("count as declared once, with the value that the run was given", async () => {
    const injected = { source: '// Parameters\nlet symbol: string = "C/D";', tags: ["injected-parameters"] };
    const slice = await madeSlice({ cells: [declared, injected, "export const live = [symbol, n];"] });
    expect(slice.source).toBe(
      'const n = 1;\nconst symbol: string = "C/D";\nconst live = [symbol, n];\nexport default live;\n',
    );
    expect(slice.map.map(({ cell, line }) => [cell, line])).toEqual([
      [1, 1],
      [2, 2],
      [3, 1],
      [3, 1],
    ]);
  });

  it("are refused where a cell computed with the default before the value was set", async () => {
    const injected = { source: "let n: number = 5;", tags: ["injected-parameters"] };
    expect(await placesOf({ cells: [declared, injected, "export const live = twice + n;"] })).toEqual([
      "promote.redeclared@1:2:15",
    ]);
  });

  it("are refused when a cell declares them again", async () => {
    expect(await placesOf({ cells: [declared, "export const live = n;", "let n = 3;"] })).toEqual([
      "promote.redeclared@3:1:5",
    ]);
  });
});

describe("local modules", () => {
  const cells = ['import { k } from "./lib/a";\nexport const live = k(1);'];

  it("are followed through each other, with packages and what each import means", async () => {
    const slice = await madeSlice({
      cells,
      modules: {
        "lib/a.ts":
          'import { mean } from "simple-statistics";\nimport t from "../t.json";\nexport * from "./b.js";\nexport const k = (x: number) => mean([x, t.offset]);',
        "lib/b.ts":
          'import { rsi } from "tickbook";\nconst table: number[] = [];\nfor (let i = 0; i < 3; i++) table.push(i);\nexport const r = rsi(2);',
        "t.json": '{"offset":1}',
        "unused.ts": "export const now = Date.now();",
      },
    });
    expect(slice.source).toBe('import { k } from "./lib/a.ts";\nconst live = k(1);\nexport default live;\n');
    expect(slice.modules.map(({ path, imports }) => [path, imports])).toEqual([
      ["lib/a.ts", { "../t.json": "t.json", "./b.js": "lib/b.ts" }],
      ["lib/b.ts", {}],
      ["t.json", {}],
    ]);
    expect(slice.packages).toEqual(["simple-statistics"]);
  });

  it("are refused by their own lines for what is impure in them", async () => {
    const places = await placesOf({
      cells,
      modules: {
        "lib/a.ts":
          'import { b } from "./b";\nimport { readFileSync } from "fs";\nexport const k = (x: number) => b(x) + Date.now();',
        "lib/b.ts":
          'import { bars } from "tickbook";\nlet n = 0;\nexport const b = (x: number) => { n += x; return n; };\nexport const c = await bars("A", "1d", { from: "x" });',
      },
    });
    expect(places).toEqual([
      "promote.built-in-module@lib/a.ts:2:1",
      "promote.clock@lib/a.ts:3:40",
      "promote.research-name@lib/b.ts:1:1",
      "promote.outer-write@lib/b.ts:3:35",
      "promote.await@lib/b.ts:4:18",
    ]);
  });

  it("are refused when they changed during the run", async () => {
    const { sliceStrategy } = await import("#exports");
    const { runOf } = await import("./records.ts");
    const { record, readObject } = runOf({ cells, modules: { "lib/a.ts": "export const k = Number;" } });
    const modules = [...record.inputs.modules, { path: "lib/a.ts", hash: "1".repeat(64) }];
    const changed = { ...record, inputs: { ...record.inputs, modules } };
    expect(await sliceStrategy({ record: changed, readObject })).toMatchObject({
      refusals: [{ code: "promote.module-changed", cell: 1, line: 1 }],
    });
  });
});
