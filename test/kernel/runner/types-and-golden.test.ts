import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkTypes, findTypeErrors, sliceStrategy } from "#exports";
import { runNotebook } from "#runner";
import { openObjects, readRunRecord } from "#storage";
import { TypeCheck } from "../../../kernel/runner/types/type-check.ts";
import { type Cell, projectOf } from "./projects.ts";

async function recordOf(path: string) {
  const result = await runNotebook({ path });
  if (!result.recordHash) throw new Error(result.error?.traceback.join("\n"));
  const home = join(dirname(path), ".tickbook");
  const { record } = await readRunRecord(home, result.recordHash);
  const objects = openObjects(join(home, "objects"));
  return { record, objects, readObject: (hash: string) => objects.get(hash), folder: dirname(path) };
}

const WRONG = "const wrong: number = 'text';";

describe("the type check beside a run", () => {
  it("gives way to the run's time limit: without its answer, whoever promotes checks", async () => {
    const { record, objects, folder } = await recordOf(projectOf([WRONG, "export const live = 1"]));
    expect(record.types?.findings).toHaveLength(1);
    using late = new TypeCheck(record.inputs.cells, folder);
    expect(await late.found(record.inputs, objects, -1)).toBe(undefined);
    using waited = new TypeCheck(record.inputs.cells, folder);
    expect((await waited.found(record.inputs, objects))?.findings).toHaveLength(1);
  });

  it("is in the record, the same as a check by hand, and promotion takes it", async () => {
    const path = projectOf([WRONG, 'import { k } from "./k";\nexport const live = k(2);'], {
      "k.ts": "export const k = (x: number): string =>\n  x;",
    });
    const { record, readObject, folder } = await recordOf(path);
    expect(record.types?.findings).toMatchObject([
      { cell: 1, line: 1, column: 7, sourceLine: WRONG },
      { module: "k.ts", line: 2, column: 3, sourceLine: "  x;" },
    ]);
    const modules = new Map([["k.ts", readFileSync(join(folder, "k.ts"), "utf8")]]);
    const { checker, findings } = await findTypeErrors({ cells: record.inputs.cells, folder, modules });
    expect(record.types).toEqual({ checker, findings });

    const sliced = await sliceStrategy({ record, readObject });
    if (!sliced.ok) throw new Error(JSON.stringify(sliced.refusals));
    const check = (types: typeof record.types) =>
      checkTypes({ record: { ...record, types: types! }, readObject, slice: sliced.slice, folder });
    const expected = await check(record.types);
    expect(expected).toMatchObject({ refusals: [{ cell: 2, module: "k.ts" }], warnings: [{ cell: 1 }] });
    expect(await check({ checker, findings: [] })).toEqual({ refusals: [], warnings: [] });
    // The findings of another compiler count for nothing.
    expect(await check({ checker: "typescript 1.0.0", findings: [] })).toEqual(expected);
  });

  it("looks at local modules as the run loaded them, not as they lay there when it began", async () => {
    const path = projectOf(
      [
        `import { writeFileSync } from "node:fs";\nwriteFileSync("k.ts", "export const k: number = 'late';");`,
        'import { k } from "./k";\nexport const live = k;',
      ],
      { "k.ts": "export const k = 1;" },
    );
    const { record } = await recordOf(path);
    const found = record.types?.findings.filter(({ module }) => module !== undefined);
    expect(found).toMatchObject([{ module: "k.ts", line: 1, column: 14 }]);
  });

  it("looks at the cells that ran, when the run ended before its last one", async () => {
    const { record } = await recordOf(
      projectOf(["export const live = 1;", 'const n: number = "x";\nprocess.exit(0);', WRONG]),
    );
    expect(record.inputs.cells).toHaveLength(2);
    expect(record.types?.findings.map(({ cell }) => cell)).toEqual([2]);
  });

  it("is not made for a run that exports nothing, and a broken cell is the run's own affair", async () => {
    expect((await recordOf(projectOf([WRONG]))).record).not.toHaveProperty("types");
    const { status, error } = await runNotebook({
      path: projectOf(["export const live = 1;", "const = 2;"]),
    });
    expect([status, error?.code]).toEqual(["failed", "notebook.syntax-error"]);
  });
});

describe("the golden vectors of a run", () => {
  it("of what is exported stay, however many backtests of others follow; others are bounded and told", async () => {
    const cells: readonly Cell[] = [
      `import { account, backtest, bars, bps, defineStrategy, features, float, freeze, rsi } from "tickbook";
const history = await bars("SPX/USD", "1d", { from: "vega" });
const strategy = defineStrategy({
  name: "dips", instruments: ["SPX/USD"], timeframe: "1d", features: features({ fast: rsi(2) }), params: { enter: float(0, 100) },
  account: account({ venue: "binance", kind: "cash", currency: "USD", capital: 1e5, fees: bps(10), slippage: bps(2) }),
  onBar(ctx) { ctx.target({ weight: ctx.row.fast < ctx.params.enter ? 0.5 : 0 }); },
});
const best = freeze({ enter: 10 });
export const live = strategy.with(best);
const period = { from: "2003", to: "2003" };
await backtest(live, history, period);`,
      "for (let enter = 20; enter < 60; enter++) await backtest(strategy.with({ enter }), history, period);",
    ];
    const { record, objects, folder } = await recordOf(projectOf(cells));
    const { golden = [] } = record;
    const kept = golden.filter(({ hash }) => hash !== undefined);
    expect(kept.map(({ params }) => params.enter)).toEqual([
      10,
      ...Array.from({ length: 15 }, (_, i) => 45 + i),
    ]);
    for (const { hash } of kept) expect(await objects.has(hash!)).toBe(true);
    const dropped = golden.filter(({ problem }) => problem?.includes("dropped"));
    expect(dropped.map(({ params }) => params.enter)).toEqual(Array.from({ length: 25 }, (_, i) => 20 + i));
    // One frozen value beside them: what was dropped was never written.
    const files = readdirSync(join(folder, ".tickbook", "objects"), { recursive: true, encoding: "utf8" });
    expect(files.filter((name) => /[0-9a-f]{64}$/.test(name))).toHaveLength(kept.length + 1);
  });
});
