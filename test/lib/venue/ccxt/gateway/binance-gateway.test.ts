import { describe, expect, it } from "vitest";
import type { OrderKnowledge } from "#model";
import { orderOf, orderRow, refusal, report, scriptedBinance, tradeRow, until } from "./scripted-binance.ts";

const kindsOf = (known: OrderKnowledge) => (known.isKnown ? known.events.map(({ kind }) => kind) : []);
const range = (length: number) => Array.from({ length }, (_, i) => i + 1);

describe("what became of an order", () => {
  it("is told with the end after the fills that it waits for, which the stream lost", async () => {
    const { gateway, told, say, lost } = await scriptedBinance({
      "GET /api/v3/order": () => orderRow({ executedQty: "0.002", status: "PARTIALLY_FILLED" }),
      "GET /api/v3/myTrades": () => [tradeRow(1), tradeRow(2)],
    });
    const order = orderOf({ state: "open" });
    await gateway.join([order]);
    say(report({ x: "CANCELED", X: "CANCELED", c: "x", C: order.id, z: "0.002" }));
    await until(() => lost.length > 0);
    await gateway.join([order]);
    const known = await gateway.ask(order);
    // Told by itself it would come before the fills, and those would be of an order that is over.
    expect(told).toEqual([]);
    expect(kindsOf(known)).toEqual(["order-accepted", "order-filled", "order-filled", "order-canceled"]);
  });

  it("has all its fills, however many, and waits for those that the exchange counts and does not tell yet", async () => {
    const rows = range(2300).map((id) => tradeRow(id));
    let questions = 0;
    const { gateway } = await scriptedBinance({
      "GET /api/v3/order": () => orderRow({ executedQty: "2.300", origQty: "2.300", status: "FILLED" }),
      "GET /api/v3/myTrades": (query) => {
        if (++questions === 1) return rows.slice(0, 5);
        const limit = Number(query.get("limit") ?? 500);
        const from = query.get("fromId");
        if (from === null) return rows.slice(-limit);
        return rows.filter(({ id }) => Number(id) >= Number(from)).slice(0, limit);
      },
    });
    const known = await gateway.ask(orderOf({ lots: 2300 }));
    const trades = known.isKnown
      ? known.events.flatMap((event) => (event.kind === "order-filled" ? [event.trade] : []))
      : [];
    expect(trades).toEqual(range(2300).map(String));
  });

  it("is not known only when it can't arrive any more", async () => {
    let questions = 0;
    const { gateway } = await scriptedBinance({
      "POST /api/v3/order": () => ({ status: 504, text: "<html>Gateway Time-out</html>" }),
      "GET /api/v3/order": () =>
        ++questions < 8 ? refusal(-2013, "Order does not exist.") : orderRow({ status: "NEW" }),
    });
    expect(await gateway.submit(orderOf())).toMatchObject({ kind: "order-unknown" });
    expect(kindsOf(await gateway.ask(orderOf()))).toEqual(["order-accepted"]);
  }, 20_000);

  it("is not that of an earlier order with the same id", async () => {
    const { gateway } = await scriptedBinance({
      "GET /api/v3/order": () =>
        orderRow({ time: 1_600_000_000_000, status: "FILLED", executedQty: "0.010" }),
      "GET /api/v3/myTrades": () => range(10).map((id) => tradeRow(id)),
    });
    expect(await gateway.ask(orderOf())).toEqual({ isKnown: false });
  }, 20_000);
});

describe("the answer to an order", () => {
  it.each([
    ["a refusal", refusal(-2010, "Account has insufficient balance for requested action."), "order-rejected"],
    ["a broken filter", refusal(-1013, "Filter failure: NOTIONAL"), "order-rejected"],
    ["too many orders", refusal(-1015, "Too many new orders.", 429), "order-unknown"],
    ["a ban", refusal(-1003, "Way too many requests; IP banned.", 418), "order-unknown"],
    [
      "a time-out behind the door",
      refusal(-1007, "Timeout waiting for response from backend server."),
      "order-unknown",
    ],
    ["an odd word behind the door", refusal(-1006, "An unexpected response was received."), "order-unknown"],
    ["maintenance", { status: 503, text: "<html>maintenance</html>" }, "order-unknown"],
    ["a page", { status: 200, text: "<html>hello</html>" }, "order-unknown"],
    ["nothing that can be read", { status: 200, text: "null" }, "order-unknown"],
  ])("%s is told as what it is", async (_, answer, kind) => {
    const { gateway } = await scriptedBinance({ "POST /api/v3/order": () => answer });
    expect(await gateway.submit(orderOf())).toMatchObject({ kind });
  });

  it("is asked for again by the exchange's clock when ours is off", async () => {
    const stamps: number[] = [];
    const { gateway } = await scriptedBinance({
      "GET /api/v3/time": () => ({ serverTime: Date.now() - 30_000 }),
      "POST /api/v3/order": (query) => {
        stamps.push(Number(query.get("timestamp")));
        if (Date.now() - stamps.at(-1)! < 20_000)
          return refusal(-1021, "Timestamp for this request was 1000ms ahead of the server's time.");
        return { symbol: "BTCUSDT", orderId: 77, clientOrderId: "trend-BTCUSDT-1-0", transactTime: 5 };
      },
    });
    expect(await gateway.submit(orderOf())).toMatchObject({ kind: "order-accepted", time: 5 });
    expect(stamps).toHaveLength(2);
  });
});

describe("the stream of the account's events", () => {
  it("is lost when it ends and leaves the socket open", async () => {
    const { gateway, say, lost } = await scriptedBinance();
    await gateway.join();
    say({ e: "eventStreamTerminated", E: 1 });
    await until(() => lost.length > 0);
    expect(lost[0]).toContain("ended the subscription");
  }, 20_000);

  it("tells a trade without a fee, one in another asset, and others' orders without waiting for their fills", async () => {
    const { gateway, say, told, lost, broken } = await scriptedBinance();
    await gateway.join([orderOf({ state: "open" })]);
    say(
      report({ x: "TRADE", X: "PARTIALLY_FILLED", t: 1, I: 1, l: "0.001", L: "1000.00", z: "0.001" }),
      report({
        ...{ x: "TRADE", X: "PARTIALLY_FILLED", t: 2, I: 2, l: "0.001", L: "1000.00", z: "0.002" },
        ...{ n: "0.0000012345", N: "BNB" },
      }),
      report({ x: "CANCELED", X: "CANCELED", c: "web_1", C: "by-hand", i: 78, I: 3, z: "0.005" }),
      { e: "outboundAccountPosition", E: 1, u: 4, B: [{ a: "ODD", f: "1.123456789012", l: "0" }] },
    );
    await until(() => told.length === 4);
    expect(told).toEqual([
      expect.objectContaining({ kind: "order-filled", fee: 0n, feeAsset: "USDT" }),
      expect.objectContaining({ kind: "order-filled", fee: 123n, feeAsset: "BNB" }),
      expect.objectContaining({ kind: "order-canceled", id: "by-hand" }),
      expect.objectContaining({ kind: "balances", total: { ODD: 1_1234_5678n } }),
    ]);
    expect({ lost, broken }).toEqual({ lost: [], broken: [] });
  });

  it("can't be had from an exchange that is gone, which is no end", async () => {
    const { gateway, close } = await scriptedBinance();
    close();
    await expect(gateway.join()).rejects.toMatchObject({ code: "venue.unreachable" });
  });

  it("is refused for an account that pays fees in an asset beside the pair", async () => {
    const { gateway } = await scriptedBinance({
      "GET /api/v3/account/commission": () => ({
        discount: { enabledForAccount: true, enabledForSymbol: true, discountAsset: "BNB", discount: "0.75" },
      }),
    });
    await expect(gateway.join()).rejects.toMatchObject({ code: "venue.other-fee-asset" });
  });
});
