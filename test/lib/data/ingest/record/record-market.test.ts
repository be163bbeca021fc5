import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { silentProgress } from "#core";
import { openStore, recordMarket, type Store, type StoredTable } from "#data";
import { binanceRecorder } from "#venue";
import { temporaryFolder } from "../../../../temporary-folder.ts";
import { ROOT } from "../../../../tidy/sources.ts";
import { type MarketServer, startMarketServer } from "./market-server.ts";

const KEY = { source: "binance", symbol: "BTC/USDT" } as const;
let server: MarketServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (condition()) return;
    await pause(20);
  }
  throw new Error(`it did not happen in ten seconds: ${what}`);
}

function begin(market: MarketServer, store: Store, folder = join(temporaryFolder(), "record")) {
  const stop = new AbortController();
  const done = recordMarket({
    recorder: binanceRecorder({ origin: market.origin }),
    store,
    folder,
    symbol: "BTC/USDT",
    kinds: ["trades", "depth"],
    flushMs: 300,
    signal: stop.signal,
    startProgress: silentProgress,
  });
  return { stop, done };
}

/** Replays by Binance's rule. @returns messages, gaps that nothing explains, and the book at the end against the exchange's own. */
function replay(depth: StoredTable<"depth">, market: MarketServer) {
  const book = new Map<string, number>();
  let [last, messages, gaps, wrong] = [Number.NaN, 0, 0, 0];
  let isSnapshot = false;
  for (let i = 0; i < depth.length; ) {
    const [first, id] = [depth.firstId[i]!, depth.lastId[i]!];
    const isNew = depth.snapshot[i] === 1;
    if (isNew) book.clear();
    else if (isSnapshot ? first > last + 1 : first !== last + 1) gaps++;
    for (; i < depth.length && depth.firstId[i] === first && depth.lastId[i] === id; i++) {
      const key = `${depth.side[i]} ${depth.price[i]}`;
      if (depth.quantity[i] === 0) book.delete(key);
      else book.set(key, depth.quantity[i]!);
    }
    [last, isSnapshot] = [id, isNew];
    messages++;
    const truth = market.bookAt(id);
    if (
      truth &&
      (truth.size !== book.size || [...truth].some(([key, quantity]) => book.get(key) !== quantity))
    )
      wrong++;
  }
  return { messages, gaps, wrong };
}

function expectTrue(trades: StoredTable<"trades">, market: MarketServer): void {
  const ids = [...trades.id];
  expect(ids).toEqual(Array.from(ids, (_, i) => ids[0]! + i));
  for (let i = 0; i < ids.length; i++) {
    const { time, price, quantity, side } = market.trades[ids[i]! - 1]!;
    expect([trades.time[i], trades.price[i], trades.quantity[i], trades.side[i]]).toEqual([
      time,
      price,
      quantity,
      side,
    ]);
  }
}

it("keeps every message, finds what the stream left out, and survives a lost connection", async () => {
  const market = await startMarketServer(3);
  server = market;
  const store = openStore(temporaryFolder());
  const { stop, done } = begin(market, store);
  await until(() => market.snapshots >= 1 && market.trades.length > 20, "a snapshot");
  await pause(300);
  market.skip(5);
  await until(() => market.snapshots >= 2, "a snapshot after the gap");
  await pause(300);
  const before = market.connections;
  market.drop();
  await until(
    () => market.connections > before && market.snapshots >= 3,
    "a snapshot after the reconnection",
  );
  await pause(600);
  stop.abort();
  const { kinds, lost, versions } = await done;
  expect(kinds.depth!.gaps).toBe(1);
  expect(kinds.trades!.gaps).toBe(0);
  expect(lost).toBeGreaterThan(0);
  const depth = await store.readTable({ ...KEY, kind: "depth" });
  const trades = await store.readTable({ ...KEY, kind: "trades" });
  expect(depth.length).toBe(kinds.depth!.rows);
  const { messages, gaps, wrong } = replay(depth, market);
  expect([gaps, wrong]).toEqual([0, 0]);
  expect(messages).toBeGreaterThan(40);
  expect(new Set(depth.snapshot).size).toBe(2);
  expectTrue(trades, market);
  // Those that were asked for have no time of receipt, all others one that is not before the exchange's.
  const received = [...trades.received].filter((time) => !Number.isNaN(time));
  expect(received.length).toBeGreaterThan(0);
  expect(received.length).toBeLessThan(trades.length);
  expect(depth.received.every((time, i) => depth.snapshot[i] === 1 || time >= depth.time[i]!)).toBe(true);
  const reports = await Promise.all(versions.map(({ hash }) => store.report(hash)));
  const checks = reports.flatMap((report) => report.checks);
  expect(checks.find(({ name }) => name.startsWith("Messages of the book that were lost"))).toMatchObject({
    found: 1,
    verdict: "kept, look",
  });
  await store.close();
}, 20_000);

it("refuses a symbol that the exchange does not have", async () => {
  server = await startMarketServer(4);
  const store = openStore(temporaryFolder());
  const recording = recordMarket({
    recorder: binanceRecorder({ origin: server.origin }),
    store,
    folder: join(temporaryFolder(), "record"),
    symbol: "BTC/USD",
    kinds: ["depth"],
    signal: new AbortController().signal,
    startProgress: silentProgress,
  });
  await expect(recording).rejects.toMatchObject({ code: "data.unknown-symbol" });
  await store.close();
});

it("killed, it loses at most the message that it was writing", async () => {
  const market = await startMarketServer(5);
  server = market;
  const home = temporaryFolder();
  const args = [
    "data",
    "record",
    "BTC/USDT",
    "--from",
    "binance",
    "--every",
    "60s",
    "--home",
    home,
    "--origin",
    market.origin,
  ];
  const child = spawn(process.execPath, [join(ROOT, "kernel/cli/tickbook.mjs"), ...args], {
    env: { ...process.env, TICKBOOK_SKIP_BUILD: "1" },
    stdio: "ignore",
  });
  try {
    await until(() => market.snapshots >= 1, "a snapshot");
    await pause(1000);
    child.kill("SIGKILL");
    await once(child, "exit");
  } finally {
    child.kill("SIGKILL");
  }
  const killed = Date.now();
  const store = openStore(join(home, "data"));
  const { stop, done } = begin(
    market,
    store,
    join(home, "record", "binance", encodeURIComponent("BTC/USDT")),
  );
  const snapshots = market.snapshots;
  await until(() => market.snapshots > snapshots, "a new snapshot");
  await pause(300);
  stop.abort();
  await done;
  const trades = await store.readTable({ ...KEY, kind: "trades" });
  // What was traded between the two recordings was asked for.
  expectTrue(trades, market);
  const ids = new Set(trades.id);
  const first = Math.min(...trades.id);
  // A quarter of a second for what was on its way through the sockets.
  const due = market.trades.filter(
    ({ id, sent }) => id >= first && sent !== undefined && sent < killed - 250,
  );
  expect(due.length).toBeGreaterThan(10);
  expect(due.filter(({ id }) => !ids.has(id))).toEqual([]);
  const depth = await store.readTable({ ...KEY, kind: "depth" });
  expect(replay(depth, market)).toMatchObject({ gaps: 0, wrong: 0 });
  await store.close();
}, 20_000);
