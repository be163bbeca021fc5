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

it("walks from the S&P 500 file to live trading that is proven, twice at once", async () => {
  const [one, two] = await Promise.all([journey("--out", "one"), journey("--out", "two")]);
  expect([one.code, two.code, one.code === 0 ? "" : one.output]).toEqual([0, 0, ""]);
  const summary = summaryIn("one");
  expect(summary).toMatchObject({ parity: true, reconciled: true, replayed: true });
  // Live is the backtest again, float for float.
  expect(summary.live.sharpe).toBe(summary.backtest.sharpe);
  expect([summary.orders, summary.fills]).toEqual([summary.backtest.orders, summary.backtest.fills]);
  expect(summary.dataRows).toBe(5105);
  expect(summary.modelParityError).toBeLessThanOrEqual(1e-5);
  expect(summary.orders).toBeGreaterThanOrEqual(20);
  expect(existsSync(join(folder, "one", "report.html"))).toBe(true);
  // Seeds, and nothing else, decide what is found.
  const facts = ({ seconds: _, live: { journal: __, ...live }, ...rest }: ReturnType<typeof summaryIn>) => ({
    live,
    ...rest,
  });
  expect(facts(summary)).toEqual(facts(summaryIn("two")));
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
    // Binance counts BTC in hundred thousandths.
    const volume = Math.round(1e5 * (100 + 900 * rng.next())) / 1e5;
    candles.push([time, cents(price), cents(high), cents(low), cents(close), volume]);
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
    const summary = summaryIn("exchange");
    expect(summary.dataRows).toBeGreaterThan(4300);
    expect(summary).toMatchObject({ parity: true, reconciled: true, replayed: true });
    // A walk at random may give too few orders to prove anything.
    expect(code).toBe(summary.orders >= 20 ? 0 : 1);
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
