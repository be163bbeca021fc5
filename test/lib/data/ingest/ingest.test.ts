import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fail, type Progress, silentProgress } from "#core";
import { csvSource, ingest, openStore, parquetSource } from "#data";
import type { CandleSource, RawCandle } from "#model";
import { realData } from "../../../real-data.ts";
import { temporaryFolder } from "../../../temporary-folder.ts";
import { BTC, candlesAt, candlesFromColumns, csvText, HOUR, SPX, times } from "../candles.ts";

const rows = candlesAt(times(200, HOUR));
const KEY = { symbol: "BTC/USDT", timeframe: "1h" };

/** A source that gives rows in batches of the stated sizes, then fails if told so. */
function batchSource(given: readonly RawCandle[], sizes: readonly number[], isCut = false): CandleSource {
  return {
    name: "batches",
    instrument: async () => BTC,
    async *candles() {
      for (let start = 0, k = 0; start < given.length; k++) {
        const end = start + sizes[k % sizes.length]!;
        yield given.slice(start, end);
        start = end;
      }
      if (isCut) fail("venue.unreachable", { message: "the connection was lost" });
    },
    close: async () => {},
  };
}

describe("ingest", () => {
  it("gives one version for any sizes of batches", async () => {
    const store = openStore(temporaryFolder());
    const hashes = new Set<string>();
    const property = fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 250 }), { minLength: 1 }),
      async (sizes) => {
        const source = batchSource(rows, sizes);
        const { report, version } = await ingest({ source, store, ...KEY, startProgress: silentProgress });
        hashes.add(version.hash);
        expect(report).toMatchObject({ ...KEY, source: "batches", rows: 200, hash: version.hash });
      },
    );
    await fc.assert(property, { numRuns: 15 });
    expect(hashes.size).toBe(1);
    expect(candlesFromColumns(await store.read({ source: "batches", ...KEY }))).toEqual(rows);
    await store.close();
  });

  it("gives the same version from CSV twice, and reports what it repaired", async () => {
    const folder = temporaryFolder();
    const store = openStore(folder);
    const path = join(folder, "bars.csv");
    writeFileSync(path, csvText([...rows.toReversed(), rows[4]!]));
    const request = { source: csvSource({ path, ...BTC }), store, ...KEY, startProgress: silentProgress };
    const first = await ingest(request);
    expect(await ingest(request)).toEqual(first);
    const repaired = first.report.checks.filter(({ verdict }) => verdict === "repaired");
    expect(repaired.map(({ name, found }) => [name, found])).toEqual([
      ["Out of order", 200],
      ["Duplicate times", 1],
    ]);
    await store.close();
  });

  it("tells how far it is, and ends the line also after an error", async () => {
    const store = openStore(temporaryFolder());
    const told: string[] = [];
    const startProgress = (label: string, total: number): Progress => {
      told.push(`${label}: ${total}`);
      return {
        update: (done, note) => told.push(`${done} ${note}`),
        end: (note) => told.push(`end ${note}`),
      };
    };
    const range = { from: rows[0]![0], to: rows[199]![0] + HOUR };
    await ingest({ source: batchSource(rows, [150]), store, ...KEY, ...range, startProgress });
    expect(told).toEqual([
      "BTC/USDT 1h from batches: 200",
      "150 fetching",
      "200 fetching",
      "200 checking and storing",
      "end 200 rows",
    ]);
    await expect(
      ingest({ source: batchSource([], [1]), store, ...KEY, ...range, startProgress }),
    ).rejects.toMatchObject({ code: "data.no-rows", message: expect.stringContaining("2020-01-01") });
    expect(told.at(-1)).toBe("end stopped");
    await store.close();
  });

  it("changes nothing in the store when the source fails or a row is refused", async () => {
    const store = openStore(temporaryFolder());
    const request = { store, ...KEY, startProgress: silentProgress };
    const { version } = await ingest({ ...request, source: batchSource(rows, [50]) });
    const cut = batchSource(rows.slice(0, 100), [50], true);
    await expect(ingest({ ...request, source: cut })).rejects.toMatchObject({ code: "venue.unreachable" });
    const [time, open, , low, close, volume] = rows[9]!;
    const wrong = batchSource(rows.with(9, [time, open, low - 1, low, close, volume]), [50]);
    await expect(ingest({ ...request, source: wrong })).rejects.toMatchObject({
      code: "data.impossible-bar",
    });
    expect(await store.list()).toEqual([version]);
    await store.close();
  });

  it("refuses a larger rounding than stated", async () => {
    const store = openStore(temporaryFolder());
    const source = batchSource(
      rows.map(([t]): RawCandle => [t, 9.004, 9.004, 9.004, 9.004, 1]),
      [500],
    );
    await expect(
      ingest({ source, store, ...KEY, startProgress: silentProgress, maxCorrection: 0.001 }),
    ).rejects.toMatchObject({ code: "data.rounding-too-large" });
  });

  const spx = realData("equities/sp500-2000.csv");
  const minutes = realData("ohlcv/binance-1m-5m-15m-2025/BTC_USDT-1m.parquet");
  it.runIf(spx && minutes)("stores real data of both kinds and gives it back", async () => {
    const store = openStore(temporaryFolder());
    const request = { store, startProgress: silentProgress };
    const days = await ingest({
      ...request,
      source: csvSource({ path: spx!, ...SPX }),
      symbol: "SPX/USD",
      timeframe: "1d",
    });
    const source = parquetSource({ path: minutes!, ...BTC });
    const ones = await ingest({ ...request, source, symbol: "BTC/USDT", timeframe: "1m" });
    expect([days.version.rows, ones.version.rows]).toEqual([5105, 130_708]);
    expect((await store.read({ source: "parquet", symbol: "BTC/USDT", timeframe: "1m" })).length).toBe(
      130_708,
    );
    const year = { from: Date.UTC(2019, 0, 1), to: Date.UTC(2020, 0, 1) };
    expect((await store.read({ source: "csv", symbol: "SPX/USD", timeframe: "1d", ...year })).length).toBe(
      252,
    );
    await source.close();
    await store.close();
  });
});
