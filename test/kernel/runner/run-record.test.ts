import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { decodeValue, encodeValue } from "#core";
import { type RunOptions, runNotebook } from "#runner";
import { openObjects, type RunInputs, readRunRecord, sha256 } from "#storage";
import { temporaryFolder } from "../../temporary-folder.ts";

const CELLS = [
  { source: "const n: number = 2; // how many", tags: ["parameters"] },
  'import { bars, freeze } from "tickbook";\nimport { scale } from "./lib/scale";\nimport table from "./table.json" with { type: "json" };',
  { source: "never()", tags: ["skip-execution"] },
  'const history = await bars("SPX/USD", "1d", { from: "vega" });\nhistory.length > 100',
  "const weights = freeze(Float64Array.of(scale(n), table.offset));\nweights",
  "export const best = freeze({ $n: n, first: history.close[0] });",
] as const;

type Cell = string | { readonly source: string; readonly tags: readonly string[] };

/** A project with a notebook, local modules, a package and a lock file. */
function project(cells: readonly Cell[] = CELLS): string {
  const root = temporaryFolder();
  const modules = fileURLToPath(new URL("../../../node_modules", import.meta.url));
  mkdirSync(join(root, "notebooks", "lib"), { recursive: true });
  symlinkSync(modules, join(root, "node_modules"));
  writeFileSync(join(root, "package-lock.json"), '{"lockfileVersion":3}');
  writeFileSync(
    join(root, "notebooks", "lib", "scale.ts"),
    'import { mean } from "simple-statistics";\nexport * from "./more.js";\nexport const scale = (x: number): number => mean([x, x * 2]);',
  );
  writeFileSync(join(root, "notebooks", "lib", "more.js"), "export const more = 1;");
  writeFileSync(join(root, "notebooks", "table.json"), '{"offset":0.5}');
  const path = join(root, "notebooks", "n.ipynb");
  writeFileSync(path, notebookText(cells));
  return path;
}

function notebookText(cells: readonly Cell[]): string {
  const content = cells.map((cell, i) => {
    const { source, tags } = typeof cell === "string" ? { source: cell, tags: [] } : cell;
    return {
      cell_type: "code",
      id: `cell-${i}`,
      source,
      metadata: { tags },
      outputs: [],
      execution_count: null,
    };
  });
  return JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: content });
}

async function recordOf(path: string, options: Partial<RunOptions> = {}) {
  const result = await runNotebook({ path, ...options });
  if (!result.recordHash) throw new Error(result.error?.traceback.join("\n"));
  const home = options.home ?? join(dirname(path), ".tickbook");
  const { record } = await readRunRecord(home, result.recordHash.slice(0, 12));
  return { result, record, home };
}

const inputsHash = (inputs: RunInputs) => sha256(encodeValue(inputs));
const fileHash = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

describe("the record of a run", () => {
  it("holds what compiling needs: cells, parameters, modules, packages, lock file, frozen values, data, engine", async () => {
    const path = project();
    const page = join(dirname(path), "page.html");
    const { result, record, home } = await recordOf(path, {
      parameters: { n: 4 },
      report: { path: page, render: async ({ status, recordHash }) => `<p>${status} ${recordHash}</p>` },
    });
    expect(readFileSync(page, "utf8")).toBe("<p>ok undefined</p>");
    expect(record).toMatchObject({
      format: 1,
      status: "ok",
      notebook: { path: "../n.ipynb", executedHash: fileHash(result.outputPath) },
      reportHash: fileHash(page),
      node: process.versions.node,
      startedAt: result.startedAt,
      endedAt: result.endedAt,
    });
    const { inputs } = record;
    expect(inputs.cells.map(({ cell, id, tags }) => [cell, id, tags])).toEqual([
      [1, "cell-0", ["parameters"]],
      [2, expect.any(String), ["injected-parameters"]],
      [3, "cell-1", []],
      [4, "cell-3", []],
      [5, "cell-4", []],
      [6, "cell-5", []],
    ]);
    expect(inputs.cells[2]!.source).toBe(CELLS[1]);
    expect(inputs.parameters).toEqual({ set: { n: 4 }, defaults: { n: 2 } });
    const versionOf = (name: string) =>
      (
        JSON.parse(readFileSync(join(dirname(path), "..", "node_modules", name, "package.json"), "utf8")) as {
          version: string;
        }
      ).version;
    expect(inputs.packages).toEqual([
      { name: "simple-statistics", version: versionOf("simple-statistics") },
      { name: "tickbook", version: versionOf("tickbook") },
    ]);
    const objects = openObjects(join(home, "objects"));
    const textOf = async (hash: string) => Buffer.from(await objects.get(hash)).toString();
    expect(inputs.modules.map((module) => module.path)).toEqual(
      expect.arrayContaining(["lib/scale.ts", "lib/more.js", "table.json"]),
    );
    for (const module of inputs.modules) {
      expect(await textOf(module.hash)).toBe(readFileSync(join(dirname(path), module.path), "utf8"));
    }
    expect(inputs.lockFile?.path).toBe("../package-lock.json");
    expect(await textOf(inputs.lockFile!.hash)).toBe('{"lockfileVersion":3}');
    expect(inputs.frozen.map(({ binding, cell }) => [binding, cell])).toEqual([
      ["weights", 5],
      ["best", 6],
    ]);
    const values = await Promise.all(inputs.frozen.map(async ({ hash }) => decodeValue(await textOf(hash))));
    expect(values).toEqual([Float64Array.of(6, 0.5), { $n: 4, first: expect.any(Number) }]);
    expect(inputs.data).toEqual([
      { source: "vega", symbol: "SPX/USD", timeframe: "1d", hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
    expect(inputs.engine).toEqual({
      version: versionOf("tickbook"),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it("has the same inputs when the same notebook runs again, and others after any change", {
    // Six runs, each in processes of its own.
    timeout: 90_000,
  }, async () => {
    const cells = CELLS.filter((cell) => !String(cell).includes("history"));
    const path = project([...cells, "export const best = freeze({ $n: n });"]);
    const first = await recordOf(path);
    const again = await recordOf(path, { output: join(dirname(path), "again.ipynb") });
    expect(again.result.recordHash).not.toBe(first.result.recordHash);
    expect(inputsHash(again.record.inputs)).toBe(inputsHash(first.record.inputs));
    expect(again.record.notebook.codeHash).toBe(first.record.notebook.codeHash);

    const parameter = await recordOf(path, { parameters: { n: 3 } });
    expect(parameter.record.notebook.codeHash).toBe(first.record.notebook.codeHash);
    writeFileSync(path, notebookText([...cells, "export const best = freeze({ $n: n }); // new"]));
    const code = await recordOf(path);
    expect(code.record.notebook.codeHash).not.toBe(first.record.notebook.codeHash);
    writeFileSync(join(dirname(path), "table.json"), '{"offset":0.25}');
    const module = await recordOf(path);
    writeFileSync(join(dirname(path), "..", "package-lock.json"), '{"lockfileVersion":2}');
    const lock = await recordOf(path);
    const hashes = [first, parameter, code, module, lock].map(({ record }) => inputsHash(record.inputs));
    expect(new Set(hashes).size).toBe(5);
  });

  it("keeps the newest value of a binding", async () => {
    const { record } = await recordOf(
      project([
        'import { freeze } from "tickbook"\nconst a = freeze(1), b = freeze(2)',
        "const a = freeze(3)",
      ]),
    );
    expect(record.inputs.frozen).toEqual([
      { binding: "b", cell: 1, hash: sha256("2") },
      { binding: "a", cell: 2, hash: sha256("3") },
    ]);
  });

  it("keeps what a cell froze before it failed as it may", async () => {
    const source = 'import { freeze } from "tickbook"\nconst a = freeze(1);\nthrow new Error("expected")';
    const { record, home } = await recordOf(project([{ source, tags: ["raises-exception"] }]));
    expect(record.inputs.frozen).toEqual([{ binding: "a", cell: 1, hash: sha256("1") }]);
    expect(await openObjects(join(home, "objects")).has(sha256("1"))).toBe(true);
  });

  it("is not written when a frozen value is gone by then", async () => {
    const path = project([
      'import { freeze } from "tickbook"\nimport { rmSync } from "node:fs"\nconst a = freeze(1)',
      'rmSync(".tickbook/objects", { recursive: true })',
    ]);
    await expect(runNotebook({ path })).rejects.toMatchObject({ code: "storage.missing" });
    expect(existsSync(join(dirname(path), ".tickbook", "runs"))).toBe(false);
  });

  it("is not written for a run that failed", async () => {
    const path = project(['import { freeze } from "tickbook"\nconst a = freeze(1)', "throw new Error('no')"]);
    const page = join(dirname(path), "page.html");
    const result = await runNotebook({ path, report: { path: page, render: async ({ status }) => status } });
    expect([result.status, result.recordHash, readFileSync(page, "utf8")]).toEqual([
      "failed",
      undefined,
      "failed",
    ]);
    expect(existsSync(join(dirname(path), ".tickbook", "runs"))).toBe(false);
  });

  it("is refused when a typed array was written to after it was frozen, also by code left behind", async () => {
    for (const write of [
      "up.layers[1].bytes[0] = 9;",
      "setTimeout(() => { up.layers[1].bytes[0] = 9 }, 20);",
    ]) {
      const result = await runNotebook({
        path: project([
          'import { freeze } from "tickbook"\nconst up = freeze({ layers: [{}, { bytes: Uint8Array.of(1, 2) }] })',
          write,
        ]),
      });
      expect(result).toMatchObject({
        status: "failed",
        exitCode: 1,
        error: {
          code: "freeze.changed-after",
          cell: 1,
          message: "up.layers[1].bytes was written to after cell 1 froze up",
        },
      });
      expect(result.recordHash).toBeUndefined();
      expect(JSON.stringify(result.document.cells)).toContain("(freeze.changed-after)");
    }
  });
});

it("a model that was exported and frozen works in a strategy", async () => {
  const cells = [
    'import { account, backtest, bars, bps, defineStrategy, direction, exportOnnx, features, float, freeze, mlp, returns, rsi, train } from "tickbook"\n' +
      'const history = await bars("SPX/USD", "1d", { from: "vega" })\n' +
      "const set = features({ fast: rsi(2), day: returns(1) })",
    'const net = await train({ features: set.compute(history), labels: direction(history, { horizon: 5 }), to: "2004", model: mlp({ hidden: [2] }), epochs: 1, seed: 1 })\n' +
      "const made = await exportOnnx(net, { features: set })\n" +
      "const up = freeze(made)",
    'const strategy = defineStrategy({ name: "t", instruments: ["SPX/USD"], timeframe: "1d",\n' +
      '  account: account({ venue: "binance", kind: "cash", currency: history.instrument.quote, capital: 1e6, fees: bps(10), slippage: bps(2) }),\n' +
      "  params: { enter: float(0, 1) }, features: set, models: { up },\n" +
      '  onBar(ctx) { ctx.target({ weight: ctx.predict("up") > ctx.params.enter ? 0.5 : 0 }) } })\n' +
      "const best = freeze({ enter: 0.5 })\n" +
      'const result = await backtest(strategy.with(best), history, { from: "2005", to: "2006" });\n' +
      "[up.hash === made.hash, up.bytes !== made.bytes, result.orders.length > 0]",
  ];
  const { result } = await recordOf(project(cells));
  const outputs = JSON.stringify(result.document.cells[2]);
  expect(outputs).toContain("[ true, true, true ]");
});

it("a runner that is killed between objects and record leaves no record and no damaged object", () => {
  const path = project();
  const home = join(dirname(path), "home");
  const door = new URL("../../../dist/kernel/runner/index.js", import.meta.url).href;
  const script = `const { runNotebook } = await import(${JSON.stringify(door)});
    await runNotebook({ path: process.argv[1], home: process.argv[2], report: {
      path: "never.html", render: () => process.kill(process.pid, "SIGKILL") } });`;
  const { signal } = spawnSync(process.execPath, ["--input-type=module", "-e", script, path, home]);
  expect(signal).toBe("SIGKILL");
  expect(existsSync(join(home, "runs"))).toBe(false);
  const objects = join(home, "objects");
  const files = readdirSync(objects, { recursive: true, encoding: "utf8" })
    .map((name) => join(objects, name))
    .filter((name) => statSync(name).isFile());
  // Two frozen values, three modules, the lock file.
  expect(files).toHaveLength(6);
  for (const file of files) expect(fileHash(file)).toBe(file.slice(-64));
});
