import { join } from "node:path";
import { expect, it } from "vitest";
import { createRng, silentProgress } from "#core";
import { fetchHistory, openStore, recordMarket } from "#data";
import { binanceRecorder, ccxtHistory } from "#venue";
import { BTC, barsOf, exchangeOf, type Row, START } from "../../../../kernel/exchange/fixtures.ts";
import { temporaryFolder } from "../../../../temporary-folder.ts";

const MINUTE = 60_000;
const KEY = { source: "binance", symbol: "BTC/USDT" } as const;

it("the simulated exchange is recorded and fetched: the same trades both ways, and its book without a gap", async () => {
  const rng = createRng(17);
  let close = 10_000;
  const rows = Array.from({ length: 600 }, (): Row => {
    const open = close;
    close += rng.nextInt(41) - 20;
    return [open, Math.max(open, close) + 3, Math.min(open, close) - 3, close, 400 + rng.nextInt(400)];
  });
  const bars = barsOf(BTC, rows, MINUTE);
  const exchange = await exchangeOf({
    bars: [bars],
    from: START + 100 * MINUTE,
    pace: { kind: "paced", speed: 6000 },
  });
  const store = openStore(temporaryFolder());
  const stop = new AbortController();
  const options = { store, symbol: "BTC/USDT", startProgress: silentProgress };
  const recording = recordMarket({
    ...options,
    recorder: binanceRecorder({ origin: exchange.origin }),
    folder: join(temporaryFolder(), "record"),
    kinds: ["trades", "depth"],
    flushMs: 400,
    signal: stop.signal,
  });
  await exchange.done;
  stop.abort();
  const { kinds } = await recording;
  expect([kinds.trades!.gaps, kinds.depth!.gaps]).toEqual([0, 0]);
  const recorded = await store.readTable({ ...KEY, kind: "trades" });
  const depth = await store.readTable({ ...KEY, kind: "depth" });
  expect(recorded.length).toBeGreaterThan(500);
  expect(depth.length).toBeGreaterThan(500);
  expect([...recorded.id]).toEqual(Array.from(recorded.id, (_, i) => recorded.id[0]! + i));
  // Fetched into the same dataset nothing new comes but what was traded before the recording.
  const source = ccxtHistory({ exchange: "binance", origin: exchange.origin });
  const range = { from: START, to: START + 700 * MINUTE, now: Date.now(), source };
  await fetchHistory({ ...options, ...range, kind: "trades", folder: join(temporaryFolder(), "fetch") });
  const all = await store.readTable({ ...KEY, kind: "trades" });
  expect([...all.id]).toEqual(Array.from({ length: 2000 }, (_, i) => i + 1));
  // The time of receipt, which history does not have, stays.
  const first = recorded.id[0]! - 1;
  expect([...all.received.subarray(first, first + recorded.length)]).toEqual([...recorded.received]);
  await fetchHistory({
    ...options,
    ...range,
    kind: "candles",
    timeframe: "1m",
    folder: join(temporaryFolder(), "candles"),
  });
  const candles = await store.read({ ...KEY, timeframe: "1m" });
  expect([...candles.close.subarray(0, 598)]).toEqual([...bars.close.subarray(0, 598)]);
  await source.close();
  await store.close();
}, 30_000);
