import { describe, expect, it } from "vitest";
import { checkTypes, sliceStrategy } from "#exports";
import { recordedRun } from "./real-run.ts";
import { type Cell, runOf } from "./records.ts";

const FIRST = 'import { account, bars, bps, defineStrategy, features, float, freeze, rsi } from "tickbook";';
const STRATEGY = `const strategy = defineStrategy({
  name: "typed", instruments: ["SPX/USD"], timeframe: "1d",
  account: account({ venue: "binance", kind: "cash", currency: "USD", capital: 1e5, fees: bps(10), slippage: bps(2) }),
  params: { enter: float(0, 100) },
  features: features({ rsi: rsi(2) }),
  onBar(ctx) { HANDLER },
});`;
const LAST = "const best = freeze({ enter: 30 });\nexport const live = strategy.with(best);";
const cellsWith = (handler: string, before = "{ a: 1, b: [2] }"): Cell[] => [
  FIRST,
  before,
  STRATEGY.replace("HANDLER", handler),
  LAST,
];

async function checked(cells: readonly Cell[], modules: Readonly<Record<string, string>> = {}) {
  const { record, readObject } = runOf({ cells, modules, frozen: { best: { enter: 30 } } });
  const result = await sliceStrategy({ record, readObject });
  if (!result.ok) throw new Error(JSON.stringify(result.refusals));
  // Any folder from which this package is found will do.
  return checkTypes({ record, readObject, slice: result.slice, folder: import.meta.dirname });
}

describe("checking the types of a run", () => {
  it("finds nothing in a run that is right, with tickbook as the notebook has it installed", async () => {
    const run = await recordedRun(
      cellsWith("if (ctx.row.rsi < ctx.params.enter) ctx.target({ weight: 1 });"),
    );
    const result = await sliceStrategy(run);
    if (!result.ok) throw new Error(JSON.stringify(result.refusals));
    expect(await checkTypes({ ...run, slice: result.slice, folder: run.root })).toEqual({
      refusals: [],
      warnings: [],
    });
  });

  it("refuses an error in what goes live, by cell and line, and warns of others", async () => {
    const { refusals, warnings } = await checked(
      cellsWith("\n    ctx.target({ wieght: ctx.row.rsj });\n  ", "const wrong: number = 'text';"),
    );
    expect(refusals).toMatchObject([
      {
        code: "promote.type-error",
        cell: 3,
        line: 7,
        column: 18,
        sourceLine: "    ctx.target({ wieght: ctx.row.rsj });",
      },
      { code: "promote.type-error", cell: 3, line: 7, column: 34, message: expect.stringContaining("'rsj'") },
    ]);
    expect(warnings).toMatchObject([
      { cell: 2, line: 1, column: 7, sourceLine: "const wrong: number = 'text';" },
    ]);
  });

  it("gives frozen values the types that research gave them", async () => {
    const cells = cellsWith("ctx.target({ weight: 1 });").map((cell) =>
      String(cell).replace("enter: 30", "entry: 30"),
    );
    const { refusals } = await checked(cells);
    expect(refusals).toMatchObject([{ cell: 4, line: 2, message: expect.stringContaining("entry") }]);
  });

  it("takes a parameter as the run set it", async () => {
    const cells: Cell[] = [
      { source: 'const symbol: string = "A/B";', tags: ["parameters"] },
      { source: '// Parameters\nlet symbol: string = "C/D";', tags: ["injected-parameters"] },
      "export const live = symbol.length;",
    ];
    expect(await checked(cells)).toEqual({ refusals: [], warnings: [] });
  });

  it("knows what Node and the notebook offer without an import", async () => {
    const cells = [
      "console.log(process.version, new URL(import.meta.url));\ndisplay(1);\ndisplay.html('');",
      "export const live = 1;",
    ];
    expect(await checked(cells)).toEqual({ refusals: [], warnings: [] });
    const { warnings } = await checked(["display.htm('');", "export const live = 1;"]);
    expect(warnings).toMatchObject([{ cell: 1, line: 1, column: 9 }]);
  });

  it("checks the local modules of a slice, as the run loaded them", async () => {
    const { refusals } = await checked(['import { k } from "./k";\nexport const live = k(2);'], {
      "k.ts": "export const k = (x: number): string =>\n  x;",
    });
    expect(refusals).toMatchObject([{ module: "k.ts", line: 2, column: 3, sourceLine: "  x;" }]);
  });
});
