import { describe, expect, it } from "vitest";
import { type Client, ccxtClient } from "./ccxt-client.ts";
import { BTC, barsOf, DAY, exchangeOf, KEYS, type Row, START } from "./fixtures.ts";
import { api, rest, socketTo, type Values } from "./requests.ts";

const ROWS: readonly Row[] = [1, 2, 3].map(() => [4_000_000, 4_000_900, 3_999_000, 4_000_300, 4000]);
const LIMIT = {
  symbol: "BTCUSDT",
  side: "BUY",
  type: "LIMIT",
  timeInForce: "GTC",
  quantity: "0.1",
  price: "39000",
};
const MARKET = { symbol: "BTCUSDT", side: "BUY", type: "MARKET", quantity: "0.1" };
const STOP = { symbol: "BTCUSDT", side: "BUY", type: "STOP_LOSS", quantity: "0.1", stopPrice: "41000" };
const [KEY] = KEYS;

function without(values: Values, name: string): Values {
  return Object.fromEntries(Object.entries(values).filter(([each]) => each !== name));
}

/** What is wrong, the order, Binance's code and text, ccxt's class. */
const ORDERS: readonly (readonly [string, Values, number, string, string])[] = [
  [
    "no symbol",
    without(LIMIT, "symbol"),
    -1102,
    "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.",
    "BadRequest",
  ],
  ["a symbol that is not traded", { ...LIMIT, symbol: "ETHUSDT" }, -1121, "Invalid symbol.", "BadSymbol"],
  ["an unknown side", { ...LIMIT, side: "UP" }, -1117, "Invalid side.", "BadRequest"],
  ["an unknown type", { ...LIMIT, type: "TAKE_PROFIT" }, -1116, "Invalid orderType.", "BadRequest"],
  [
    "an order that would not rest",
    { ...LIMIT, timeInForce: "IOC" },
    -1115,
    "Invalid timeInForce.",
    "BadRequest",
  ],
  [
    "a limit without its time in force",
    without(LIMIT, "timeInForce"),
    -1102,
    "Mandatory parameter 'timeInForce' was not sent, was empty/null, or malformed.",
    "BadRequest",
  ],
  [
    "a limit without its price",
    without(LIMIT, "price"),
    -1102,
    "Mandatory parameter 'price' was not sent, was empty/null, or malformed.",
    "BadRequest",
  ],
  [
    "a quantity in scientific notation",
    { ...LIMIT, quantity: "1e3" },
    -1100,
    "Illegal characters found in parameter 'quantity'; legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'.",
    "BadRequest",
  ],
  ["half a lot", { ...LIMIT, quantity: "0.1005" }, -1013, "Filter failure: LOT_SIZE", "InvalidOrder"],
  ["a quantity of nothing", { ...LIMIT, quantity: "0" }, -1013, "Filter failure: LOT_SIZE", "InvalidOrder"],
  [
    "more than can be counted",
    { ...LIMIT, quantity: "99999999999999999999" },
    -1013,
    "Filter failure: LOT_SIZE",
    "InvalidOrder",
  ],
  [
    "a digit too many",
    { ...LIMIT, quantity: "0.100000001" },
    -1111,
    "Parameter 'quantity' has too much precision.",
    "BadRequest",
  ],
  [
    "a price between ticks",
    { ...LIMIT, price: "39000.001" },
    -1013,
    "Filter failure: PRICE_FILTER",
    "InvalidOrder",
  ],
  ["a price of nothing", { ...LIMIT, price: "0.00" }, -1013, "Filter failure: PRICE_FILTER", "InvalidOrder"],
  [
    "too small an order",
    { ...LIMIT, quantity: "0.001", price: "4000" },
    -1013,
    "Filter failure: NOTIONAL",
    "BadRequest",
  ],
  [
    "a market order at a price",
    { ...MARKET, price: "39000" },
    -1106,
    "Parameter 'price' sent when not required.",
    "BadRequest",
  ],
  [
    "a market order for an amount of money",
    { ...without(MARKET, "quantity"), quoteOrderQty: "50" },
    -2010,
    "Quote order qty market orders are not support for this symbol.",
    "InvalidOrder",
  ],
  [
    "an empty parameter",
    { ...LIMIT, strategyId: "" },
    -1105,
    "Parameter 'strategyId' was empty.",
    "BadRequest",
  ],
  [
    "a client id with a blank",
    { ...LIMIT, newClientOrderId: "my order" },
    -1100,
    "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.",
    "BadRequest",
  ],
  [
    "a client id of an open order",
    { ...LIMIT, newClientOrderId: "resting" },
    -2010,
    "Duplicate order sent.",
    "InvalidOrder",
  ],
  [
    "an unknown form of answer",
    { ...LIMIT, newOrderRespType: "ALL" },
    -1136,
    "Invalid newOrderRespType.",
    "ExchangeError",
  ],
  [
    "more than the account has",
    { ...LIMIT, quantity: "100" },
    -2010,
    "Account has insufficient balance for requested action.",
    "InsufficientFunds",
  ],
  [
    "a sale of what is not there",
    { ...MARKET, side: "SELL" },
    -2010,
    "Account has insufficient balance for requested action.",
    "InsufficientFunds",
  ],
  [
    "a stop that is reached",
    { ...STOP, stopPrice: "39000" },
    -2010,
    "Stop price would trigger immediately.",
    "OrderImmediatelyFillable",
  ],
];

/** An exchange after its first print: at this speed the second is hours away. An order rests in its book. */
async function open() {
  const exchange = await exchangeOf({ bars: [barsOf(BTC, ROWS)], from: START + DAY });
  const { origin } = exchange;
  while (exchange.state().prints === 0) await new Promise((resolve) => setImmediate(resolve));
  const { status } = await rest(origin, KEY!, "POST", "/api/v3/order", {
    ...LIMIT,
    newClientOrderId: "resting",
  });
  expect(status).toBe(200);
  const client = await ccxtClient(origin, KEY!);
  const socket = await socketTo(`${origin.replace("http", "ws")}/ws-api/v3`);
  return { origin, client, socket };
}

describe("the exchange refuses an order with", () => {
  it.each(ORDERS)("%s", async (_, values, code, text, name) => {
    const { origin, client, socket } = await open();
    const error = { code, msg: expect.stringContaining(text) };
    expect(await rest(origin, KEY!, "POST", "/api/v3/order", values)).toEqual({ status: 400, body: error });
    expect(await api(socket, KEY!, "order.place", values)).toMatchObject({ id: "1", status: 400, error });
    await expect(client.privatePostOrder({ newClientOrderId: "mine", ...values })).rejects.toMatchObject({
      name,
    });
  });

  it("no market yet", async () => {
    // Lockstep with nobody: the replay never begins.
    const pace = { kind: "lockstep", progress: "tcp://127.0.0.1:1" } as const;
    const { origin } = await exchangeOf({ bars: [barsOf(BTC, ROWS)], pace });
    const client = await ccxtClient(origin, KEY!);
    const place = (values: Values) => rest(origin, KEY!, "POST", "/api/v3/order", values);
    expect((await place(MARKET)).body).toEqual({ code: -1112, msg: "No orders on book for symbol." });
    expect((await place(LIMIT)).body).toEqual({ code: -1013, msg: "Market is closed." });
    await expect(client.createOrder("BTC/USDT", "limit", "buy", 0.1, 39_000)).rejects.toMatchObject({
      name: "MarketClosed",
    });
  });
});

const ONE = { symbol: "BTCUSDT", origClientOrderId: "nobody" };
const NEITHER = "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!";

describe("the exchange refuses", () => {
  it.each<[string, string, string, Values, number, string]>([
    [
      "what nobody asked for",
      "DELETE",
      "order",
      { ...ONE, orderId: 1, colour: "red" },
      -2011,
      "Unknown order sent.",
    ],
    ["to cancel what is not there", "DELETE", "order", ONE, -2011, "Unknown order sent."],
    ["to cancel nothing", "DELETE", "order", { symbol: "BTCUSDT" }, -1102, NEITHER],
    ["to show what is not there", "GET", "order", { ...ONE, orderId: 99 }, -2013, "Order does not exist."],
    [
      "candles of another length",
      "GET",
      "klines",
      { symbol: "BTCUSDT", interval: "7m" },
      -1120,
      "Invalid interval.",
    ],
    [
      "no rows",
      "GET",
      "trades",
      { symbol: "BTCUSDT", limit: 0 },
      -1130,
      "Data sent for parameter 'limit' is not valid.",
    ],
    [
      "an old request",
      "GET",
      "account",
      { timestamp: Date.now() - 60_000 },
      -1021,
      "Timestamp for this request is outside of the recvWindow.",
    ],
    [
      "one of the future",
      "GET",
      "account",
      { timestamp: Date.now() + 60_000 },
      -1021,
      "Timestamp for this request was 1000ms ahead of the server's time.",
    ],
    [
      "a long window",
      "GET",
      "account",
      { recvWindow: 60_001 },
      -1131,
      "'recvWindow' must be less than 60000.",
    ],
  ])("%s", async (_, method, path, values, code, msg) => {
    const { origin } = await open();
    expect(await rest(origin, KEY!, method, `/api/v3/${path}`, values)).toEqual({
      status: 400,
      body: { code, msg },
    });
  });

  it("whoever does not sign as the owner of a key", async () => {
    const { origin, socket } = await open();
    const account = "/api/v3/account";
    const changed = await rest(origin, KEY!, "GET", account, { recvWindow: 5000 }, (form) =>
      form.replace("5000", "5001"),
    );
    expect(changed).toEqual({
      status: 400,
      body: { code: -1022, msg: "Signature for this request is not valid." },
    });
    const unsigned = await rest(origin, KEY!, "GET", account, {}, (form) => form.replace(/&signature.*/, ""));
    expect(unsigned.body).toMatchObject({ code: -1102 });
    const stranger = await rest(origin, { apiKey: "stranger", secret: "?" }, "GET", account, {});
    expect(stranger).toEqual({
      status: 401,
      body: { code: -2015, msg: "Invalid API-key, IP, or permissions for action." },
    });
    const nobody = await rest(origin, { apiKey: "", secret: "?" }, "GET", account, {});
    expect(nobody).toEqual({ status: 401, body: { code: -2014, msg: "API-key format invalid." } });
    const other = { apiKey: KEY!.apiKey, secret: "guessed" };
    expect(await api(socket, other, "userDataStream.subscribe.signature", {})).toMatchObject({
      status: 400,
      error: { code: -1022 },
    });
  });

  it.each<[string, (client: Client) => Promise<unknown>, string]>([
    ["OrderNotFound", (client) => client.cancelOrder("99", "BTC/USDT"), "Unknown order sent."],
    ["OrderNotFound", (client) => client.fetchOrder("99", "BTC/USDT"), "Order does not exist."],
    ["InvalidNonce", (client) => client.fetchBalance({ timestamp: 1 }), "recvWindow"],
    [
      "AuthenticationError",
      (client) => Object.assign(client, { secret: "guessed" }).fetchBalance(),
      "Signature",
    ],
    [
      "AuthenticationError",
      (client) => Object.assign(client, { apiKey: "stranger" }).fetchBalance(),
      "Invalid API-key",
    ],
    [
      "AuthenticationError",
      (client) => Object.assign(client, { apiKey: "no key" }).fetchBalance(),
      "API-key format",
    ],
  ])("as ccxt's %s", async (name, ask, text) => {
    const { client } = await open();
    await expect(ask(client)).rejects.toMatchObject({ name, message: expect.stringContaining(text) });
  });
});
