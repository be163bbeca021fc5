import { once } from "node:events";
import { connect } from "node:net";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Exchange } from "#exchange";
import { BTC, barsOf, DAY, exchangeOf, KEYS, type Row, START } from "./fixtures.ts";
import { signedParams } from "./follower.ts";
import { exchangeMessages, rest, socketTo } from "./requests.ts";

const [KEY] = KEYS;
const ROWS: readonly Row[] = [1, 2, 3].map(() => [4_000_000, 4_000_900, 3_999_000, 4_000_300, 4000]);

/** An exchange that must be as good as new after all that a test does to it. */
async function open(): Promise<Exchange & { check(): Promise<void> }> {
  const exchange = await exchangeOf({ bars: [barsOf(BTC, ROWS)], from: START + DAY });
  const failed = exchange.done.then(
    () => undefined,
    (error: unknown) => error,
  );
  while (exchange.state().prints === 0) await new Promise((resolve) => setImmediate(resolve));
  const check = async () => {
    const { body } = await rest(exchange.origin, KEY!, "GET", "/api/v3/ping", {});
    expect(body).toEqual({});
    expect(await Promise.race([failed, Promise.resolve("going on")])).toBe("going on");
  };
  return Object.assign(exchange, { check });
}

const ROUTES = [
  "ping",
  "time",
  "exchangeInfo",
  "klines",
  "depth",
  "trades",
  "historicalTrades",
  "aggTrades",
  "ticker/price",
  "ticker/bookTicker",
  "account",
  "account/commission",
  "order",
  "openOrders",
  "allOrders",
  "myTrades",
  "nothing",
  "__proto__",
];
const METHODS = [
  "ping",
  "time",
  "exchangeInfo",
  "depth",
  "klines",
  "order.place",
  "order.cancel",
  "order.status",
  "openOrders.status",
  "openOrders.cancelAll",
  "allOrders",
  "myTrades",
  "account.status",
  "account.commission",
  "userDataStream.subscribe.signature",
  "userDataStream.unsubscribe",
  "toString",
  "constructor",
];
const NAMES = [
  "symbol",
  "side",
  "type",
  "timeInForce",
  "quantity",
  "price",
  "stopPrice",
  "newClientOrderId",
  "origClientOrderId",
  "orderId",
  "limit",
  "fromId",
  "startTime",
  "endTime",
  "interval",
  "newOrderRespType",
  "recvWindow",
  "subscriptionId",
  "__proto__",
];
const VALUES = [
  "BTCUSDT",
  "BUY",
  "SELL",
  "LIMIT",
  "MARKET",
  "STOP_LOSS",
  "GTC",
  "ACK",
  "FULL",
  "1d",
  "0.1",
  "39000",
  "41000",
  "1",
  "0",
  "-1",
  "1e99",
  "99999999999999999999",
  "999999999999999",
  "0.00000001",
  "NaN",
  "auto-1",
  "null",
  "[]",
];
const value = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...VALUES) },
  { weight: 1, arbitrary: fc.string({ maxLength: 40 }) },
);
const params = fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 12 });

describe("whatever is sent", () => {
  it("over HTTP, signed, gets an answer in JSON: a result, or a refusal with a code", async () => {
    const { origin, check } = await open();
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("GET", "POST", "DELETE", "PUT"),
        fc.constantFrom(...ROUTES),
        params,
        async (method, route, values) => {
          const { status, body } = await rest(
            origin,
            KEY!,
            method,
            `/api/v3/${route}`,
            values as Record<string, string>,
          );
          statuses.add(status);
          expect([200, 400, 404]).toContain(status);
          if (status !== 200) expect(body).toEqual({ code: expect.any(Number), msg: expect.any(String) });
        },
      ),
      { numRuns: 500 },
    );
    expect([...statuses].sort()).toEqual([200, 400, 404]);
    await check();
  });

  it("over HTTP as bytes, never stops it", async () => {
    const { origin, check } = await open();
    const port = Number(new URL(origin).port);
    const head = fc.constantFrom(
      "",
      "GET /api/v3/ping HTTP/1.1\r\n",
      "POST /api/v3/order?%E0%A4%A HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n",
      "GET //[ HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
      "GET /ws-api/v3 HTTP/1.1\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
    );
    await fc.assert(
      fc.asyncProperty(head, fc.uint8Array({ maxLength: 300 }), async (text, bytes) => {
        const socket = connect(port, "127.0.0.1");
        socket.on("error", () => {});
        socket.resume();
        socket.end(Buffer.concat([Buffer.from(text), bytes]));
        await once(socket, "close");
      }),
      { numRuns: 100 },
    );
    const large = await fetch(`${origin}/api/v3/order`, { method: "POST", body: "x".repeat(100_000) }).catch(
      () => undefined,
    );
    expect(large?.status ?? 413).toBe(413);
    await check();
  });

  it("to the WebSocket API, signed or not, gets an answer under its id", async () => {
    const { origin, check } = await open();
    const address = `${origin.replace("http", "ws")}/ws-api/v3`;
    const socket = await socketTo(address);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...METHODS),
        params,
        fc.boolean(),
        async (method, values, isSigned) => {
          const sent = isSigned ? signedParams(KEY!, values as Record<string, string>) : values;
          let answer = (await exchangeMessages(
            socket,
            JSON.stringify({ id: 7, method, params: sent }),
          )) as Record<string, unknown>;
          // What the order led to may be told before the next request is answered.
          while (answer.event)
            answer = (await exchangeMessages(
              socket,
              JSON.stringify({ id: 7, method: "ping" }),
            )) as typeof answer;
          expect(answer.id).toBe(7);
          expect([200, 400, 401]).toContain(answer.status);
        },
      ),
      { numRuns: 500 },
    );
    await check();
  });

  it("to any socket, as JSON or bytes, gets an answer or the end of the connection", async () => {
    const { origin, check } = await open();
    const message = fc.oneof(
      fc.json({ maxDepth: 3 }),
      fc.string(),
      fc
        .record({
          id: fc.jsonValue(),
          method: fc.oneof(
            fc.constantFrom("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", ...METHODS),
            fc.string(),
          ),
          params: fc.oneof(
            fc.jsonValue(),
            fc.array(
              fc.constantFrom(
                "btcusdt@trade",
                "btcusdt@depth",
                "BTCUSDT@trade",
                "btcusdt@",
                "@trade",
                "btcusdt@__proto__",
              ),
            ),
          ),
        })
        .map((each) => JSON.stringify(each)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(
          "/stream/ws",
          "/ws/btcusdt@trade/x@y/@",
          "/stream?streams=btcusdt@depth/%00",
          "/ws-api/v3",
        ),
        fc.array(fc.tuple(message, fc.boolean()), { minLength: 1, maxLength: 20 }),
        async (path, messages) => {
          const socket = await socketTo(origin.replace("http", "ws") + path);
          for (const [text, isBinary] of messages) {
            const answer = await exchangeMessages(socket, isBinary ? Buffer.from(text) : text);
            expect(answer).toBeTypeOf("object");
          }
          socket.terminate();
        },
      ),
      { numRuns: 60 },
    );
    const socket = await socketTo(`${origin.replace("http", "ws")}/stream/ws`);
    expect(await exchangeMessages(socket, "x".repeat(100_000))).toBeUndefined();
    await expect(socketTo(`${origin.replace("http", "ws")}/elsewhere`)).rejects.toThrow("404");
    await check();
  });
});
