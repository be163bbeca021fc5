import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { silentProgress } from "#core";
import { ingest, openStore } from "#data";
import type { CandleSource, RawCandle } from "#model";
import { ccxtSource } from "#venue";
import { temporaryFolder } from "../../../temporary-folder.ts";
import { candlesAt, candlesFromColumns, HOUR, times } from "../../data/candles.ts";
import { startBinanceServer } from "./binance-server.ts";
import { startCoinbaseServer } from "./coinbase-server.ts";
import type { JsonServer } from "./json-server.ts";

/** 2,500 hours with two gaps: three pages. */
const candles = candlesAt(times(2500, HOUR)).filter((_, i) => i !== 5 && (i < 1200 || i > 1233));
const first = candles[0]![0];
const end = candles.at(-1)![0] + HOUR;
const busy = { code: -1000, msg: "An unknown error occurred while processing the request." };
let server: JsonServer;
let source: CandleSource;

beforeAll(async () => {
  server = await startBinanceServer(candles, HOUR);
  source = ccxtSource({ exchange: "binance", origin: server.origin });
});
beforeEach(() => {
  server.requests.length = 0;
});
afterAll(async () => {
  await source.close();
  await server.close();
});

async function read(
  from: number | undefined,
  to: number | undefined,
  timeframe = "1h",
): Promise<RawCandle[]> {
  const instrument = await source.instrument("BTC/USDT");
  const range = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  const found: RawCandle[] = [];
  for await (const batch of source.candles({ instrument, timeframe, ...range })) found.push(...batch);
  return found;
}

describe("ccxtSource on Binance's protocol", () => {
  it("makes the instrument from the exchange's own steps", async () => {
    expect(await source.instrument("BTC/USDT")).toMatchObject({
      tick: "0.01",
      lot: "0.00001",
      minNotional: "5",
      assetDecimals: 8,
      calendar: "always",
    });
    expect(await source.instrument("PEPE/USDT")).toMatchObject({ tick: "0.00000001", lot: "1" });
    expect(await source.instrument("ETH/BTC")).toMatchObject({
      tick: "0.00001",
      lot: "0.0001",
      assetDecimals: 9,
    });
  });

  it("pages through the whole range, gaps included, with nothing twice", async () => {
    expect(await read(first, end)).toEqual(candles);
    const pages = server.requests.filter((request) => request.startsWith("/api/v3/klines"));
    expect(pages.length).toBe(3);
    expect(server.requests.every((request) => request.startsWith("/api/v3/"))).toBe(true);
  });

  it("gives the candles of any range that ends within the history", async () => {
    expect(await read(candles[3]![0], candles[40]![0])).toEqual(candles.slice(3, 40));
    expect(await read(candles[3]![0] - 1, candles[3]![0] + HOUR)).toEqual([candles[3]]);
    expect(await read(first - 1000 * HOUR, candles[2]![0])).toEqual(candles.slice(0, 2));
  });

  it("leaves out a candle that ends after the range", async () => {
    expect(await read(candles[1000]![0], candles[1010]![0] + HOUR / 2)).toEqual(candles.slice(1000, 1010));
  });

  it("leaves out the last candle there is if the range reaches beyond it: it may be open", async () => {
    expect(await read(candles[2000]![0], end + 1)).toEqual(candles.slice(2000, -1));
    expect(await read(candles[2000]![0], end + 1000 * HOUR)).toEqual(candles.slice(2000, -1));
  });

  it("needs a range", async () => {
    await expect(read(first, undefined)).rejects.toMatchObject({ code: "data.range-needed" });
    await expect(read(undefined, end)).rejects.toMatchObject({ code: "data.range-needed" });
  });

  it("refuses a timeframe that the exchange does not have", async () => {
    await expect(read(first, end, "7h")).rejects.toMatchObject({
      code: "data.bad-timeframe",
      hint: expect.stringContaining("1h, 2h, 4h"),
    });
    await expect(read(first, end, "1M")).rejects.toMatchObject({ code: "data.bad-timeframe" });
  });

  it("suggests a symbol for one that does not exist", async () => {
    await expect(source.instrument("BTC/USD")).rejects.toMatchObject({
      code: "data.unknown-symbol",
      message: "binance has no BTC/USD; did you mean BTC/USDT?",
    });
  });

  it("tries again when the exchange is down for a moment, and gives up after three attempts", async () => {
    await source.instrument("BTC/USDT");
    server.requests.length = 0;
    server.failNext(2, 503, busy);
    expect(await read(first, candles[9]![0])).toEqual(candles.slice(0, 9));
    expect(server.requests.length).toBe(3);
    server.failNext(3, 503, busy);
    await expect(read(first, end)).rejects.toMatchObject({ code: "venue.unreachable" });
  });

  it("does not try again what the exchange refuses", async () => {
    server.failNext(1, 400, { code: -1100, msg: "Illegal characters found in a parameter." });
    await expect(read(first, end)).rejects.toMatchObject({ code: "venue.refused" });
    expect(server.requests.length).toBe(1);
  });

  it("feeds the store", async () => {
    const store = openStore(temporaryFolder());
    const key = { symbol: "BTC/USDT", timeframe: "1h" };
    const { report } = await ingest({
      source,
      store,
      ...key,
      from: first,
      to: end,
      startProgress: silentProgress,
    });
    expect(report.checks.find(({ name }) => name === "Gaps")).toMatchObject({ found: 2 });
    expect(candlesFromColumns(await store.read({ source: "binance", ...key }))).toEqual(candles);
    await store.close();
  });
});

describe("ccxtSource on Coinbase's protocol", () => {
  it("pages through windows of time, empty ones too, with nothing twice", async () => {
    // The hole of 900 hours is longer than three windows.
    const sparse = candles.filter((_, i) => i < 400 || i >= 1300);
    const coinbase = await startCoinbaseServer(sparse);
    const own = ccxtSource({ exchange: "coinbase", origin: coinbase.origin });
    const instrument = await own.instrument("BTC/USD");
    expect(instrument).toMatchObject({
      tick: "0.01",
      lot: "0.00000001",
      minNotional: "1",
      assetDecimals: 10,
    });
    const found: RawCandle[] = [];
    for await (const batch of own.candles({ instrument, timeframe: "1h", from: first, to: end }))
      found.push(...batch);
    expect(found).toEqual(sparse);
    await own.close();
    await coinbase.close();
  });
});

it("says that an exchange behind a closed port can't be reached", async () => {
  const closed = await startBinanceServer([], HOUR);
  await closed.close();
  const unreachable = ccxtSource({ exchange: "binance", origin: closed.origin });
  await expect(unreachable.instrument("BTC/USDT")).rejects.toMatchObject({
    code: "venue.unreachable",
    message: expect.stringContaining("binance can't be reached after 3 attempts"),
  });
  await unreachable.close();
});
