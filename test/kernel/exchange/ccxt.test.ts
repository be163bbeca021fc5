import { describe, expect, it, onTestFinished, vi } from "vitest";
import { ccxtClient } from "./ccxt-client.ts";
import { BTC, barsOf, DAY, exchangeOf, KEYS, type Row, START } from "./fixtures.ts";
import { Follower } from "./follower.ts";

const ROWS: readonly Row[] = Array.from({ length: 6 }, (_, day) => {
  const open = 4_000_000 + day * 1000;
  return [open, open + 900, open - 500, open + 300, 4003 + day];
});
const FROM = START + 2 * DAY;
const THIRD = DAY / 3;
const SYMBOL = "BTC/USDT";
const WAIT = { timeout: 20_000 };

/** A client, and an exchange that stands still at each trade until it is let go. */
async function open() {
  const waiting: (() => void)[] = [];
  const follower = await Follower.open({
    keys: KEYS.slice(0, 1),
    symbols: [SYMBOL],
    onMessage: ({ e }) => (e === "trade" ? new Promise<void>((resolve) => waiting.push(resolve)) : undefined),
  });
  const exchange = await exchangeOf({
    bars: [barsOf(BTC, ROWS)],
    from: FROM,
    pace: { kind: "lockstep", progress: follower.endpoint },
  });
  await follower.connect(exchange.origin);
  const client = await ccxtClient(exchange.origin, KEYS[0]!);
  await client.loadMarkets();
  /** Lets so many trades, with all they lead to, pass; then the exchange stands at the next. */
  const letGo = async (trades: number) => {
    for (let k = 0; k < trades; k++) {
      await vi.waitFor(() => expect(waiting).toHaveLength(1), WAIT);
      waiting.splice(0).forEach((go) => void go());
    }
    await vi.waitFor(() => expect(waiting).toHaveLength(1), WAIT);
  };
  const letAllGo = async () => {
    const timer = setInterval(() => waiting.splice(0).forEach((go) => void go()), 1);
    await exchange.done.finally(() => clearInterval(timer));
  };
  onTestFinished(() => waiting.splice(0).forEach((go) => void go()));
  await letGo(0);
  return { exchange, client, follower, letGo, letAllGo };
}

/** Keeps all that a watch method yields. */
function collect<T>(watch: () => Promise<T[]>): T[] {
  const all: T[] = [];
  const run = async () => {
    // The client goes on changing what it has given.
    for (;;) all.push(...(await watch()).map((each) => structuredClone(each)));
  };
  // Ends when the client is closed.
  run().catch(() => {});
  return all;
}

describe("ccxt's own client", () => {
  it("reads the market: what it trades in, candles, trades by id", async () => {
    const { client, letGo } = await open();
    const market = client.market(SYMBOL);
    expect(market.precision).toMatchObject({ price: 0.01, amount: 0.001 });
    expect(market.limits.cost?.min).toBe(5);
    // Two bars of history, and the third as far as it was printed: its open.
    const rows = [0, 1].map((day) => {
      const [open, high, low, close, lots] = ROWS[day]!;
      return [START + day * DAY, open / 100, high / 100, low / 100, close / 100, lots / 1000];
    });
    expect(await client.fetchOHLCV(SYMBOL, "1d")).toEqual([
      ...rows,
      [FROM, 40_020, 40_020, 40_020, 40_020, 1.002],
    ]);
    await letGo(2);
    const [third] = await client.fetchOHLCV(SYMBOL, "1d", FROM);
    expect(third).toEqual([FROM, 40_020, 40_029, 40_015, 40_029, 3.004]);
    for (const fetchTradesMethod of ["publicGetAggTrades", "publicGetHistoricalTrades"]) {
      const trades = await client.fetchTrades(SYMBOL, undefined, 2, { fromId: 2, fetchTradesMethod });
      expect(trades.map(({ id, timestamp, price, amount }) => [id, timestamp, price, amount])).toEqual([
        ["2", FROM + THIRD, 40_015, 1.001],
        ["3", FROM + 2 * THIRD, 40_029, 1.001],
      ]);
    }
    expect(await client.fetchTime()).toBe(FROM + 2 * THIRD);
  });

  it("watches trades without a gap, and a book whose numbers follow one another", async () => {
    const { client, letGo, letAllGo } = await open();
    const trades = collect(() => client.watchTrades(SYMBOL));
    const book = await client.watchOrderBook(SYMBOL);
    const changes = collect(async () => [(await client.watchOrderBook(SYMBOL)).nonce]);
    await letGo(9);
    await letAllGo();
    await vi.waitFor(() => expect(trades.at(-1)?.id).toBe("16"), WAIT);
    const first = Number(trades[0]!.id);
    expect(trades.map(({ id }) => Number(id))).toEqual(trades.map((_, k) => first + k));
    const whole = await client.fetchOrderBook(SYMBOL);
    await vi.waitFor(() => expect(book.nonce).toBe(whole.nonce), WAIT);
    expect(changes.length).toBeGreaterThan(10);
    expect([book.bids, book.asks].map((side) => [...side].map(([price, size]) => [price, size]))).toEqual([
      whole.bids,
      whole.asks,
    ]);
  });

  it("trades: orders of each type, from the answer over the streams to the balance", async () => {
    const { client, follower, letGo, exchange } = await open();
    await client.ensureUserDataStreamWsSubscribeSignature("spot");
    follower.resync();
    const orders = collect(() => client.watchOrders(SYMBOL));
    const mine = collect(() => client.watchMyTrades(SYMBOL));
    const balances = collect(async () => [(await client.watchBalance()).USDT]);
    await letGo(1);
    const market = await client.createOrder(SYMBOL, "market", "buy", 0.1, undefined, {
      clientOrderId: "market-1",
    });
    expect(market).toMatchObject({ id: "1", clientOrderId: "market-1", status: "open", filled: 0 });
    await client.createOrder(SYMBOL, "limit", "buy", 0.2, 39_000, { clientOrderId: "limit-1" });
    await letGo(1);
    const stop = { clientOrderId: "stop-1", stopLossPrice: 39_500 };
    await client.createOrder(SYMBOL, "market", "sell", 0.05, undefined, stop);
    expect(
      (await client.fetchOpenOrders(SYMBOL)).map(({ clientOrderId, type }) => [clientOrderId, type]),
    ).toEqual([
      ["limit-1", "limit"],
      ["stop-1", "market"],
    ]);
    const filled = await client.fetchOrder("", SYMBOL, { clientOrderId: "market-1" });
    expect(filled).toMatchObject({ id: "1", status: "closed", filled: 0.1, average: 40_023.01 });
    expect(await client.cancelOrder("2", SYMBOL)).toMatchObject({ id: "2", status: "canceling" });
    await letGo(1);
    await vi.waitFor(() => expect(orders.at(-1)).toMatchObject({ id: "2", status: "canceled" }), WAIT);
    expect(orders.map(({ clientOrderId, status }) => [clientOrderId, status])).toEqual([
      ["market-1", "open"],
      ["limit-1", "open"],
      ["market-1", "closed"],
      ["stop-1", "open"],
      ["limit-1", "canceled"],
    ]);
    expect(mine.map(({ order, price, amount, fee }) => [order, price, amount, fee])).toEqual([
      ["1", 40_023.01, 0.1, { cost: 0.0001, currency: "BTC" }],
    ]);
    const [trade] = await client.fetchMyTrades(SYMBOL);
    expect(trade).toMatchObject({ id: mine[0]!.id, price: 40_023.01, amount: 0.1, takerOrMaker: "taker" });
    const balance = await client.fetchBalance();
    expect(balance.USDT).toEqual({ free: 95_997.699, used: 0, total: 95_997.699 });
    expect(balance.BTC).toEqual({ free: 0.0499, used: 0.05, total: 0.0999 });
    await vi.waitFor(() => expect(balances.at(-1)).toEqual(balance.USDT), WAIT);
    expect(exchange.state().accounts[0]).toMatchObject({
      balances: { USDT: { free: "95997.69900000" }, BTC: { free: "0.04990000", locked: "0.05000000" } },
      openOrders: [{ symbol: SYMBOL, clientOrderId: "stop-1", type: "stop", quantity: "0.05000000" }],
      orders: 3,
      trades: 1,
    });
  });

  it("places, reads and cancels orders over the socket", async () => {
    const { client } = await open();
    const order = await client.createOrderWs(SYMBOL, "limit", "buy", 0.1, 39_000, { clientOrderId: "ws-1" });
    expect(order).toMatchObject({ id: "1", clientOrderId: "ws-1", status: "open" });
    expect((await client.fetchOpenOrdersWs(SYMBOL)).map(({ id }) => id)).toEqual(["1"]);
    expect(await client.cancelOrderWs("1", SYMBOL)).toMatchObject({ id: "1", status: "canceling" });
    expect((await client.fetchBalance()).USDT).toEqual({ free: 96_100, used: 3900, total: 100_000 });
  });
});
