import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { createRng } from "#core";

export interface SentTrade {
  readonly id: number;
  readonly time: number;
  readonly price: number;
  readonly quantity: number;
  readonly side: number;
  /** When it was sent; undefined if it was left out of the stream. */
  readonly sent: number | undefined;
}

export interface MarketServer {
  readonly origin: string;
  readonly trades: readonly SentTrade[];
  /** The book after the message that ends with this number: quantities by "side price". */
  bookAt(lastId: number): ReadonlyMap<string, number> | undefined;
  /** The next so many messages happen and are not sent. */
  skip(messages: number): void;
  /** Ends all streams at once. */
  drop(): void;
  readonly snapshots: number;
  readonly connections: number;
  close(): Promise<void>;
}

/** Binance's spot market over real HTTP and WebSockets on loopback: a random book and its trades, told 50 times a second. */
export async function startMarketServer(seed: number): Promise<MarketServer> {
  const rng = createRng(seed);
  const book = new Map<string, number>();
  const books = new Map<number, ReadonlyMap<string, number>>();
  const trades: SentTrade[] = [];
  const streams = new Map<WebSocket, Set<string>>();
  let [lastId, skipping, snapshots, connections] = [1000, 0, 0, 0];
  for (let i = 1; i <= 50; i++) {
    book.set(`1 ${100 - i}`, 1 + rng.nextInt(9));
    book.set(`-1 ${100 + i}`, 1 + rng.nextInt(9));
  }
  const send = (stream: string, data: object) => {
    if (skipping > 0) return;
    for (const [socket, names] of streams)
      if (names.has(stream)) socket.send(JSON.stringify({ stream, data }));
  };
  const changeBook = () => {
    const firstId = lastId + 1;
    lastId += 1 + rng.nextInt(3);
    const sides: Record<string, [string, string][]> = { "1": [], "-1": [] };
    for (let k = rng.nextInt(4); k >= 0; k--) {
      const side = rng.nextInt(2) === 0 ? 1 : -1;
      const price = 100 - side * (1 + rng.nextInt(50));
      const quantity = rng.nextInt(4) === 0 ? 0 : 1 + rng.nextInt(9);
      if (quantity === 0) book.delete(`${side} ${price}`);
      else book.set(`${side} ${price}`, quantity);
      sides[String(side)]!.push([price.toFixed(2), quantity.toFixed(5)]);
    }
    books.set(lastId, new Map(book));
    const message = {
      e: "depthUpdate",
      E: Date.now(),
      s: "BTCUSDT",
      U: firstId,
      u: lastId,
      b: sides["1"],
      a: sides["-1"],
    };
    send("btcusdt@depth@100ms", message);
  };
  const trade = () => {
    const side = rng.nextInt(2) === 0 ? 1 : -1;
    const made = {
      id: trades.length + 1,
      time: Date.now(),
      price: 100 + rng.nextInt(200) / 100,
      quantity: 1 + rng.nextInt(5),
      side,
    };
    trades.push({ ...made, sent: skipping > 0 ? undefined : Date.now() });
    send("btcusdt@aggTrade", { e: "aggTrade", E: made.time, s: "BTCUSDT", ...rawTrade(made) });
  };
  const timer = setInterval(() => {
    changeBook();
    for (let k = rng.nextInt(3); k > 0; k--) trade();
    if (skipping > 0) skipping--;
  }, 20);
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    if (url.pathname === "/api/v3/depth") snapshots++;
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer(url, { book, lastId, trades })));
  });
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => {
    connections++;
    streams.set(socket, new Set());
    socket.on("close", () => streams.delete(socket));
    socket.on("message", (data) => {
      const { id, params } = JSON.parse(String(data)) as { id: number; params: string[] };
      for (const name of params) streams.get(socket)?.add(name);
      socket.send(JSON.stringify({ result: null, id }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    trades,
    bookAt: (id) => books.get(id),
    skip(messages) {
      skipping = messages;
    },
    drop: () => {
      for (const socket of streams.keys()) socket.terminate();
    },
    get snapshots() {
      return snapshots;
    },
    get connections() {
      return connections;
    },
    close: () =>
      new Promise((resolve) => {
        clearInterval(timer);
        for (const socket of streams.keys()) socket.terminate();
        sockets.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function rawTrade({ id, time, price, quantity, side }: Omit<SentTrade, "sent">) {
  return { a: id, p: price.toFixed(2), q: quantity.toFixed(5), f: id, l: id, T: time, m: side < 0, M: true };
}

function answer(
  url: URL,
  {
    book,
    lastId,
    trades,
  }: { book: ReadonlyMap<string, number>; lastId: number; trades: readonly SentTrade[] },
): unknown {
  if (url.pathname === "/api/v3/depth") {
    const side = (wanted: string) =>
      [...book]
        .filter(([key]) => key.startsWith(`${wanted} `))
        .map(([key, quantity]) => [Number(key.split(" ")[1]).toFixed(2), quantity.toFixed(5)]);
    return { lastUpdateId: lastId, bids: side("1"), asks: side("-1") };
  }
  if (url.pathname === "/api/v3/aggTrades") {
    const from = Number(url.searchParams.get("fromId") ?? 1);
    return trades.slice(from - 1, from - 1 + Number(url.searchParams.get("limit") ?? 500)).map(rawTrade);
  }
  const filters = [
    { filterType: "PRICE_FILTER", minPrice: "0.01", maxPrice: "1000000.00", tickSize: "0.01" },
    { filterType: "LOT_SIZE", minQty: "0.00001", maxQty: "9000", stepSize: "0.00001" },
  ];
  const names = { symbol: "BTCUSDT", status: "TRADING", baseAsset: "BTC", quoteAsset: "USDT" };
  const precision = { baseAssetPrecision: 8, quotePrecision: 8, quoteAssetPrecision: 8 };
  const rules = {
    orderTypes: ["LIMIT"],
    isSpotTradingAllowed: true,
    filters,
    permissions: [],
    permissionSets: [["SPOT"]],
  };
  return { serverTime: 0, rateLimits: [], symbols: [{ ...names, ...precision, ...rules }] };
}
