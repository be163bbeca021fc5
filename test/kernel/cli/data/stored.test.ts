/** `tickbook data ls`, `show` and `export`: what they say is what is stored, and what they write reads back the same. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromArrow } from "arquero";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "#data";
import { BTC, candlesAt, columnsFromCandles, HOUR, times } from "../../../lib/data/candles.ts";
import { ROOT } from "../../../tidy/sources.ts";

const folder = mkdtempSync(join(tmpdir(), "tickbook-cli-data-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const DAY = Date.UTC(2024, 7, 8);
const trades = {
  time: Float64Array.of(DAY, DAY + 0.5, DAY + 864e5),
  received: Float64Array.of(Number.NaN, DAY + 3, DAY + 864e5),
  id: Float64Array.of(1, 2, 3),
  price: Float64Array.of(0.1 + 0.2, 1e-9, 5),
  quantity: Float64Array.of(1, 2, 1e21),
  side: Float64Array.of(1, -1, Number.NaN),
};

beforeAll(async () => {
  const store = openStore(join(folder, ".tickbook", "data"));
  const candles = columnsFromCandles(candlesAt(times(50, HOUR, DAY)));
  await store.write({ source: "test", instrument: BTC, timeframe: "1h", checks: [] }, candles);
  await store.writeTable({ source: "test", symbol: "BTC/USDT", kind: "trades", checks: [] }, trades);
  await store.close();
});

function tickbook(...args: string[]) {
  const bin = join(ROOT, "kernel/cli/tickbook.mjs");
  return spawnSync(process.execPath, [bin, "data", ...args], { cwd: folder, encoding: "utf8" });
}

function json(...args: string[]) {
  const { status, stdout, stderr } = tickbook(...args, "--json");
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout);
}

const TRADES = ["test", "BTC/USDT", "trades"];

describe("stored datasets on the command line", () => {
  it("are listed by kind, with rows, span, size and version", () => {
    const list = json("ls");
    expect(list).toMatchObject([
      { source: "test", symbol: "BTC/USDT", kind: "1h", rows: 50 },
      { kind: "trades", rows: 3, from: DAY, to: DAY + 864e5 },
    ]);
    const parts = join(folder, ".tickbook/data/test/BTC-USDT/trades/parts");
    const size = readdirSync(parts).reduce((sum, name) => sum + readFileSync(join(parts, name)).length, 0);
    expect(list[1].bytes).toBe(size);
    expect(tickbook("ls").stdout).toMatch(
      /test +BTC\/USDT +trades +3 +2024-08-08 to 2024-08-09 +\d[\d.,]* k?B +[0-9a-f]{8}\n/,
    );
  });

  it("are shown by name or version: both ends, statistics, periods, a chart", () => {
    const chart = join(folder, "chart.html");
    const shown = json("show", ...TRADES, "--rows", "1", "--chart", chart);
    expect(shown).toMatchObject({
      kind: "trades",
      periods: [
        { period: "2024-08-08", rows: 2 },
        { period: "2024-08-09", rows: 1 },
      ],
      first: [{ time: DAY, price: 0.1 + 0.2 }],
      last: [{ time: DAY + 864e5, price: 5 }],
      chart,
    });
    const price = shown.statistics.find(({ name }: { name: string }) => name === "price");
    expect(price).toMatchObject({ count: 3, missing: 0, min: 1e-9, max: 5 });
    expect(price.mean).toBeCloseTo((0.1 + 0.2 + 1e-9 + 5) / 3, 12);
    expect(readFileSync(chart, "utf8")).toMatch(/<svg [\s\S]*<path d="M/);
    const text = tickbook("show", shown.hash.slice(0, 10)).stdout;
    for (const part of ["BTC/USDT trades from test", "quantity", "2024-08-08", "3 rows", "█"])
      expect(text).toContain(part);
    expect(json("show", "test", "BTC/USDT", "1h", "--rows", "40")).toMatchObject({
      first: { length: 40 },
      last: { length: 10 },
    });
  });

  it("are exported number for number, in the range that is asked for", () => {
    const read = (format: string, ...more: string[]) => {
      const { path, rows } = json("export", ...TRADES, "--to", format, ...more);
      return { rows, bytes: readFileSync(path) };
    };
    const csv = read("csv", "--out", "a.csv").bytes.toString().trimEnd().split("\n");
    expect(csv[0]).toBe("time,received,id,price,quantity,side");
    expect(
      csv.slice(1).map((line) => line.split(",").map((cell) => (cell === "" ? Number.NaN : Number(cell)))),
    ).toEqual([0, 1, 2].map((row) => Object.values(trades).map((column) => column[row])));
    const lines = read("jsonl", "--until", "2024-08-08");
    expect(lines.rows).toBe(2);
    expect(JSON.parse(lines.bytes.toString().split("\n")[1]!)).toMatchObject({
      time: DAY + 0.5,
      received: DAY + 3,
      price: 1e-9,
    });
    expect(JSON.parse(lines.bytes.toString().split("\n")[0]!).received).toBe(null);
    const arrow = read("arrow", "--since", "2024-08-09");
    expect([...fromArrow(arrow.bytes).array("quantity")]).toEqual([1e21]);
    expect(read("parquet").bytes.subarray(0, 4).toString()).toBe("PAR1");
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("leave only their current version after a prune, which reads as before", async () => {
    const store = openStore(join(folder, ".tickbook", "data"));
    const more = {
      ...trades,
      id: Float64Array.of(4, 5, 6),
      time: trades.time.map((time) => time + 10 * 864e5),
    };
    const key = { source: "test", symbol: "PRUNE/USDT", kind: "trades" } as const;
    const first = await store.writeTable({ ...key, checks: [] }, trades);
    const second = await store.writeTable({ ...key, checks: [] }, more);
    await store.close();
    expect(json("prune", key.source, key.symbol, key.kind)).toMatchObject({ removed: 1 });
    expect(json("show", second.hash).rows).toBe(6);
    expect(tickbook("show", first.hash).stderr).toContain("data.unknown-dataset");
    expect(tickbook("prune", key.source, key.symbol, key.kind).stdout).toBe(
      "test PRUNE/USDT trades: 0 older versions removed\n",
    );
  });

  it.each([
    [["show"], "cli.bad-use"],
    [["show", "test", "BTC/USDT"], "cli.bad-use"],
    [["show", "nope"], "data.unknown-dataset"],
    [["export", ...TRADES, "--to", "xls"], "cli.bad-option"],
    [["export", ...TRADES, "--to", "csv", "--since", "2030"], "data.no-rows"],
    [["export", ...TRADES, "--to", "csv", "--out", "no/such/x.csv"], "storage.unwritable"],
    [["export", "test", "BTC/USDT", "quotes", "--to", "csv"], "data.unknown-dataset"],
  ])("%s is refused with a code, and nothing is written", (args, code) => {
    const before = readdirSync(folder);
    const { status, stdout, stderr } = tickbook(...args);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(`(${code})`);
    expect(readdirSync(folder)).toEqual(before);
    expect(existsSync(join(folder, "no"))).toBe(false);
  });
});
