import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseNotebook, tagsOf } from "#notebook";
import { temporaryFolder } from "../../temporary-folder.ts";
import { ROOT } from "../../tidy/sources.ts";

const BIN = join(ROOT, "kernel/cli/tickbook.mjs");

interface Cell {
  readonly source: string;
  readonly tags?: readonly string[];
}
const PARAMETERS: Cell = {
  source: [
    "const horizon: number = 5 // bars to look ahead",
    'const side: "long" | "short" = "long"',
    "// where to begin",
    'const from: Date = new Date("2020-01-01")',
    'const symbols: string[] = ["A"]',
    'const name = "x"',
    "const on = true",
  ].join("\n"),
  tags: ["parameters"],
};
const SHOW = "console.log(JSON.stringify([horizon, side, from, symbols, name, on]))";

/** A folder with a notebook of these cells, and tickbook in it. */
function project(...cells: (Cell | string)[]) {
  const folder = temporaryFolder();
  const code = cells.map((cell, i) => {
    const { source, tags = [] } = typeof cell === "string" ? { source: cell } : cell;
    return { cell_type: "code", id: `c${i}`, metadata: { tags }, execution_count: null, outputs: [], source };
  });
  writeFileSync(
    join(folder, "nb.ipynb"),
    JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: code }),
  );
  const tickbook = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], {
      cwd: folder,
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  };
  const printed = (file = "nb.executed.ipynb") =>
    parseNotebook(readFileSync(join(folder, file), "utf8"))
      .cells.flatMap((cell) => (cell.cell_type === "code" ? cell.outputs : []))
      .flatMap((output) => (output.output_type === "stream" ? [output.text.trim()] : []));
  return {
    folder,
    tickbook,
    printed,
    write: (name: string, text: string) => writeFileSync(join(folder, name), text),
  };
}

describe("parameters", { timeout: 120_000 }, () => {
  it("come as two words, as name=value, raw, and from files; the last one wins", () => {
    const { tickbook, printed, write } = project(PARAMETERS, SHOW);
    write("p.yaml", "horizon: 7   # bars\nside: short\nsymbols:\n  - B\n  - 'C: d'\nname: \"12\"\n");
    write("p.json", '{"horizon": 8, "from": "2021-03-04"}');
    const { status, stderr } = tickbook(
      "run",
      "nb.ipynb",
      "-f",
      "p.yaml",
      "-f",
      "p.json",
      "-p",
      "horizon",
      "-9",
      "-r",
      "name",
      "true",
      "-p",
      "on=false",
      "--no-progress",
    );
    expect(stderr.replace(/^(Building|Built|Waiting).*\n/gm, "")).toBe("");
    expect(status).toBe(0);
    expect(printed()).toEqual(['[-9,"short","2021-03-04T00:00:00.000Z",["B","C: d"],"true",false]']);
  });

  it("that are unknown or do not fit end with code 2 and list what there is", () => {
    const { tickbook, folder } = project(PARAMETERS, SHOW);
    const unknown = tickbook("run", "nb.ipynb", "-p", "horzon", "3");
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toContain('Did you mean "horizon"?');
    expect(unknown.stderr).toContain("horizon: number = 5  // bars to look ahead");
    expect(unknown.stderr).toContain('side: "long" | "short" = "long"');
    for (const [name, value] of [
      ["horizon", "soon"],
      ["side", "up"],
      ["from", "yesterday"],
      ["on", "1"],
      ["symbols", "A"],
    ])
      expect(tickbook("run", "nb.ipynb", "-p", name!, value!)).toMatchObject({
        status: 2,
        stderr: expect.stringContaining("(runner.bad-parameter)"),
      });
    for (const [name, text] of [
      ["bad.yaml", "a: [1"],
      ["list.yaml", "- 1"],
      ["bad.json", "{"],
    ] as const) {
      writeFileSync(join(folder, name), text);
      expect(tickbook("run", "nb.ipynb", "-f", name)).toMatchObject({
        status: 2,
        stderr: expect.stringContaining(name),
      });
    }
    expect(readdirSync(folder).filter((name) => name.includes("executed"))).toEqual([]);
  });

  it("that are unknown may be set if asked", () => {
    const { tickbook, printed } = project("console.log(extra.n + more)");
    const { status, stderr } = tickbook(
      "run",
      "nb.ipynb",
      "--allow-unknown",
      "-p",
      "extra",
      '{"n": 2}',
      "-p",
      "more=3",
      "--no-progress",
    );
    expect(stderr).toContain("not declared by the notebook: extra, more");
    expect([status, printed()]).toEqual([0, ["5"]]);
  });

  it("are listed with their types", () => {
    const { tickbook } = project(PARAMETERS);
    const { parameters } = JSON.parse(tickbook("params", "nb.ipynb", "--json").stdout) as {
      parameters: object[];
    };
    expect(parameters).toEqual([
      {
        name: "horizon",
        type: "number",
        kind: "number",
        default: 5,
        description: "bars to look ahead",
        cellId: "c0",
      },
      {
        name: "side",
        type: '"long" | "short"',
        kind: "choice",
        default: "long",
        choices: ["long", "short"],
        cellId: "c0",
      },
      {
        name: "from",
        type: "Date",
        kind: "date",
        default: "2020-01-01",
        description: "where to begin",
        cellId: "c0",
      },
      { name: "symbols", type: "string[]", kind: "json", default: ["A"], cellId: "c0" },
      { name: "name", type: "string", kind: "string", default: "x", cellId: "c0" },
      { name: "on", type: "boolean", kind: "boolean", default: true, cellId: "c0" },
    ]);
    expect(tickbook("schedule", "params", "nb.ipynb", "--json").stdout).toBe(
      tickbook("params", "nb.ipynb", "--json").stdout,
    );
  });
});

describe("outputs", { timeout: 120_000 }, () => {
  it("are named by parameters; braces that mean nothing are refused", () => {
    const { tickbook, folder } = project(PARAMETERS, SHOW);
    expect(
      tickbook("run", "nb.ipynb", "-p", "horizon", "3", "-o", "out/{name}-{horizon}-{{x}}.ipynb").status,
    ).toBe(0);
    expect(readdirSync(join(folder, "out"))).toEqual(["x-3-{x}.ipynb"]);
    for (const path of ["{horzon}.ipynb", "{.ipynb", "{symbols}.ipynb"])
      expect(tickbook("run", "nb.ipynb", "-o", path)).toMatchObject({
        status: 2,
        stderr: expect.stringContaining("runner.bad-template"),
      });
  });

  it("of failed attempts are kept beside the last one", () => {
    const { tickbook, folder, printed } = project(
      'import { existsSync, writeFileSync } from "node:fs"\nconst seen = existsSync("seen")\nwriteFileSync("seen", "")\nconsole.log(seen)\nif (!seen) throw new Error("first")',
    );
    const { status, stdout } = tickbook("run", "nb.ipynb", "--retries", "3", "--retry-delay", "0", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ status: "ok", attempt: 2 });
    expect(status).toBe(0);
    expect(readdirSync(folder).filter((name) => name.startsWith("nb.executed"))).toEqual([
      "nb.executed.attempt1.ipynb",
      "nb.executed.ipynb",
    ]);
    expect(printed("nb.executed.attempt1.ipynb")).toEqual(["false"]);
    expect(printed()).toEqual(["true"]);
  });

  it("hide the code in report mode, and need no run with --prepare-only", () => {
    const { tickbook, folder } = project(PARAMETERS, SHOW);
    expect(
      tickbook("run", "nb.ipynb", "--prepare-only", "--report-mode", "-p", "horizon=2").stdout,
    ).toContain("nb.executed.ipynb");
    const { cells } = parseNotebook(readFileSync(join(folder, "nb.executed.ipynb"), "utf8"));
    expect(cells.map(tagsOf)).toEqual([["parameters"], ["injected-parameters"], []]);
    expect(cells[1]!.source).toContain("let horizon: number = 2;");
    for (const cell of cells) {
      expect(cell.metadata.jupyter).toEqual({ source_hidden: true });
      expect(cell).toMatchObject({ execution_count: null, outputs: [] });
    }
  });
});

describe("the end of a run", { timeout: 120_000 }, () => {
  it("after errors that are allowed is 0, without a record", () => {
    const { tickbook, printed } = project("throw new Error('a')", "console.log('went on')");
    const { status, stdout } = tickbook("run", "nb.ipynb", "--allow-errors", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ status: "ok", exitCode: 0 });
    expect(JSON.parse(stdout)).not.toHaveProperty("record");
    expect([status, printed()]).toEqual([0, ["went on"]]);
  });

  it("is 124 after either time limit, 138 when the process dies, 1 after an error", () => {
    const endless = project("1", "while (true) {}");
    expect(endless.tickbook("run", "nb.ipynb", "--timeout", "1")).toMatchObject({ status: 124 });
    const cell = endless.tickbook("run", "nb.ipynb", "--cell-timeout", "1");
    expect(cell).toMatchObject({
      status: 124,
      stdout: expect.stringContaining("cell 2 took longer than 1 s"),
    });
    expect(project("process.kill(process.pid, 'SIGKILL')").tickbook("run", "nb.ipynb").status).toBe(138);
    expect(
      project(
        "const kept: unknown[] = []\nfor (;;) kept.push(Array.from({ length: 1e5 }, (_, i) => [i]))",
      ).tickbook("run", "nb.ipynb", "--memory", "64").status,
    ).toBe(138);
    expect(project("throw 1").tickbook("run", "nb.ipynb").status).toBe(1);
  });

  it("is 130 after Ctrl-C, and what was done is kept", async () => {
    const { folder, printed } = project(
      "console.log('one')",
      "await new Promise((r) => setTimeout(r, 60_000))",
    );
    const child = spawn(process.execPath, [BIN, "run", "nb.ipynb", "--log-output"], { cwd: folder });
    child.stderr.once("data", () => setTimeout(() => child.kill("SIGINT"), 200));
    const status = await new Promise((resolve) => child.once("close", resolve));
    expect([status, printed()]).toEqual([130, ["one"]]);
  });

  it("shows types that do not fit beside the outcome", () => {
    const { tickbook } = project("const n: number = 'x' as unknown as string", "export const answer = 42");
    const { status, stderr } = tickbook("run", "nb.ipynb");
    expect([status, stderr]).toEqual([
      0,
      expect.stringMatching(/cell 1, line 1, column 7: .*not assignable.*TS2322/),
    ]);
    expect(JSON.parse(tickbook("run", "nb.ipynb", "--json").stdout)).toMatchObject({
      types: [{ cell: 1, number: 2322 }],
    });
  });
});

describe("--json", { timeout: 120_000 }, () => {
  it("prints one line on standard output, however it ends", () => {
    const { tickbook, write } = project(
      PARAMETERS,
      "console.log('printed')\nif (horizon > 5) throw new Error('x')",
    );
    write("bad.ipynb", "{");
    const ends: [string[], number][] = [
      [["nb.ipynb"], 0],
      [["nb.ipynb", "--prepare-only"], 0],
      [["nb.ipynb", "-p", "horizon", "6"], 1],
      [["nb.ipynb", "-p", "horizon", "6", "--retries", "1", "--retry-delay", "0", "--log-output"], 1],
      [["nb.ipynb", "-p", "nothing", "6"], 2],
      [["nb.ipynb", "--timeout", "0.001"], 124],
      [["nb.ipynb", "--timeout", "soon"], 2],
      [["nb.ipynb", "--no-such-option"], 2],
      [["nb.ipynb", "-f", "nowhere.json"], 2],
      [["nb.ipynb", "-o", "/proc/none/x.ipynb"], 2],
      [["bad.ipynb"], 2],
      [["nowhere.ipynb"], 2],
      [[], 2],
    ];
    for (const [args, code] of ends) {
      const { status, stdout } = tickbook("run", ...args, "--json");
      expect([args, status]).toEqual([args, code]);
      expect(stdout.split("\n")).toEqual([expect.stringMatching(/^\{.*\}$/), ""]);
      const outcome = JSON.parse(stdout);
      expect(outcome.exitCode ?? outcome.error.code).toEqual(code === 2 ? expect.any(String) : code);
    }
  });
});
