import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { Connection } from "../../../kernel/exchange/binance/connection.ts";
import { BTC, barsOf, DAY, exchangeOf, KEYS, type Row, START } from "./fixtures.ts";
import { api, socketTo } from "./requests.ts";

const ROWS: readonly Row[] = Array.from({ length: 50 }, (_, day) => [
  4_000_000 + day,
  4_000_900 + day,
  3_999_000,
  4_000_300,
  4000 + day,
]);

function listen(socket: WebSocket): Record<string, unknown>[] {
  const messages: Record<string, unknown>[] = [];
  socket.on("message", (data) => messages.push(JSON.parse(String(data))));
  return messages;
}

describe("a paced replay", () => {
  it("runs to its end, however few listen, with all its trades in order", async () => {
    // A day in a millisecond: the first print comes at once, the others while we listen.
    const speed = DAY;
    const exchange = await exchangeOf({ bars: [barsOf(BTC, ROWS)], pace: { kind: "paced", speed } });
    const address = exchange.origin.replace("http", "ws");
    const messages = listen(await socketTo(`${address}/stream?streams=btcusdt@trade/btcusdt@bookTicker`));
    await exchange.done;
    expect(exchange.state()).toMatchObject({
      isDone: true,
      prints: 200,
      printsTotal: 200,
      time: START + 50 * DAY - 1,
    });
    const trades = await (
      await fetch(`${exchange.origin}/api/v3/historicalTrades?symbol=BTCUSDT&fromId=1`)
    ).json();
    expect((trades as { id: number }[]).map(({ id }) => id)).toEqual(
      ROWS.flatMap((_, day) => [1, 2, 3, 4].map((k) => 4 * day + k)),
    );
    for (const { stream } of messages) expect(["btcusdt@trade", "btcusdt@bookTicker"]).toContain(stream);
  });

  it("lets orders and cancels arrive between two prints, and tells it at once", async () => {
    // The next print is hours away; what is asked for arrives 50 ms later.
    const exchange = await exchangeOf({ bars: [barsOf(BTC, ROWS)] });
    while (exchange.state().prints === 0) await new Promise((resolve) => setImmediate(resolve));
    const socket = await socketTo(`${exchange.origin.replace("http", "ws")}/ws-api/v3`);
    await api(socket, KEYS[0]!, "userDataStream.subscribe.signature", {});
    const events: Record<string, unknown>[] = [];
    socket.on("message", (data) => {
      const { event } = JSON.parse(String(data)) as { event?: Record<string, unknown> };
      if (event) events.push(event);
    });
    const told = async (count: number) => {
      while (events.length < count) await once(socket, "message");
      return events.splice(0).map(({ e, x, E }) => [e, x, E]);
    };
    const order = { symbol: "BTCUSDT", side: "BUY", quantity: "0.1" };
    await api(socket, KEYS[0]!, "order.place", { ...order, type: "MARKET" });
    expect(await told(4)).toEqual([
      ["executionReport", "NEW", START],
      ["outboundAccountPosition", undefined, START],
      ["executionReport", "TRADE", START + 50],
      ["outboundAccountPosition", undefined, START + 50],
    ]);
    await api(socket, KEYS[0]!, "order.place", {
      ...order,
      type: "LIMIT",
      timeInForce: "GTC",
      price: "30000",
    });
    await told(2);
    while (exchange.state().time < START + 100) await new Promise((resolve) => setImmediate(resolve));
    // Until it sleeps: a cancel must wake it.
    await pause(20);
    await api(socket, KEYS[0]!, "order.cancel", { symbol: "BTCUSDT", orderId: 2 });
    expect((await told(2))[0]).toEqual(["executionReport", "CANCELED", START + 150]);
  });
});

describe("a connection", () => {
  it("is ended when its client does not read", async () => {
    const http = createServer().listen(0, "127.0.0.1");
    const server = new WebSocketServer({ server: http });
    onTestFinished(() => void http.close());
    await once(http, "listening");
    const connected = once(server, "connection");
    const client = await socketTo(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
    client.pause();
    const [socket] = (await connected) as [WebSocket];
    const connection = new Connection(socket, undefined);
    const ended = once(socket, "close");
    for (let i = 0; i < 64; i++) await connection.send({ text: "x".repeat(2 ** 20) });
    await ended;
    expect(socket.readyState).toBe(socket.CLOSED);
  });
});
