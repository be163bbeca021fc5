import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { createRng } from "#core";
import type { RawCandle } from "#model";
import { startBinanceServer } from "../../lib/venue/ccxt/binance-server.ts";
import { ROOT } from "../../tidy/sources.ts";

const folder = mkdtempSync(join(tmpdir(), "tickbook-journey-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The road is built up to here: see `ROAD_ENDS` in kernel/cli/journey.ts. */
const EXIT_ROAD_ENDS = 3;

function journey(...args: string[]): Promise<{ code: number | null; output: string }> {
  const bin = join(ROOT, "kernel/cli/tickbook.mjs");
  const child = spawn(process.execPath, [bin, "journey", ...args], { cwd: folder });
  let output = "";
  child.stdout.on("data", (text) => {
    output += text;
  });
  child.stderr.on("data", (text) => {
    output += text;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
}

function summaryIn(out: string) {
  return JSON.parse(readFileSync(join(folder, out, "summary.json"), "utf8"));
}

it("walks from the S&P 500 file to an out-of-sample backtest, twice at once", async () => {
  const [one, two] = await Promise.all([journey("--out", "one"), journey("--out", "two")]);
  expect(one.output).toContain("stops here");
  expect([one.code, two.code]).toEqual([EXIT_ROAD_ENDS, EXIT_ROAD_ENDS]);
  const summary = summaryIn("one");
  expect(summary.dataRows).toBe(5105);
  expect(summary.modelParityError).toBeLessThanOrEqual(1e-5);
  expect(summary.orders).toBeGreaterThanOrEqual(20);
  expect(existsSync(join(folder, "one", "report.html"))).toBe(true);
  // Seeds, and nothing else, decide what is found.
  const { seconds: _, ...first } = summary;
  const { seconds: __, ...second } = summaryIn("two");
  expect(first).toEqual(second);
}, 120_000);

it("does the same on an exchange's candles", async () => {
  const step = 4 * 36e5;
  const rng = createRng(5);
  const start = Math.floor((Date.now() - 731 * 864e5) / step) * step;
  const candles: RawCandle[] = [];
  let price = 30_000;
  for (let time = start; time < Date.now(); time += step) {
    const close = price * Math.exp(0.01 * rng.nextNormal());
    const high = Math.max(price, close) * (1 + 0.003 * rng.next());
    const low = Math.min(price, close) * (1 - 0.003 * rng.next());
    const cents = (value: number) => Math.round(value * 100) / 100;
    candles.push([time, cents(price), cents(high), cents(low), cents(close), 100 + 900 * rng.next()]);
    price = cents(close);
  }
  const server = await startBinanceServer(candles, step);
  try {
    const { code, output } = await journey(
      "--exchange",
      "binance",
      "--timeframe",
      "4h",
      "--origin",
      server.origin,
      "--out",
      "exchange",
    );
    expect(output).toContain("BTC/USDT 4h from binance");
    expect(code).toBe(EXIT_ROAD_ENDS);
    expect(summaryIn("exchange").dataRows).toBeGreaterThan(4300);
  } finally {
    await server.close();
  }
}, 120_000);

it("an exchange that does not answer stops it with one message and leaves nothing half-written", async () => {
  const server = await startBinanceServer([], 1);
  await server.close();
  const { code, output } = await journey(
    "--exchange",
    "binance",
    "--origin",
    server.origin,
    "--out",
    "nothing",
  );
  expect(output).toContain("(venue.unreachable)");
  expect(code).toBe(1);
  expect(existsSync(join(folder, "nothing", "summary.json"))).toBe(false);
}, 60_000);
