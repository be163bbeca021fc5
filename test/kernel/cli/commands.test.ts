import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ROOT } from "../../tidy/sources.ts";

const folder = mkdtempSync(join(tmpdir(), "tickbook-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function tickbook(...args: string[]) {
  const bin = join(ROOT, "kernel/cli/tickbook.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function notebook(name: string, source: string, tags: string[] = []): string {
  const cell = { cell_type: "code", id: "a", metadata: { tags }, execution_count: null, outputs: [], source };
  return file(name, JSON.stringify({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 }));
}

const INSTRUMENT = ["--symbol", "BTC/USDT", "--timeframe", "1h", "--tick", "0.01", "--lot", "0.00001"];
const HEADER = "time,open,high,low,close,volume\n";

describe("bad input ends with one clear message and changes nothing", () => {
  it.each([
    ["a CSV without a column", "short.csv", "time,open,high,low\n2024-01-01,1,2,1\n", "close"],
    ["a CSV with a word for a number", "word.csv", `${HEADER}2024-01-01T00:00Z,1,2,1,oops,5\n`, "oops"],
    ["an empty CSV", "empty.csv", "", "empty"],
    ["impossible prices", "high.csv", `${HEADER}2024-01-01T00:00Z,5,4,3,5,1\n`, "2024-01-01"],
    ["NaN in a price", "nan.csv", `${HEADER}2024-01-01T00:00Z,NaN,4,3,4,1\n`, "NaN"],
  ])("%s", (_, name, content, seen) => {
    const { status, stderr } = tickbook("data", "import", file(name, content), ...INSTRUMENT);
    expect(stderr).toContain(seen);
    expect(stderr).toMatch(/\(data\.[a-z-]+\)\n$/);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(status).toBe(2);
    expect(existsSync(join(folder, ".tickbook"))).toBe(false);
  });

  it("a Parquet file that is none", () => {
    const path = file("junk.parquet", new Uint8Array(200).fill(7));
    const { status, stderr } = tickbook("data", "import", path, ...INSTRUMENT);
    expect(stderr).toContain("junk.parquet");
    expect(status).toBe(2);
    expect(existsSync(join(folder, ".tickbook"))).toBe(false);
  });

  it("a dataset that nobody stored", () => {
    const { status, stderr } = tickbook("data", "check", "abcdef12");
    expect(stderr).toContain("abcdef12");
    expect(status).toBe(2);
  });

  it("an exchange that cannot be reached", async () => {
    // A port that was free a moment ago: nothing listens there.
    const port = await new Promise<number>((resolve) => {
      const server = createServer().listen(0, "127.0.0.1", () => {
        const { port } = server.address() as { port: number };
        server.close(() => resolve(port));
      });
    });
    const origin = `http://127.0.0.1:${port}`;
    const { status, stderr } = tickbook(
      "data",
      "fetch",
      "BTC/USDT",
      "1h",
      "--from",
      "binance",
      "--origin",
      origin,
    );
    expect(stderr).toContain("(venue.unreachable)");
    expect(status).toBe(1);
    expect(existsSync(join(folder, ".tickbook", "data"))).toBe(false);
  });

  it("a source, a command and an option that do not exist", () => {
    expect(tickbook("data", "fetch", "BTC/USDT", "1h", "--from", "binanse").stderr).toContain("binanse");
    expect(tickbook("rnu", "x.ipynb")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("Did you mean run?"),
    });
    expect(tickbook("run", "x.ipynb", "--htlm", "y")).toMatchObject({ status: 2 });
    expect(tickbook("run", "x.ipynb", "-p", "horizon")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("name=value"),
    });
    expect(tickbook("run", "x.ipynb", "--timeout", "soon")).toMatchObject({ status: 2 });
  });

  it("a notebook that is not there, or is none", () => {
    expect(tickbook("run", "nowhere.ipynb")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("nowhere.ipynb"),
    });
    const { status, stderr } = tickbook("run", file("text.ipynb", "hello"));
    expect(stderr).toContain("text.ipynb");
    expect(status).toBe(2);
    expect(readdirSync(folder).filter((name) => name.includes("executed"))).toEqual([]);
  });

  it("an unknown parameter", () => {
    const path = notebook("params.ipynb", "const horizon: number = 5;", ["parameters"]);
    const { status, stderr } = tickbook("run", path, "-p", "horizn=3");
    expect(stderr).toContain("horizon");
    expect(stderr).toContain("(runner.unknown-parameter)");
    expect(status).toBe(2);
  });
});

describe("a cell that fails", () => {
  it("names cell, line and source line, and the notebook is written", () => {
    const path = notebook(
      "fails.ipynb",
      "const a: number = 1;\n\nconst f = (x: number): number => {\n  throw new RangeError('no ' + x);\n};\nf(a);",
    );
    const { status, stdout } = tickbook("run", path);
    expect(stdout).toContain("RangeError: no 1");
    expect(stdout).toMatch(/cell 1, line 4|cell 1, 4:9|cell 1:4/i);
    expect(status).toBe(1);
    expect(existsSync(join(folder, "fails.executed.ipynb"))).toBe(true);
  });

  it("says the same as JSON", () => {
    const path = notebook("syntax.ipynb", "const a: number = ;\n");
    const { status, stdout } = tickbook("run", path, "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      status: "failed",
      exitCode: 1,
      error: { cell: 1, line: 1, code: "notebook.syntax-error" },
    });
    expect(status).toBe(1);
  });
});

describe("data", () => {
  it("is imported, listed and checked", () => {
    const rows = Array.from(
      { length: 30 },
      (_, i) => `${new Date(1.7e12 + i * 36e5 - (1.7e12 % 36e5)).toISOString()},10,11,9,10.5,3`,
    );
    const imported = tickbook("data", "import", file("good.csv", HEADER + rows.join("\n")), ...INSTRUMENT);
    expect(imported).toMatchObject({ status: 0, stdout: expect.stringContaining("30 bars") });
    const [version] = JSON.parse(tickbook("data", "ls", "--json").stdout) as { hash: string; rows: number }[];
    expect(version).toMatchObject({ rows: 30, symbol: "BTC/USDT", timeframe: "1h", source: "csv" });
    const report = JSON.parse(tickbook("data", "check", version!.hash.slice(0, 8), "--json").stdout) as {
      checks: unknown[];
    };
    expect(report.checks.length).toBeGreaterThan(4);
  });
});

describe("help", () => {
  it.each([[[]], [["run"]], [["journey"]], [["data"]], [["data", "fetch"]], [["data", "import"]]])(
    "of %j",
    (command) => {
      const { status, stdout } = tickbook(...command, "--help");
      expect(stdout).toContain("Usage: tickbook");
      expect(status).toBe(0);
    },
  );
});

it("a Node that is too old gets one line", () => {
  const script = `Object.defineProperty(process.versions, "node", { value: "18.20.4" }); await import(${JSON.stringify(join(ROOT, "kernel/cli/setup.mjs"))}).then(({ setUp }) => setUp());`;
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
  });
  expect(stderr).toBe("tickbook needs Node 20.19 or later; this is Node 18.20.4.\n");
  expect(status).toBe(2);
});
