import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { createRng, silentProgress } from "#core";
import { fetchHistory, openStore, type Store } from "#data";
import type { HistoryKind, HistorySource, RawCandle } from "#model";
import { ccxtHistory } from "#venue";
import { temporaryFolder } from "../../../../temporary-folder.ts";
import { candlesAt, candlesFromColumns, HOUR, times } from "../../candles.ts";
import {
  type Fault,
  type History,
  type HistoryServer,
  startHistoryServer,
  type Trade,
} from "./history-server.ts";

const START = Date.UTC(2020, 0, 1);
const NOW = Date.UTC(2026, 0, 1);
/** 2,500 hours with three gaps. */
const candles = candlesAt(times(2500, HOUR)).filter(
  (_, i) => i !== 5 && (i < 1200 || i > 1233) && (i < 2000 || i > 2003),
);
const END = candles.at(-1)![0] + HOUR;
const KEY = { source: "binance", symbol: "BTC/USDT", timeframe: "1h" };
let closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.reverse()) await close();
  closing = [];
});

async function start(history: History) {
  const server = await startHistoryServer(history);
  const home = temporaryFolder();
  const store = openStore(home);
  const source = ccxtHistory({ exchange: "binance", origin: server.origin });
  // Unchanged but for the pause between two requests, which real exchanges want.
  closing.push(
    server.close,
    () => store.close(),
    () => source.close(),
  );
  return { server, store, home, source, folder: join(temporaryFolder(), "fetch") };
}

type World = Awaited<ReturnType<typeof start>>;

const fetchCandles = ({ store, source, folder }: World, from: number, to: number, more: object = {}) =>
  fetchHistory({
    ...{ source, store, folder, symbol: "BTC/USDT", kind: "candles" as const, timeframe: "1h", from, to },
    ...{ now: NOW, startProgress: silentProgress },
    ...more,
  });

const fetchTable = (
  { store, source, folder }: World,
  kind: HistoryKind,
  symbol: string,
  from: number,
  to: number,
) => fetchHistory({ source, store, folder, symbol, kind, from, to, now: NOW, startProgress: silentProgress });

async function storedCandles(store: Store): Promise<RawCandle[]> {
  return candlesFromColumns(await store.read(KEY));
}

const ranges = (server: HistoryServer) =>
  server.requests.map((url) => Number(url.searchParams.get("startTime")));

describe("candles", () => {
  it("asks once for a range, gaps included, and then never again", async () => {
    const world = await start({ candles });
    const first = await fetchCandles(world, START, END);
    expect(await storedCandles(world.store)).toEqual(candles);
    expect(first.rows).toBe(candles.length);
    expect(first.report.checks.find(({ name }) => name === "Gaps")).toMatchObject({ found: 3 });
    const asked = world.server.requests.length;
    const again = await fetchCandles(world, START, END);
    expect(world.server.requests.length).toBe(asked);
    expect(again).toMatchObject({ rows: 0, pages: 0, version: { hash: first.version.hash } });
  });

  it("asks for what is missing only: before, behind and between", async () => {
    const world = await start({ candles });
    await fetchCandles(world, candles[500]![0], candles[600]![0]);
    await fetchCandles(world, candles[800]![0], candles[900]![0]);
    world.server.requests.length = 0;
    await fetchCandles(world, candles[400]![0], candles[1000]![0]);
    expect(ranges(world.server)).toEqual([400, 600, 900].map((i) => candles[i]![0]));
    expect(await storedCandles(world.store)).toEqual(candles.slice(400, 1000));
  });

  it("asks again for a young stretch that had nothing, and never for an old one", async () => {
    const world = await start({ candles });
    const now = END + HOUR;
    await fetchCandles(world, candles[2400]![0], END + 10 * HOUR, { now });
    world.server.requests.length = 0;
    await fetchCandles(world, candles[2400]![0], END + 10 * HOUR, { now });
    expect(world.server.requests.length).toBeGreaterThan(0);
    expect(ranges(world.server).every((from) => from >= END - HOUR)).toBe(true);
    await fetchCandles(world, candles[2400]![0], END + 10 * HOUR, { now: NOW });
    world.server.requests.length = 0;
    await fetchCandles(world, candles[2400]![0], END + 10 * HOUR, { now: NOW });
    // The last candle may have been open when it was asked for, so it is not known yet.
    expect(ranges(world.server).every((from) => from >= END - HOUR)).toBe(true);
  });

  it("keeps what came before an error, and goes on from there", async () => {
    const world = await start({ candles });
    const down: Fault = { kind: "status", status: 400, body: { code: -1100, msg: "Illegal characters." } };
    world.server.faults.push(undefined, down);
    await expect(fetchCandles(world, START, END)).rejects.toMatchObject({ code: "venue.refused" });
    const kept = await storedCandles(world.store);
    expect(kept).toEqual(candles.slice(0, 999));
    world.server.requests.length = 0;
    await fetchCandles(world, START, END);
    expect(ranges(world.server)[0]).toBe(kept.at(-1)![0] + HOUR);
    expect(await storedCandles(world.store)).toEqual(candles);
  });

  it("leaves an exchange alone that bans for long, and refuses a range that ends before it begins", async () => {
    const world = await start({ candles });
    await fetchCandles(world, candles[0]![0], candles[10]![0]);
    world.server.requests.length = 0;
    world.server.faults.push(...Array<Fault>(9).fill({ kind: "status", status: 418, retryAfter: "7200" }));
    const banned = fetchCandles(world, START, END);
    await expect(banned).rejects.toMatchObject({ code: "venue.unreachable", fields: { waitMs: 72e5 } });
    expect(world.server.requests.length).toBe(1);
    await expect(fetchCandles(world, END, START)).rejects.toMatchObject({ code: "data.no-rows" });
  });

  it("mends damaged rows when it asks again, and reports the dataset of its own source", async () => {
    const world = await start({ candles });
    const { version, report } = await fetchCandles(world, START, END);
    const columns = await world.store.read(KEY);
    const meta = { source: "another", instrument: columns.instrument, timeframe: "1h", checks: [] };
    expect((await world.store.write(meta, columns)).hash).toBe(version.hash);
    const parts = join(world.home, "binance", "BTC-USDT", "1h", "parts");
    const part = join(parts, readdirSync(parts)[0]!);
    writeFileSync(part, readFileSync(part).subarray(0, 500));
    await expect(world.store.read(KEY)).rejects.toMatchObject({ code: "data.damaged" });
    const again = await fetchCandles(world, START, END, { isAgain: true });
    expect(again.report).toMatchObject({ source: "binance", hash: version.hash, checks: report.checks });
    expect(await storedCandles(world.store)).toEqual(candles);
  });

  it.each<[string, Fault[]]>([
    ["429 with Retry-After", [{ kind: "status", status: 429, retryAfter: "0" }]],
    [
      "418 with Retry-After, ten times",
      Array<Fault>(10).fill({ kind: "status", status: 418, retryAfter: "0" }),
    ],
    ["503 twice", Array<Fault>(2).fill({ kind: "status", status: 503 })],
    ["a connection that ends", [{ kind: "drop" }]],
    ["an answer that is cut", [{ kind: "cut" }]],
  ])("bears %s", async (_, faults) => {
    const world = await start({ candles });
    world.server.faults.push(...faults);
    await fetchCandles(world, START, END);
    expect(await storedCandles(world.store)).toEqual(candles);
  });

  it("with --again takes the exchange's new answer", async () => {
    const changed = [...candles];
    const world = await start({ candles: changed });
    const { version } = await fetchCandles(world, START, END);
    const [time, open, high, low, close] = changed[77]!;
    changed[77] = [time, open, high, low, close, 4242];
    expect((await fetchCandles(world, START, END)).version.hash).toBe(version.hash);
    await fetchCandles(world, START, END, { isAgain: true });
    expect(await storedCandles(world.store)).toEqual(changed);
  });

  it("is not stopped for ever by a bar that no market makes", async () => {
    const [time, open, , low, close, volume] = candles[1500]!;
    const bad: RawCandle = [time, open, low / 2, low, close, volume];
    const world = await start({ candles: candles.with(1500, bad) });
    await expect(fetchCandles(world, START, END)).rejects.toMatchObject({ code: "data.impossible-bar" });
    const asked = world.server.requests.length;
    const { report } = await fetchCandles(world, START, END, { fixes: ["impossible"] });
    // The pages had come; only the rule was missing.
    expect(world.server.requests.length).toBe(asked);
    expect(report.checks[0]).toMatchObject({ name: expect.stringContaining("Fix impossible"), found: 1 });
    expect(await storedCandles(world.store)).toEqual(candles.filter((_, i) => i !== 1500));
    expect(readFileSync(join(world.folder, "removed.csv"), "utf8")).toBe(`impossible,${bad.join(",")}\n`);
  });

  it("refuses a second fetch of the same dataset at the same time", async () => {
    const world = await start({ candles });
    const both = await Promise.allSettled([fetchCandles(world, START, END), fetchCandles(world, START, END)]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await storedCandles(world.store)).toEqual(candles);
  });

  it("says that there is nothing", async () => {
    const world = await start({ candles: [] });
    await expect(fetchCandles(world, START, END)).rejects.toMatchObject({ code: "data.no-rows" });
  });
});

describe("any order of ranges and failures", () => {
  it("ends with all rows, each stretch asked for once", async () => {
    const rows = candlesAt(times(300, HOUR)).filter((_, i) => i % 37 !== 0);
    const property = fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 299 }), fc.integer({ min: 1, max: 120 }), fc.boolean()), {
        minLength: 1,
        maxLength: 6,
      }),
      async (runs) => {
        const store = openStore(temporaryFolder());
        const folder = join(temporaryFolder(), "fetch");
        const asked = new Map<number, number>();
        let failing = false;
        // The store's side alone: a source in memory that pages by 40 and fails on its second page.
        const source: HistorySource = {
          name: "binance",
          instrument: async () => (await import("../../candles.ts")).BTC,
          async *pages({ from, to }) {
            for (let at = from, page = 0; at < to; at += 40 * HOUR, page++) {
              if (failing && page === 1) throw new Error("lost");
              const end = Math.min(to, at + 40 * HOUR);
              for (let t = at; t < end; t += HOUR) asked.set(t, (asked.get(t) ?? 0) + 1);
              const found = rows.filter(([time]) => time >= at && time < end);
              const column = (k: number) => Float64Array.from(found, (row) => row[k]!);
              const columns = {
                time: column(0),
                open: column(1),
                high: column(2),
                low: column(3),
                close: column(4),
                volume: column(5),
              };
              yield { from: at, to: end, columns } as never;
            }
          },
          close: async () => {},
        };
        const world = { store, source, folder } as unknown as World;
        const wanted = new Set<number>();
        for (const [first, count, fails] of runs) {
          failing = fails;
          const [from, to] = [START + first * HOUR, START + (first + count) * HOUR];
          await fetchCandles(world, from, to).catch(() => {});
          failing = false;
          await fetchCandles(world, from, to).catch(() => {});
          for (let t = from; t < to; t += HOUR) wanted.add(t);
        }
        const expected = rows.filter(([time]) => wanted.has(time));
        const stored = expected.length === 0 ? [] : await storedCandles(store);
        expect(stored).toEqual(expected);
        if (expected.length > 0) {
          expect(Math.max(...expected.map(([time]) => asked.get(time)!))).toBe(1);
        }
        await store.close();
      },
    );
    await fc.assert(property, { numRuns: 6 });
  });
});

describe("trades", () => {
  const rng = createRng(7);
  // Bursts of one millisecond across pages, quiet hours, and one number left out.
  const trades: Trade[] = [];
  for (let id = 100, time = START + 5 * HOUR; trades.length < 5200; id++) {
    if (id === 3000) continue;
    time += id > 1050 && id < 1150 ? 0 : id === 2500 ? 7 * HOUR : rng.nextInt(900);
    trades.push({
      id,
      time,
      price: (100 + rng.nextInt(500) / 100).toFixed(2),
      quantity: "0.5",
      isSale: rng.nextInt(2) === 0,
    });
  }
  const end = trades.at(-1)!.time + HOUR;

  it("come whole, each once, also where a page ends in the middle of a millisecond", async () => {
    const world = await start({ trades });
    const middle = trades[2000]!.time + 1;
    await fetchTable(world, "trades", "BTC/USDT", START, middle);
    await fetchTable(world, "trades", "BTC/USDT", START, end);
    const stored = await world.store.readTable({ source: "binance", symbol: "BTC/USDT", kind: "trades" });
    expect([...stored.id]).toEqual(trades.map(({ id }) => id));
    expect([...stored.time]).toEqual(trades.map(({ time }) => time));
    expect([...stored.price]).toEqual(trades.map(({ price }) => Number(price)));
    expect([...stored.side]).toEqual(trades.map(({ isSale }) => (isSale ? -1 : 1)));
    const asked = world.server.requests.length;
    const again = await fetchTable(world, "trades", "BTC/USDT", START, end);
    expect(again.rows).toBe(0);
    expect(world.server.requests.length).toBe(asked);
    expect(again.report.checks.find(({ name }) => name.startsWith("Gaps"))).toMatchObject({ found: 1 });
  });
});

describe("funding", () => {
  const funding = Array.from(
    { length: 1500 },
    (_, i) => [START + i * 8 * HOUR + (i % 3), String((i % 7) / 10_000)] as const,
  );

  it("comes whole, for a perpetual future only", async () => {
    const world = await start({ funding });
    await fetchTable(world, "funding", "BTC/USDT:USDT", START, START + 12_000 * HOUR);
    const stored = await world.store.readTable({
      source: "binance",
      symbol: "BTC/USDT:USDT",
      kind: "funding",
    });
    expect([...stored.time]).toEqual(funding.map(([time]) => time));
    expect([...stored.rate]).toEqual(funding.map(([, rate]) => Number(rate)));
    await expect(fetchTable(world, "funding", "BTC/USDT", START, END)).rejects.toMatchObject({
      code: "data.unknown-symbol",
    });
    const coinbase = ccxtHistory({ exchange: "coinbase", origin: world.server.origin });
    closing.push(() => coinbase.close());
    await expect(coinbase.instrument("BTC/USD", "funding")).rejects.toMatchObject({
      code: "data.no-history",
    });
  });
});
