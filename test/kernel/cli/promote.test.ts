import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../../tidy/sources.ts";

const folder = mkdtempSync(join(tmpdir(), "tickbook-promote-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CELLS = [
  'import { account, backtest, bars, bps, defineStrategy, features, float, freeze, sma } from "tickbook";\nconst history = await bars("SPX/USD", "1d", { from: "vega" });',
  "const best = freeze({ band: 0.01 });",
  `const set = features({ fast: sma(20), slow: sma(100) });
const strategy = defineStrategy({
  name: "cross", instruments: ["SPX/USD"], timeframe: "1d", features: set,
  account: account({ venue: "binance", kind: "cash", currency: "USD", capital: 100_000, fees: bps(10), slippage: bps(2) }),
  params: { band: float(0, 0.1) },
  state: { held: 0 },
  onBar(ctx) {
    ctx.state.held = ctx.position.isFlat ? 0 : ctx.state.held + 1;
    const { fast, slow } = ctx.row;
    if (ctx.position.isFlat && fast > slow * (1 + ctx.params.band)) ctx.target({ weight: 0.9, stop: ctx.bar.close * 0.9 });
    else if (fast < slow) ctx.target({ weight: 0 });
  },
});`,
  "export const live = strategy.with(best);",
  'const result = await backtest(live, history, { from: "2005" });',
];

function tickbook(...args: string[]) {
  const bin = join(ROOT, "kernel/cli/tickbook.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

function notebook(name: string, sources: readonly string[]): string {
  const cells = sources.map((source, i) => ({
    cell_type: "code",
    id: `c${i + 1}`,
    metadata: {},
    execution_count: null,
    outputs: [],
    source,
  }));
  writeFileSync(join(folder, name), JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
  return name;
}

/** Runs a notebook into a home of its own. */
function ran(name: string, sources: readonly string[]): string {
  const { status, stderr } = tickbook("run", notebook(`${name}.ipynb`, sources), "--home", name, "--json");
  expect(status, stderr).toBe(0);
  return name;
}

interface Promotion {
  readonly path: string;
  readonly hash: string;
  readonly fingerprint: string;
  readonly isNew: boolean;
}

let bundle: Promotion;
beforeAll(() => {
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  tickbook("data", "ls");
  ran("good", CELLS);
  const { status, stdout, stderr } = tickbook(
    "promote",
    "--home",
    "good",
    "--notebook",
    "good.ipynb",
    "--json",
  );
  expect(status, stderr).toBe(0);
  bundle = JSON.parse(stdout) as Promotion;
});

describe("promote", () => {
  it("compiles the newest run to a bundle that verifies with the project's own key", () => {
    expect(bundle.path).toBe(join(folder, "good", "bundles", bundle.hash));
    const { status, stdout } = tickbook("bundle", "verify", bundle.path, "--home", "good");
    expect(status).toBe(0);
    expect(stdout).toContain("500 equal to the notebook's");
    expect(tickbook("keys", "show", "--home", "good").stdout).toContain(bundle.fingerprint);
  });

  it("promoted again gives the same bundle, by the beginning of the record's hash as well", () => {
    const [record] = readdirSync(join(folder, "good", "runs"));
    const { stdout } = tickbook(
      "promote",
      record!.slice(0, 10),
      "--home",
      "good",
      "--out",
      "other",
      "--json",
    );
    const again = JSON.parse(stdout) as Promotion;
    expect(again.hash).toBe(bundle.hash);
    for (const name of ["strategy.js", "golden.json", "manifest.json", "manifest.sig"]) {
      expect(readFileSync(join(again.path, name))).toEqual(readFileSync(join(bundle.path, name)));
    }
  });

  it("prints what cannot go live like a compiler, and makes nothing", () => {
    const home = ran(
      "impure",
      CELLS.map((cell) => cell.replace("const { fast", "const day = new Date();\n    const { fast")),
    );
    const { status, stdout, stderr } = tickbook("promote", "--home", home);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^cell 3, line 9, column \d+: .*Date/);
    const [, line, caret] = stderr.split("\n");
    expect(line).toContain("const day = new Date();");
    expect(line!.slice(caret!.indexOf("^"))).toMatch(/^(new )?Date\(\)/);
    expect(stderr).toContain("Not promoted: 1 refusal.");
    expect(readdirSync(join(folder, home))).not.toContain("bundles");
    const asJson = JSON.parse(tickbook("promote", "--home", home, "--json").stdout);
    expect(asJson).toMatchObject({ ok: false, refusals: [{ cell: 3, line: 9 }] });
  });

  it("is refused without a backtest of the exported strategy", () => {
    const other = ran("untested", [
      ...CELLS.slice(0, 4),
      "await backtest(strategy.with({ band: 0.02 }), history);",
    ]);
    const { status, stderr } = tickbook("promote", "--home", other);
    expect(status).toBe(1);
    expect(stderr).toContain("(promote.no-backtest)");
  });

  it("is refused by the name of the cell when the notebook says otherwise now", () => {
    const sources = CELLS.map((cell) => cell.replace("sma(20)", "sma(21)"));
    const changed = notebook("changed.ipynb", sources);
    const { status, stderr } = tickbook("promote", "--home", "good", "--notebook", changed);
    expect(status).toBe(1);
    expect(stderr).toContain("cell 3 (id c3) differs");
  });

  it("is refused where nothing has run, and for a run that nobody knows", () => {
    expect(tickbook("promote", "--home", "empty")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("(promote.no-run)") as string,
    });
    expect(tickbook("promote", "ffff", "--home", "good")).toMatchObject({ status: 2 });
  });
});

describe("a bundle", () => {
  it("is shown with what it trades and what it rests on", () => {
    const { status, stdout } = tickbook("bundle", "inspect", bundle.path);
    expect(status).toBe(0);
    for (const fact of [
      "cross",
      "SPX/USD 1d",
      "band 0.01",
      "technical.sma(100)@2",
      "Sharpe",
      bundle.fingerprint,
    ]) {
      expect(stdout).toContain(fact);
    }
    const { manifest } = JSON.parse(tickbook("bundle", "inspect", bundle.path, "--json").stdout);
    expect(manifest).toMatchObject({ name: "cross", warmupBars: 99, params: { band: 0.01 } });
  });

  it("that was changed, or is somebody else's, is refused with exit code 1", () => {
    const copy = join(folder, "copy");
    cpSync(bundle.path, copy, { recursive: true });
    expect(tickbook("bundle", "verify", copy, "--trust", bundle.fingerprint).status).toBe(0);
    const untrusted = tickbook("bundle", "verify", copy, "--trust", "SHA256:other");
    expect(untrusted).toMatchObject({ status: 1 });
    expect(untrusted.stderr).toContain("(bundle.untrusted-key)");
    appendFileSync(join(copy, "strategy.js"), " ");
    for (const command of ["verify", "inspect"]) {
      const { status, stderr } = tickbook("bundle", command, copy);
      expect(status).toBe(1);
      expect(stderr).toContain("strategy.js was changed");
    }
  });
});
