import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { createInstrument, type Order, type VenueEvent, type VenueGateway } from "#model";
import { openBinance } from "#venue";

export const BTC = createInstrument({ symbol: "BTC/USDT", tick: "0.01", lot: "0.001", minNotional: "5" });

export type Row = Readonly<Record<string, unknown>>;
/** An answer in JSON, or another HTTP status with its body as it stands. */
type Answer = unknown | { readonly status: number; readonly text: string };

/** Answers by method and path; each may be replaced. */
export type Answers = Record<string, (query: URLSearchParams) => Answer>;

export interface Scripted {
  readonly gateway: VenueGateway;
  readonly answers: Answers;
  /** Method and path of each request, in order. */
  readonly requests: string[];
  /** What the gateway told its listener, books left out. */
  readonly told: VenueEvent[];
  readonly lost: string[];
  readonly broken: string[];
  /** Events of the user stream, in one burst. */
  say(...events: readonly Row[]): void;
  /** Ends all that listens and all that is connected. */
  close(): void;
}

/** What Binance does that the simulated exchange never does: a server on loopback that says exactly what it is told to. */
export async function scriptedBinance(change: Answers = {}): Promise<Scripted> {
  const answers: Answers = { ...DEFAULTS, ...change };
  const requests: string[] = [];
  const http = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const route = `${request.method} ${url.pathname}`;
    requests.push(route);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      const answer = answers[route]?.(new URLSearchParams(url.search.slice(1) || body));
      const raw = answer as { status?: number; text?: string } | undefined;
      const isRaw = typeof raw?.text === "string";
      response.writeHead(isRaw ? raw.status! : 200, { "content-type": "application/json" });
      response.end(isRaw ? raw.text : JSON.stringify(answer ?? {}));
    });
  });
  const sockets = new WebSocketServer({ server: http });
  const users = new Set<WebSocket>();
  sockets.on("connection", (socket, { url }) => {
    if (url?.startsWith("/ws-api")) users.add(socket);
    socket.on("close", () => users.delete(socket));
    socket.on("message", (data) => {
      const { id } = JSON.parse(String(data)) as Row;
      socket.send(JSON.stringify({ id, status: 200, result: { subscriptionId: 0 } }));
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const close = () => {
    for (const socket of sockets.clients) socket.terminate();
    http.closeAllConnections();
    http.close();
  };
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const gateway = await openBinance({ keys: { apiKey: "key", secret: "secret" }, origin });
  onTestFinished(async () => {
    await gateway.close();
    close();
  });
  const [told, lost, broken]: [VenueEvent[], string[], string[]] = [[], [], []];
  await gateway.instruments([BTC.symbol]);
  gateway.watchMarket([BTC], [0], {
    onEvent: (event) => event.kind !== "book" && void told.push(event),
    onLost: ({ message }) => void lost.push(message),
    onBroken: ({ message }) => void broken.push(message),
  });
  return {
    gateway,
    answers,
    requests,
    told,
    lost,
    broken,
    say(...events) {
      for (const socket of users)
        for (const event of events) socket.send(JSON.stringify({ subscriptionId: 0, event }));
    },
    close,
  };
}

export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

export function orderOf(change: Partial<Order> = {}): Order {
  return {
    id: "trend-BTCUSDT-1-0",
    strategy: 0,
    instrument: 0,
    purpose: "single",
    side: 1,
    type: "limit",
    lots: 10,
    ticks: 100_000,
    decision: 1,
    sentAt: 1_700_000_000_000,
    reserved: 0n,
    state: "submitting",
    filledLots: 0,
    trades: [],
    ...change,
  };
}

/** An executionReport. */
export function report(change: Row): Row {
  return {
    ...{
      e: "executionReport",
      E: 1_700_000_000_100,
      s: "BTCUSDT",
      c: "trend-BTCUSDT-1-0",
      S: "BUY",
      o: "LIMIT",
    },
    ...{
      f: "GTC",
      q: "0.010",
      p: "1000.00",
      P: "0.00",
      F: "0.00",
      g: -1,
      C: "",
      x: "NEW",
      X: "NEW",
      r: "NONE",
    },
    ...{ i: 77, l: "0.000", z: "0.000", L: "0.00", n: "0", N: null, T: 1_700_000_000_100, t: -1, I: 1 },
    ...{ w: true, m: false, M: false, O: 1_700_000_000_000, Z: "0", Y: "0", Q: "0" },
    ...change,
  };
}

/** A row of myTrades. */
export function tradeRow(id: number, change: Row = {}): Row {
  return {
    ...{ symbol: "BTCUSDT", id, orderId: 77, price: "1000.00", qty: "0.001", quoteQty: "1", isBuyer: true },
    ...{ commission: "0.00000100", commissionAsset: "BTC", time: 1_700_000_000_050 + id, isMaker: true },
    ...change,
  };
}

/** An answer to the question for an order. */
export function orderRow(change: Row): Row {
  return {
    ...{
      symbol: "BTCUSDT",
      orderId: 77,
      clientOrderId: "trend-BTCUSDT-1-0",
      price: "1000.00",
      origQty: "0.010",
    },
    ...{ executedQty: "0.000", cummulativeQuoteQty: "0", status: "NEW", timeInForce: "GTC", type: "LIMIT" },
    ...{ side: "BUY", time: 1_700_000_000_000, updateTime: 1_700_000_009_000, isWorking: true },
    ...change,
  };
}

export function refusal(code: number, msg: string, status = 400): Answer {
  return { status, text: JSON.stringify({ code, msg }) };
}

const DEFAULTS: Answers = {
  "GET /api/v3/exchangeInfo": () => ({
    timezone: "UTC",
    serverTime: 0,
    rateLimits: [],
    exchangeFilters: [],
    symbols: [
      {
        ...{
          symbol: "BTCUSDT",
          status: "TRADING",
          baseAsset: "BTC",
          baseAssetPrecision: 8,
          quoteAsset: "USDT",
        },
        ...{
          quotePrecision: 8,
          quoteAssetPrecision: 8,
          isSpotTradingAllowed: true,
          permissionSets: [["SPOT"]],
        },
        orderTypes: ["LIMIT", "MARKET", "STOP_LOSS"],
        filters: [
          { filterType: "PRICE_FILTER", minPrice: "0.01", maxPrice: "1000000.00", tickSize: "0.01" },
          { filterType: "LOT_SIZE", minQty: "0.001", maxQty: "9000", stepSize: "0.001" },
          { filterType: "NOTIONAL", minNotional: "5.00", applyMinToMarket: true, maxNotional: "9000000" },
        ],
      },
    ],
  }),
  "GET /api/v3/account/commission": () => ({
    discount: { enabledForAccount: false, enabledForSymbol: true },
  }),
  "GET /api/v3/depth": () => ({ lastUpdateId: 1, bids: [], asks: [] }),
  "GET /api/v3/time": () => ({ serverTime: Date.now() }),
  "GET /api/v3/historicalTrades": () => [],
};
