import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createRng } from "#core";
import { openStore } from "#data";
import { temporaryFolder } from "../../../../temporary-folder.ts";
import { ROOT } from "../../../../tidy/sources.ts";
import { candlesAt, candlesFromColumns, times } from "../../candles.ts";
import { startHistoryServer } from "./history-server.ts";

const MINUTE = 60_000;
const SEED = 11;

it(`a fetch that is killed again and again asks for no page twice but the one it was at (seed ${SEED})`, async () => {
  const rng = createRng(SEED);
  const candles = candlesAt(times(25_000, MINUTE)).filter((_, i) => i < 7000 || i > 7100);
  const server = await startHistoryServer({ candles, stepMs: MINUTE });
  const home = temporaryFolder();
  const until = new Date(candles.at(-1)![0] + MINUTE).toISOString();
  const args = ["data", "fetch", "BTC/USDT", "1m", "--from", "binance", "--since", "2020", "--until", until];
  const run = () =>
    spawn(
      process.execPath,
      [join(ROOT, "kernel/cli/tickbook.mjs"), ...args, "--home", home, "--origin", server.origin],
      {
        env: { ...process.env, TICKBOOK_SKIP_BUILD: "1" },
        stdio: ["ignore", "ignore", "inherit"],
      },
    );
  let kills = 0;
  try {
    for (;;) {
      const child = run();
      const exit = once(child, "exit") as Promise<[number | null]>;
      const seen = server.requests.length;
      const most = seen + 2 + rng.nextInt(6);
      const timer = setInterval(() => {
        if (kills < 4 && server.requests.length >= most) child.kill("SIGKILL");
      }, 2);
      const [code] = await exit;
      clearInterval(timer);
      child.kill("SIGKILL");
      if (code !== null) {
        expect(code).toBe(0);
        break;
      }
      kills++;
    }
    expect(kills).toBe(4);
    const starts = server.requests.map((url) => url.searchParams.get("startTime"));
    const repeated = starts.length - new Set(starts).size;
    // The page on its way, and the candle held back until the next page shows that it is closed.
    expect(repeated).toBeLessThanOrEqual(2 * kills);
    expect(starts.length).toBeLessThanOrEqual(26 + 2 * kills);
    const store = openStore(join(home, "data"));
    const bars = await store.read({ source: "binance", symbol: "BTC/USDT", timeframe: "1m" });
    expect(candlesFromColumns(bars)).toEqual(candles);
    await store.close();
  } finally {
    await server.close();
  }
}, 40_000);
