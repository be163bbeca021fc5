import type { RawCandle } from "#model";
import { type JsonServer, startJsonServer } from "./json-server.ts";

/** Answers as Binance's spot API does, as far as candles need it. */
export function startBinanceServer(candles: readonly RawCandle[], stepMs: number): Promise<JsonServer> {
  return startJsonServer((path, query) => {
    if (path === "/api/v3/exchangeInfo") return exchangeInfo();
    return path === "/api/v3/klines" ? klines(candles, stepMs, query) : undefined;
  });
}

/** The first `limit` candles that start at startTime or later: gaps are skipped, as Binance does. */
function klines(candles: readonly RawCandle[], stepMs: number, query: URLSearchParams): unknown[] {
  const start = Number(query.get("startTime") ?? 0);
  const end = Number(query.get("endTime") ?? Number.MAX_SAFE_INTEGER);
  return candles
    .filter(([time]) => time >= start && time <= end)
    .slice(0, Number(query.get("limit") ?? 500))
    .map(([time, ...values]) => [time, ...values.map(String), time + stepMs - 1, "0", 1, "0", "0", "0"]);
}

function exchangeInfo(): unknown {
  return {
    timezone: "UTC",
    serverTime: 0,
    rateLimits: [],
    exchangeFilters: [],
    symbols: [
      spotSymbol("BTC", "USDT", "0.01000000", "0.00001000"),
      spotSymbol("ETH", "BTC", "0.00001000", "0.00010000"),
      spotSymbol("PEPE", "USDT", "0.00000001", "1.00000000"),
    ],
  };
}

function spotSymbol(base: string, quote: string, tickSize: string, stepSize: string): unknown {
  return {
    symbol: base + quote,
    status: "TRADING",
    baseAsset: base,
    baseAssetPrecision: 8,
    quoteAsset: quote,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    orderTypes: ["LIMIT", "MARKET"],
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: [
      { filterType: "PRICE_FILTER", minPrice: tickSize, maxPrice: "1000000.00", tickSize },
      { filterType: "LOT_SIZE", minQty: stepSize, maxQty: "9000", stepSize },
      { filterType: "NOTIONAL", minNotional: "5.00", applyMinToMarket: true, maxNotional: "9000000" },
    ],
    permissions: [],
    permissionSets: [["SPOT"]],
  };
}
