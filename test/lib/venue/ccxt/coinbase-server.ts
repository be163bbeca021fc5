import type { RawCandle } from "#model";
import { type JsonServer, startJsonServer } from "./json-server.ts";

/** Answers as Coinbase Advanced's public API does, as far as candles need it. */
export function startCoinbaseServer(candles: readonly RawCandle[]): Promise<JsonServer> {
  return startJsonServer((path, query) => {
    if (path === "/v2/currencies") return { data: [{ id: "USD", name: "US Dollar", min_size: "0.01" }] };
    if (path === "/v2/currencies/crypto")
      return { data: [{ asset_id: "x", code: "BTC", name: "Bitcoin", exponent: 8 }] };
    if (path === "/v2/exchange-rates") return { data: { currency: "USD", rates: { BTC: "0.00002" } } };
    if (path === "/api/v3/brokerage/market/products") {
      const products = query.get("product_type") === "FUTURE" ? [] : [product()];
      return { products, num_products: products.length };
    }
    return path.endsWith("/BTC-USD/candles") ? { candles: window(candles, query) } : undefined;
  });
}

/** Candles that start within [start, end] (seconds), newest first; more than 350 are refused by the real one. */
function window(candles: readonly RawCandle[], query: URLSearchParams): unknown[] {
  const start = Number(query.get("start")) * 1000;
  const end = Number(query.get("end")) * 1000;
  return candles
    .filter(([time]) => time >= start && time <= end)
    .toReversed()
    .map(([time, open, high, low, close, volume]) => ({
      start: String(time / 1000),
      open: String(open),
      high: String(high),
      low: String(low),
      close: String(close),
      volume: String(volume),
    }));
}

function product(): unknown {
  return {
    product_id: "BTC-USD",
    price: "100",
    base_increment: "0.00000001",
    quote_increment: "0.01",
    price_increment: "0.01",
    quote_min_size: "1",
    quote_max_size: "150000000",
    base_min_size: "0.00000001",
    base_max_size: "3400",
    base_name: "Bitcoin",
    quote_name: "US Dollar",
    status: "online",
    trading_disabled: false,
    is_disabled: false,
    product_type: "SPOT",
    base_currency_id: "BTC",
    quote_currency_id: "USD",
    display_name: "BTC-USD",
    alias: "",
    alias_to: [],
  };
}
