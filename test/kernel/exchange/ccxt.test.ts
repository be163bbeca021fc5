import { describe, expect, it } from "vitest";
import { ccxtClient } from "./ccxt-client.ts";
import { BTC, barsOf, DAY, exchangeOf, KEYS, START, termsOf } from "./fixtures.ts";

const ROWS = Array.from({ length: 12 }, (_, day) => {
  const open = 4_000_000 + day * 1000;
  return [open, open + 900, open - 500, open + 300, 4003 + day] as const;
});

describe("the exchange, to ccxt's client", () => {
  it("smoke", async () => {
    const exchange = await exchangeOf({
      bars: [barsOf(BTC, ROWS)],
      from: START + 2 * DAY,
      pace: { kind: "paced", speed: 864e5 / 1000 },
    });
    const client = await ccxtClient(exchange.origin, KEYS[0]!);
    await client.loadMarkets();
    console.log(
      Object.keys(client.markets!),
      client.markets!["BTC/USDT"]!.precision,
      client.markets!["BTC/USDT"]!.limits,
    );
    console.log(await client.fetchOHLCV("BTC/USDT", "1d"));
    console.log((await client.watchTrades("BTC/USDT"))[0]);
    const book = await client.watchOrderBook("BTC/USDT");
    console.log(book.bids[0], book.asks[0], book.nonce);
    void client.watchBalance();
    const orders = client.watchOrders("BTC/USDT");
    const mine = client.watchMyTrades("BTC/USDT");
    await new Promise((r) => setTimeout(r, 100));
    const order = await client.createOrder("BTC/USDT", "market", "buy", 0.1, undefined, {
      clientOrderId: "my-1",
    });
    console.log(order.id, order.status, order.clientOrderId);
    console.log((await orders).map((o) => [o.id, o.status, o.filled]));
    console.log((await mine).map((o) => [o.id, o.price, o.amount, o.fee]));
    console.log((await client.fetchBalance()).total);
    console.log(
      await client
        .fetchTrades("BTC/USDT", undefined, 3, { fromId: 1 })
        .then((l) => l.map((t) => [t.id, t.price, t.amount])),
    );
    console.log(exchange.state());
  });
});
