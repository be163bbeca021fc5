import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { decodeValue } from "#core";
import { type StrategySlice, sliceStrategy } from "#exports";
import { recordedRun } from "./real-run.ts";
import { type Cell, madeSlice, refusalsOf } from "./records.ts";

const CELLS: readonly Cell[] = [
  { source: 'const symbol: string = "SPX/USD";\nconst period: number = 14;', tags: ["parameters"] },
  'import { account, atr, bars, bps, defineStrategy, features, float, freeze, int, rsi } from "tickbook";\nimport { clamp, type Range } from "./lib/clamp";\nconst history = await bars(symbol, "1d", { from: "vega" });\nhistory.length',
  "const inputs = { rsi: rsi(period) };\nconst set = features({ ...inputs, range: atr(period) });",
  "const table = set.compute(history);\n({ rows: table.length })",
  `const range: Range = [0, 1];
const strategy = defineStrategy({
  name: "small",
  instruments: [symbol],
  timeframe: "1d",
  account: account({ venue: "binance", kind: "cash", currency: symbol.split("/")[1]!, capital: 1e5, fees: bps(10), slippage: bps(2) }),
  params: { enter: float(0, 100), hold: int(1, 50) },
  features: set,
  state: { held: 0 },
  onBar(ctx) {
    ctx.state.held = ctx.position.isFlat ? 0 : ctx.state.held + 1;
    if (ctx.row.rsi < ctx.params.enter) ctx.target({ weight: clamp(weights[0]!, range) });
    else if (ctx.state.held > ctx.params.hold) ctx.target({ weight: 0 });
  },
});`,
  "const weights = freeze(Float64Array.of(history.length > 0 ? 0.5 : -0));",
  "const best = freeze({ enter: 30, hold: 7 });\nexport const live = strategy.with(best);",
];
const CLAMP =
  "export type Range = readonly [number, number];\nexport const clamp = (x: number, [a, b]: Range) => Math.min(Math.max(x, a), b);\n";
const byHand = {
  cells: CELLS,
  frozen: { weights: Float64Array.of(0.5), best: { enter: 30, hold: 7 } },
  modules: { "lib/clamp.ts": CLAMP },
};

describe("the slice of a run", () => {
  it("is what the exported strategy needs and nothing that research needs", async () => {
    const { source, frozen, cells, exportName } = await madeSlice(byHand);
    expect(source.split("\n").slice(0, 10)).toEqual([
      'import { clamp, type Range } from "./lib/clamp.ts";',
      'import { account, atr, bps, defineStrategy, features, float, int, rsi } from "tickbook/strategy";',
      'import { best, weights } from "tickbook:frozen";',
      'const symbol: string = "SPX/USD";',
      "const period: number = 14;",
      "const inputs = { rsi: rsi(period) };",
      "const set = features({ ...inputs, range: atr(period) });",
      "const range: Range = [0, 1];",
      "const strategy = defineStrategy({",
      '  name: "small",',
    ]);
    expect(source).not.toMatch(/bars|history|table|freeze|await/);
    expect(source.endsWith("const live = strategy.with(best);\nexport default live;\n")).toBe(true);
    expect(frozen.map(({ binding, cell }) => [binding, cell])).toEqual([
      ["weights", 6],
      ["best", 7],
    ]);
    expect(cells).toEqual([1, 2, 3, 5, 6, 7]);
    expect(exportName).toBe("live");
  });

  it("says of every line which line of which cell it is", async () => {
    const { source, map } = await madeSlice(byHand);
    const lines = source.trimEnd().split("\n");
    expect(map.length).toBe(lines.length);
    for (const [i, { cell, line }] of map.entries()) {
      if (lines[i]!.startsWith("import ") || lines[i]!.startsWith("export default")) continue;
      const written = CELLS[cell - 1]! as string | { source: string };
      const text = typeof written === "string" ? written : written.source;
      expect(text.split("\n")[line - 1]!.replace("export ", "")).toBe(lines[i]);
    }
  });

  it("has the same text again, whatever unrelated cells stand around and between", async () => {
    const expected = (await madeSlice(byHand)).source;
    const unrelated = fc.constantFrom<Cell>(
      "result?.plot()",
      "{ a: 1, b: [2] }",
      "console.log(Math.random(), await fetch('x'))",
      "const other = { n: 1 };\nother.n++;",
      "let count = 0;\nfor (const x of [1]) { count += x; }",
      "import * as plot from 'plotly.js';\nplot.draw();",
      'import { backtest, bars, optimize, rsi } from "tickbook";\nconst r = await backtest(live, history);',
      "function helper(x: number) { return live ? x : Date.now(); }",
      "interface Plan { a: 1 }",
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: CELLS.length }), unrelated), { maxLength: 6 }),
        async (added) => {
          const cells: Cell[] = [...CELLS];
          for (const [at, cell] of added) cells.splice(at, 0, cell);
          expect((await madeSlice({ ...byHand, cells })).source).toBe(expected);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("of a real run is the same strategy when it runs with the built tickbook/strategy", async () => {
    const shown = `JSON.stringify({ ...live.spec, params: live.params, ids: live.spec.features.ids, onBar: typeof live.spec.onBar })`;
    const run = await recordedRun(
      [...CELLS, `import { writeFileSync } from "node:fs";\nwriteFileSync("notebook.json", ${shown})`],
      {
        "lib/clamp.ts": CLAMP,
      },
    );
    const result = await sliceStrategy(run);
    if (!result.ok) throw new Error(JSON.stringify(result.refusals));
    const text = await execute(result.slice, run, shown);
    expect(JSON.parse(text)).toMatchObject({
      name: "small",
      params: { enter: 30, hold: 7 },
      instruments: ["SPX/USD"],
    });
    expect(text).toBe(readFileSync(join(run.root, "notebook.json"), "utf8"));
    expect(await sliceStrategy(run)).toEqual(result);
  });
});

describe("the notebook trend.ipynb", () => {
  const { cells } = JSON.parse(
    readFileSync(fileURLToPath(new URL("../../../notebooks/trend.ipynb", import.meta.url)), "utf8"),
  ) as { cells: { cell_type: string; source: string[] | string; metadata: { tags?: string[] } }[] };
  const code = cells
    .filter(({ cell_type }) => cell_type === "code")
    .map(({ source, metadata }) => ({ source: [source].flat().join(""), tags: metadata.tags ?? [] }));
  const frozen = { up: { kind: "onnx" }, best: { enter: 0.5, exit: 0.5, stopAtr: 2 } };

  it("slices", async () => {
    const { source } = await madeSlice({ cells: code, frozen });
    expect(source).toContain('import { best, up } from "tickbook:frozen";');
    expect(source).not.toMatch(/\b(bars|train|optimize|backtest|exportOnnx|freeze|history)\(/);
  });

  it("is refused with a remedy when the strategy takes its currency from the history", async () => {
    const changed = code.map(({ source, tags }) => ({
      source: source.replace('symbol.split("/")[1]!', "history.instrument.quote"),
      tags,
    }));
    const at = changed.findIndex(({ source }) => source.includes("history.instrument.quote"));
    expect(await refusalsOf({ cells: changed, frozen })).toMatchObject([
      {
        code: "promote.research-value",
        cell: at + 1,
        message: "history.instrument.quote: history comes from bars(...) in cell 2, which is research only",
        remedy:
          "write the value, or freeze it in a cell before: const quote = freeze(history.instrument.quote);",
      },
    ]);
  });
});

/** Runs a slice in a process of its own, as a linker would put it together. @returns what `shown` gives. */
async function execute(
  { source, frozen, modules }: StrategySlice,
  { root, readObject }: Awaited<ReturnType<typeof recordedRun>>,
  shown: string,
): Promise<string> {
  const options = { compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext } };
  const javascript = (text: string) =>
    ts
      .transpileModule(text, options)
      .outputText.replaceAll('.ts"', '.mjs"')
      .replace("tickbook:frozen", "./frozen.mjs");
  const textOf = async (hash: string) => new TextDecoder().decode(await readObject(hash));
  const values = await Promise.all(
    frozen.map(async ({ binding, hash }) => {
      const value = decodeValue(await textOf(hash));
      const text = value instanceof Float64Array ? `Float64Array.of(${value.join()})` : JSON.stringify(value);
      return `export const ${binding} = ${text};`;
    }),
  );
  writeFileSync(join(root, "frozen.mjs"), values.join("\n"));
  for (const { path, hash } of modules) {
    writeFileSync(join(root, path.replace(/\.ts$/, ".mjs")), javascript(await textOf(hash)));
  }
  writeFileSync(join(root, "slice.mjs"), javascript(source));
  writeFileSync(join(root, "show.mjs"), `import live from "./slice.mjs";\nprocess.stdout.write(${shown});`);
  return execFileSync(process.execPath, ["show.mjs"], { cwd: root, encoding: "utf8" });
}
