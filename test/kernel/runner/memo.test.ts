import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { runNotebook } from "#runner";
import { type Cell, projectOf, writeNotebook } from "./projects.ts";

const PARAMETERS = {
  source:
    'const seed: number = 1;\nconst period: number = 2;\nconst size: number = 0.5;\nconst until: string = "2002";',
  tags: ["parameters"],
};
const IMPORTS = `import { account, type BacktestResult, backtest, bars, bps, defineStrategy, direction, features, float, mlp, optimize, returns, rsi, train } from "tickbook";
import { scale } from "./scale";
const history = await bars("SPX/USD", "1d", { from: "vega" });`;
const TRAIN = `const set = features({ fast: rsi(period), day: returns(1) });
const net = await train({ features: set.compute(history), labels: direction(history, { horizon: 5 }), to: until, model: mlp({ hidden: [2] }), epochs: 2, seed });
const bits = (x: Float32Array) => Buffer.from(x.buffer, x.byteOffset, x.byteLength).toString("hex");
console.log("net", Object.values(net.graph.layers).flatMap((layer) => layer.weights.map(({ values }) => bits(values))).join(), JSON.stringify(net.report));
console.log("predicts", (await net.predict([Float64Array.of(50), Float64Array.of(0.01)]))[0]);`;
const STRATEGY = `const offset = 0.25;
const limit = (x: number) => x * scale(offset);
const strategy = defineStrategy({
  name: "dips", instruments: ["SPX/USD"], timeframe: "1d", features: set, params: { enter: float(0, 100) },
  account: account({ venue: "binance", kind: "cash", currency: "USD", capital: 1e5, fees: bps(10), slippage: bps(2) }),
  onBar(ctx) { ctx.target({ weight: ctx.row.fast < limit(ctx.params.enter) ? size : 0 }); },
});`;
const OPTIMIZE = `const study = await optimize(strategy, history, { method: "bayesian", trials: 4, seed, from: "2003", to: "2003",
  objective: (r: BacktestResult) => r.performance.sharpe - r.trades.length * offset });
console.log("study", JSON.stringify({ ...study, seconds: 0 }));
study.trials.sort((a, b) => b.value - a.value);`;
const CELLS: readonly Cell[] = [PARAMETERS, IMPORTS, TRAIN, STRATEGY, OPTIMIZE];
const SCALE = { "scale.ts": "export const scale = (x: number): number => x * 4;" };

/** What a run printed, and what it says of each memoised call: "taken", "anew" with the reason, or nothing. */
async function ran(path: string, parameters: Readonly<Record<string, unknown>> = {}) {
  const { status, error, document } = await runNotebook({ path, parameters });
  expect(status, error?.traceback.join("\n")).toBe("ok");
  const outputs = document.cells.flatMap((cell) => (cell.cell_type === "code" ? cell.outputs : []));
  const printed = outputs.flatMap((output) =>
    output.output_type === "stream" ? String(output.text).split("\n") : [],
  );
  const lines = outputs.flatMap((output) =>
    output.output_type === "display_data" ? String(output.data["text/plain"]) : [],
  );
  const said = (what: string) => {
    const line = lines.find((each) => each.startsWith(`${what}: `)) ?? "";
    return line.includes("taken from an earlier run") ? "taken" : line;
  };
  return { train: said("train"), optimize: said("optimize"), printed };
}

const withChange = (from: string, to: string): Cell[] =>
  CELLS.map((cell) => (typeof cell === "string" ? cell.replace(from, to) : cell));

describe("training and searching again", () => {
  it("takes what an earlier run found, bit for bit, and finds anew what any input changes", async () => {
    const path = projectOf(CELLS, SCALE);
    const first = await ran(path);
    expect([first.train, first.optimize]).toEqual(["", ""]);
    for (const start of ["net ", "predicts ", "study "]) {
      expect(first.printed.some((line) => line.startsWith(start))).toBe(true);
    }
    const again = await ran(path);
    expect([again.train, again.optimize]).toEqual(["taken", "taken"]);
    expect(again.printed).toEqual(first.printed);

    const changes: readonly (readonly [string, () => Promise<Awaited<ReturnType<typeof ran>>>, string[]])[] =
      [
        ["seed", () => ran(path, { seed: 2 }), ["", ""]],
        ["a feature's parameter", () => ran(path, { period: 3 }), ["", ""]],
        ["a captured parameter", () => ran(path, { size: 0.4 }), ["taken", ""]],
        ["the period of training", () => ran(path, { until: "2003" }), ["", "taken"]],
        ["a captured constant", () => changed("offset = 0.25", "offset = 0.26"), ["taken", ""]],
        ["a captured function", () => changed("x * scale", "x / scale"), ["taken", ""]],
        ["a range", () => changed("float(0, 100)", "float(0, 99)"), ["taken", ""]],
        ["the objective", () => changed("sharpe - r", "sharpe + r"), ["taken", ""]],
        ["the trials", () => changed("trials: 4", "trials: 5"), ["taken", ""]],
        [
          "the data",
          () => changed('{ from: "vega" });', '{ from: "vega" });\nhistory.close[700]! += 1;'),
          ["", ""],
        ],
        ["a local module", () => changedModule(), ["taken", ""]],
      ];
    async function changed(from: string, to: string) {
      writeNotebook(path, withChange(from, to));
      const result = await ran(path);
      writeNotebook(path, CELLS);
      return result;
    }
    async function changedModule() {
      writeFileSync(join(dirname(path), "scale.ts"), SCALE["scale.ts"].replace("4", "5"));
      return ran(path);
    }
    for (const [what, run, expected] of changes) {
      const result = await run();
      expect([what, result.train, result.optimize]).toEqual([what, ...expected]);
    }
  }, 180_000);

  it("says why a search is not taken from an earlier run", async () => {
    const cases: readonly (readonly [string, string, string])[] = [
      ["offset = 0.25;", "offset = history.close[0]!;", "history comes from bars(...)"],
      ["r.trades.length * offset", "Math.random()", "Math.random"],
      ["optimize(strategy,", "optimize(((s) => defineStrategy({ ...s.spec }))(strategy),", "no constant"],
      [
        "const study = await optimize(strategy, history, {",
        "const search = (offset: number) => optimize(strategy, history, {",
        "another function",
      ],
    ];
    for (const [from, to, reason] of cases) {
      const isCall = to.startsWith("const search");
      const cells = withChange(from, to).map((cell) =>
        isCall && typeof cell === "string"
          ? cell.replace("* offset });\nconsole", "* offset });\nconst study = await search(1);\nconsole")
          : cell,
      );
      const path = projectOf(cells, SCALE);
      const { optimize } = await ran(path);
      expect(optimize).toContain("computed anew");
      expect(optimize).toContain(reason);
      // That of the training.
      expect(readdirSync(join(dirname(path), ".tickbook", "memo"))).toHaveLength(1);
    }
  }, 120_000);

  it("computes anew what was damaged, and mends it", async () => {
    const path = projectOf(CELLS.slice(0, 3), SCALE);
    const first = await ran(path);
    const home = join(dirname(path), ".tickbook");
    const [key] = readdirSync(join(home, "memo"));
    const hash = readFileSync(join(home, "memo", key!), "utf8");
    const object = join(home, "objects", hash.slice(0, 2), hash);
    const text = readFileSync(object, "utf8");
    for (const [file, damage] of [
      [object, text.replace("0", "1")],
      [join(home, "memo", key!), "nonsense"],
    ] as const) {
      writeFileSync(file, damage);
      expect(await ran(path)).toEqual(first);
      expect(readFileSync(object, "utf8")).toBe(text);
      expect((await ran(path)).train).toBe("taken");
    }
  }, 60_000);
});
