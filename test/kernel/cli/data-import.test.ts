import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { candlesAt, csvText, HOUR, times } from "../../lib/data/candles.ts";
import { startMarketServer } from "../../lib/data/ingest/record/market-server.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { ROOT } from "../../tidy/sources.ts";

const INSTRUMENT = ["--symbol", "BTC/USDT", "--timeframe", "1h", "--tick", "0.01", "--lot", "0.00001"];

function workplace() {
  const folder = temporaryFolder();
  return {
    folder,
    file(name: string, content: string): string {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
    tickbook(...args: string[]) {
      const bin = join(ROOT, "kernel/cli/tickbook.mjs");
      return spawnSync(process.execPath, [bin, "data", ...args], { cwd: folder, encoding: "utf8" });
    },
  };
}

describe("tickbook data import", () => {
  it("mends what it is told to, keeps what it took out, and draws the report", () => {
    const { folder, file, tickbook } = workplace();
    const rows = candlesAt(times(60, HOUR));
    const [time, , , low] = rows[20]!;
    const faulty = rows.with(20, [time, low / 2, low, low, low, 1]);
    const path = file("bars.csv", csvText(faulty));
    const refused = tickbook("import", path, ...INSTRUMENT);
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining("(data.impossible-bar)")]);
    expect(existsSync(join(folder, ".tickbook"))).toBe(false);
    const mended = tickbook("import", path, ...INSTRUMENT, "--fix", "impossible", "--json");
    expect(mended.status).toBe(0);
    const report = JSON.parse(mended.stdout) as {
      rows: number;
      checks: { name: string; found: number; verdict: string }[];
    };
    expect(report.rows).toBe(59);
    expect(report.checks[0]).toMatchObject({
      name: expect.stringContaining("Fix impossible"),
      found: 1,
      verdict: "repaired",
    });
    expect(report.checks.find(({ name }) => name === "Gaps")).toMatchObject({ found: 1 });
    const removed = readdirSync(join(folder, ".tickbook", "removed"));
    expect(removed.length).toBe(1);
    const kept = readFileSync(join(folder, ".tickbook", "removed", removed[0]!), "utf8")
      .trim()
      .split("\n");
    expect(kept).toEqual(["fix,time,open,high,low,close,volume", `impossible,${faulty[20]!.join(",")}`]);
    const checked = tickbook("check", "csv", "BTC/USDT", "1h", "--chart", "chart.html");
    expect(checked.stdout).toMatch(/repaired\s+1 rows\s+Fix impossible/);
    const page = readFileSync(join(folder, "chart.html"), "utf8");
    expect(page).toContain("1 gap, the first from 2020-01-01 20:00:00 UTC");
    expect(page).toContain("Plotly.newPlot");
  }, 30_000);

  it("takes a folder of trades, twice without a change, and a series only with its publication", () => {
    const { folder, file, tickbook } = workplace();
    const dump = join(folder, "dump");
    mkdirSync(dump);
    writeFileSync(join(dump, "t-1.csv"), "1,100.5,0.25,1,1,1600000000000,true,true\n");
    writeFileSync(
      join(dump, "t-2.csv"),
      "2,100.6,0.5,2,2,1600000000500,false,true\n4,100.7,1,4,4,1600000001000,false,true\n",
    );
    const first = tickbook("import", dump, "--kind", "trades", "--symbol", "BTC/USDT", "--json");
    expect(first.status).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({ rows: 3, kind: "trades" });
    const again = tickbook(
      "import",
      join(dump, "t-*.csv"),
      "--kind",
      "trades",
      "--symbol",
      "BTC/USDT",
      "--json",
    );
    expect(JSON.parse(again.stdout)).toMatchObject({
      rows: 3,
      hash: (JSON.parse(first.stdout) as { hash: string }).hash,
    });
    const series = file("vix.csv", "DATE,CLOSE\n2020-01-02,12.5\n");
    const args = ["import", series, "--kind", "series", "--symbol", "VIX", "--columns", "value=CLOSE"];
    expect(tickbook(...args)).toMatchObject({ status: 2, stderr: expect.stringContaining("--lag 1d") });
    expect(tickbook(...args, "--lag", "1d").stdout).toContain("VIX series from csv: 1 rows");
    const checked = tickbook("check", "csv", "BTC/USDT", "trades");
    expect(checked.stdout).toMatch(/kept, look\s+1 gaps\s+Gaps in the numbers of trades/);
    expect(tickbook("check", "csv", "BTC/USDT", "trades", "--chart", "x.html")).toMatchObject({ status: 2 });
  }, 40_000);

  it.each([
    [["import", "x.csv", "--kind", "trade", "--symbol", "A/B"], "(cli.bad-option)"],
    [["import", "x.csv", "--kind", "trades"], "--symbol"],
    [["import", "x.csv", ...INSTRUMENT, "--format", "excel"], "(cli.bad-option)"],
    [["import", "x.csv", ...INSTRUMENT, "--fix", "everything"], "(data.unknown-fix)"],
    [["import", "x.csv", ...INSTRUMENT, "--columns", "time"], "(data.bad-columns)"],
    [["import", "no-such-*.csv", ...INSTRUMENT], "(data.bad-file)"],
    [["import", "x.csv", "--symbol", "BTC/USDT", "--timeframe", "1h", "--lot", "1"], "--tick"],
    [["record", "BTC/USDT", "--from", "binance", "--kinds", "candles"], "(cli.bad-option)"],
    [["record", "BTC/USDT", "--from", "kraken"], "(cli.bad-option)"],
    [["record", "BTC/USDT", "--from", "binance", "--for", "soon"], "(core.bad-timeframe)"],
    [["fetch", "BTC/USD", "trades", "--from", "coinbase"], "(data.no-history)"],
  ])(
    "refuses %j",
    (args, seen) => {
      const { tickbook } = workplace();
      const { status, stderr } = tickbook(...args);
      expect(stderr).toContain(seen);
      expect(stderr).not.toMatch(/\n\s+at /);
      expect(status).toBe(2);
    },
    20_000,
  );
});

describe("tickbook data record", () => {
  it.each([
    ["an interrupt", [], "SIGINT" as const],
    ["the time that was given", ["--for", "2s"], undefined],
  ])(
    "ends in order at %s, with all that it was told in the store",
    async (_, more, signal) => {
      const { folder } = workplace();
      const market = await startMarketServer(9);
      const args = [
        "data",
        "record",
        "BTC/USDT",
        "--from",
        "binance",
        "--origin",
        market.origin,
        "--json",
        ...more,
      ];
      const child = spawn(process.execPath, [join(ROOT, "kernel/cli/tickbook.mjs"), ...args], {
        cwd: folder,
        stdio: ["ignore", "pipe", "inherit"],
      });
      try {
        let text = "";
        child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        const exit = once(child, "exit");
        for (let i = 0; i < 500 && market.snapshots === 0; i++)
          await new Promise((resolve) => setTimeout(resolve, 20));
        await new Promise((resolve) => setTimeout(resolve, 800));
        if (signal) child.kill(signal);
        expect(await exit).toEqual([0, null]);
        const { recorded, reports } = JSON.parse(text) as {
          recorded: Record<string, { rows: number; gaps: number }>;
          reports: { kind: string; rows: number }[];
        };
        expect(reports.map(({ kind, rows }) => [kind, rows])).toEqual([
          ["trades", recorded.trades!.rows],
          ["depth", recorded.depth!.rows],
        ]);
        expect(recorded.depth).toMatchObject({ gaps: 0 });
        expect(recorded.depth!.rows).toBeGreaterThan(100);
      } finally {
        child.kill("SIGKILL");
        await market.close();
      }
    },
    20_000,
  );
});
