/** What a notebook reads of the store: every kind, as a table of Arquero, of danfojs, as Arrow, by SQL; and what is recorded. */
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { silentProgress } from "#core";
import { openStore } from "#data";
import { type RunFact, registerSession } from "#session";
import * as door from "../../../../kernel/session/api.ts";
import { tableViewOf } from "../../../../kernel/session/display/table.ts";
import { BTC, candlesAt, columnsFromCandles, HOUR, times } from "../../../lib/data/candles.ts";
import { temporaryFolder } from "../../../temporary-folder.ts";
import { ROOT } from "../../../tidy/sources.ts";

const START = Date.UTC(2023, 11, 31);
const candles = candlesAt(times(100, HOUR, START));
const facts: RunFact[] = [];

beforeEach(async () => {
  const home = temporaryFolder();
  facts.length = 0;
  const record = (fact: RunFact) => {
    facts.push(fact);
  };
  registerSession({
    root: join(ROOT, "notebooks"),
    home,
    display: () => {},
    startProgress: silentProgress,
    record,
  });
  const store = openStore(join(home, "data"));
  try {
    const meta = { instrument: BTC, timeframe: "1h", checks: [] };
    // The same rows from two sources have one hash.
    for (const source of ["binance", "csv"])
      await store.write({ ...meta, source }, columnsFromCandles(candles));
    const rate = { time: Float64Array.of(START, START + 8 * HOUR), rate: Float64Array.of(1e-4, -2e-4) };
    await store.writeTable({ source: "binance", symbol: "BTC/USDT", kind: "funding", checks: [] }, rate);
  } finally {
    await store.close();
  }
});

describe("stored data in a notebook", () => {
  it("comes by kind, source and range, and is recorded under its own source", async () => {
    const bars = await door.bars("BTC/USDT", "1h", { from: "csv", since: "2024", until: "2024-01-01" });
    expect([bars.length, bars.time[0]]).toEqual([24, Date.UTC(2024, 0, 1)]);
    const funding = await door.funding("BTC/USDT", { from: "binance", shared: true });
    expect([...funding.rate]).toEqual([1e-4, -2e-4]);
    expect(funding.rate.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(facts.map(({ value }) => value)).toMatchObject([
      { source: "csv", kind: "1h", hash: bars.hash, rows: 100 },
      { source: "binance", kind: "funding", hash: funding.hash },
    ]);
    for (const read of [door.trades, door.quotes, door.depth, door.series])
      await expect(read("BTC/USDT", { from: "binance" })).rejects.toMatchObject({
        code: "data.unknown-dataset",
      });
    await expect(door.funding("BTC/USDT", {} as never)).rejects.toMatchObject({
      code: "data.unknown-dataset",
    });
  });

  it("answers SQL with a table that a notebook shows, and records what was read", async () => {
    const table = await door.sql('select time, close from binance."BTC/USDT"."1h" where volume > 0 limit 3');
    expect([table.numRows(), table.columnNames()]).toEqual([3, ["time", "close"]]);
    expect(tableViewOf(table)).toMatchObject({ rows: 3, columns: ["time", "close"] });
    expect(facts).toMatchObject([{ kind: "data", value: { source: "binance", kind: "1h" } }]);
  });

  it("turns into Arquero, Arrow and danfojs, number for number", async () => {
    const bars = await door.bars("BTC/USDT", "1h", { from: "csv" });
    const table = await door.toArquero(bars);
    expect(table.columnNames()).toEqual(["time", "open", "high", "low", "close", "volume"]);
    expect([...table.array("close")]).toEqual([...bars.close]);
    const bytes = await door.toArrow({ ...bars, low: bars.low.with(3, Number.NaN) });
    expect(Buffer.from(bytes.subarray(0, 6)).toString()).toBe("ARROW1");
    const { fromArrow } = await import("arquero");
    const again = fromArrow(bytes);
    expect([...again.array("low")]).toEqual([...bars.low.with(3, Number.NaN)]);
    expect([...again.array("time")]).toEqual([...bars.time]);
    const frame = (await door.toDanfo(bars)) as { columns: string[]; shape: number[]; values: number[][] };
    expect(frame.columns).toEqual(table.columnNames());
    expect(frame.values[7]).toEqual(candles[7]);
  });

  it("says what is missing", async () => {
    for (const value of [{}, { a: 1 }, { a: [1], b: [1, 2] }])
      await expect(door.toArquero(value)).rejects.toMatchObject({ code: "session.no-columns" });
    registerSession({
      root: temporaryFolder(),
      home: temporaryFolder(),
      display: () => {},
      startProgress: silentProgress,
      record: () => {},
    });
    await expect(door.toDanfo({ a: [1] })).rejects.toMatchObject({ code: "session.package-missing" });
  });
});

describe("bars made from stored ones", () => {
  it("longer bars hold what the shorter ones did, under a hash of their own", async () => {
    const bars = await door.bars("BTC/USDT", "1h", { from: "csv" });
    const longer = door.resample(bars, "4h");
    expect([longer.timeframe, longer.timeframeMs, longer.length]).toEqual(["4h", 4 * HOUR, 25]);
    for (let i = 0; i < longer.length; i++) {
      const part = (column: "high" | "low" | "volume") => [...bars[column].subarray(4 * i, 4 * i + 4)];
      expect(longer.open[i]).toBe(bars.open[4 * i]);
      expect(longer.close[i]).toBe(bars.close[4 * i + 3]);
      expect(longer.high[i]).toBe(Math.max(...part("high")));
      expect(longer.low[i]).toBe(Math.min(...part("low")));
      expect(longer.volume[i]).toBeCloseTo(
        part("volume").reduce((sum, value) => sum + value, 0),
        9,
      );
    }
    expect(longer.hash).not.toBe(bars.hash);
    expect(door.resample(bars, "4h").hash).toBe(longer.hash);
    expect(() => door.resample(bars, "90m")).toThrow();
  });

  it("adjusted bars know the splits stored beside them, and are not the raw ones", async () => {
    const store = openStore(join((await import("#session")).registeredSession()!.home, "data"));
    try {
      const split = {
        time: Float64Array.of(START + 50 * HOUR),
        published: Float64Array.of(START),
        value: Float64Array.of(2),
      };
      await store.writeTable({ source: "csv", symbol: "BTC/USDT:split", kind: "series", checks: [] }, split);
    } finally {
      await store.close();
    }
    const raw = await door.bars("BTC/USDT", "1h", { from: "csv" });
    const adjusted = await door.bars("BTC/USDT", "1h", { from: "csv", adjust: "splits" });
    expect(adjusted.close[10]).toBeCloseTo(raw.close[10]! / 2, 9);
    expect(adjusted.close[60]).toBe(raw.close[60]);
    expect(adjusted.hash).not.toBe(raw.hash);
  });
});
