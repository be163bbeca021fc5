import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { RawCandle } from "#model";

/** How one answer goes wrong. */
export type Fault =
  | {
      readonly kind: "status";
      readonly status: number;
      readonly retryAfter?: string;
      readonly body?: unknown;
    }
  /** The connection ends before the answer. */
  | { readonly kind: "drop" }
  /** The connection ends in the middle of the answer. */
  | { readonly kind: "cut" };

export interface Trade {
  readonly id: number;
  readonly time: number;
  readonly price: string;
  readonly quantity: string;
  readonly isSale: boolean;
}

export interface HistoryServer {
  readonly origin: string;
  /** Path and query of each request for history, in order. */
  readonly requests: URL[];
  /** What the next requests for history meet; undefined answers as it should. */
  readonly faults: (Fault | undefined)[];
  close(): Promise<void>;
}

export interface History {
  readonly candles?: readonly RawCandle[];
  readonly stepMs?: number;
  readonly trades?: readonly Trade[];
  readonly funding?: readonly (readonly [time: number, rate: string])[];
}

/** Binance's REST for history, over real HTTP on loopback, with faults on demand. */
export async function startHistoryServer(history: History): Promise<HistoryServer> {
  const requests: URL[] = [];
  const faults: (Fault | undefined)[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const isInfo = url.pathname.endsWith("/exchangeInfo");
    if (!isInfo) requests.push(url);
    const fault = isInfo ? undefined : faults.shift();
    if (fault?.kind === "drop") return void request.socket.destroy();
    const body = JSON.stringify(isInfo ? exchangeInfo(url) : answer(history, url));
    if (fault?.kind === "cut") {
      response.writeHead(200, { "content-type": "application/json", "content-length": body.length + 10 });
      response.write(body.slice(0, Math.floor(body.length / 2)));
      return void setTimeout(() => request.socket.destroy(), 5);
    }
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (fault?.retryAfter !== undefined) headers["Retry-After"] = fault.retryAfter;
    response.writeHead(fault?.status ?? 200, headers);
    response.end(fault ? JSON.stringify(fault.body ?? { code: -1003, msg: "Too many requests." }) : body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    faults,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer({ candles = [], stepMs = 36e5, trades = [], funding = [] }: History, url: URL): unknown {
  const number = (name: string, otherwise: number) => Number(url.searchParams.get(name) ?? otherwise);
  const [start, end, limit] = [number("startTime", 0), number("endTime", 1e15), number("limit", 500)];
  const isIn = (time: number) => time >= start && time <= end;
  if (url.pathname === "/api/v3/klines") {
    return candles
      .filter(([time]) => isIn(time))
      .slice(0, limit)
      .map(([time, ...values]) => [time, ...values.map(String), time + stepMs - 1, "0", 1, "0", "0", "0"]);
  }
  if (url.pathname === "/api/v3/aggTrades") {
    const from = url.searchParams.has("fromId") ? number("fromId", 0) : undefined;
    // Binance refuses a span by time that is longer.
    if (from === undefined && end - start > 36e5)
      return { code: -1127, msg: "More than one hour between startTime and endTime." };
    return trades
      .filter(({ id, time }) => (from === undefined ? isIn(time) : id >= from))
      .slice(0, limit)
      .map(({ id, time, price, quantity, isSale }) => ({
        a: id,
        p: price,
        q: quantity,
        f: id,
        l: id,
        T: time,
        m: isSale,
        M: true,
      }));
  }
  if (url.pathname === "/fapi/v1/fundingRate") {
    return funding
      .filter(([time]) => isIn(time))
      .slice(0, limit)
      .map(([fundingTime, fundingRate]) => ({ symbol: "BTCUSDT", fundingTime, fundingRate, markPrice: "1" }));
  }
  return { code: -1, msg: `no ${url.pathname}` };
}

function exchangeInfo(url: URL): unknown {
  const isFuture = url.pathname.startsWith("/fapi/");
  const filters = [
    { filterType: "PRICE_FILTER", minPrice: "0.01", maxPrice: "1000000.00", tickSize: "0.01" },
    { filterType: "LOT_SIZE", minQty: "0.00001", maxQty: "9000", stepSize: "0.00001" },
    { filterType: "NOTIONAL", minNotional: "5.00", applyMinToMarket: true, maxNotional: "9000000" },
  ];
  const market = {
    symbol: "BTCUSDT",
    status: "TRADING",
    baseAsset: "BTC",
    baseAssetPrecision: 8,
    quoteAsset: "USDT",
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    orderTypes: ["LIMIT", "MARKET"],
    isSpotTradingAllowed: !isFuture,
    isMarginTradingAllowed: false,
    filters,
    permissions: [],
    permissionSets: [["SPOT"]],
    ...(isFuture && {
      contractType: "PERPETUAL",
      marginAsset: "USDT",
      pair: "BTCUSDT",
      pricePrecision: 2,
      quantityPrecision: 3,
    }),
  };
  return { timezone: "UTC", serverTime: 0, rateLimits: [], exchangeFilters: [], symbols: [market] };
}
