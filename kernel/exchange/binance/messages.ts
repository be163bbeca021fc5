import type { Execution, OrderRecord, OrderStatus } from "../accounts.ts";
import type { BookChange } from "../book-feed.ts";
import type { Market, MarketEvent } from "../market.ts";
import { amountText, priceText, quantityText } from "../texts.ts";
import { binanceSymbol, stamp } from "./desk.ts";

/** Binance's words for what this exchange knows. */
export const STATUS: Readonly<Record<OrderStatus, string>> = {
  new: "NEW",
  "partially-filled": "PARTIALLY_FILLED",
  filled: "FILLED",
  canceled: "CANCELED",
  expired: "EXPIRED",
};
export const ORDER_TYPE = { market: "MARKET", limit: "LIMIT", stop: "STOP_LOSS" } as const;
const EXECUTION = { new: "NEW", trade: "TRADE", expired: "EXPIRED", canceled: "CANCELED" } as const;

type Told<K extends MarketEvent["kind"]> = Extract<MarketEvent, { kind: K }>;

export function tradeMessage(market: Market, { instrument: index, trade }: Told<"trade">): object {
  const instrument = market.instrument(index);
  const time = stamp(trade.time);
  return {
    e: "trade",
    E: time,
    s: binanceSymbol(instrument),
    t: trade.id,
    p: priceText(instrument, trade.ticks),
    q: quantityText(instrument, trade.lots),
    T: time,
    m: trade.isSale,
    M: true,
  };
}

/** Every trade is an aggregate of its own, of the same number. */
export function aggTradeMessage(market: Market, event: Told<"trade">): object {
  const { t, p, q, T, m, M, ...head } = tradeMessage(market, event) as Record<string, unknown>;
  return { ...head, e: "aggTrade", a: t, p, q, f: t, l: t, T, m, M };
}

export function depthMessage(market: Market, { instrument: index, time, change }: Told<"book">): object {
  const instrument = market.instrument(index);
  return {
    e: "depthUpdate",
    E: stamp(time),
    s: binanceSymbol(instrument),
    U: change.firstId,
    u: change.lastId,
    b: levels(market, index, change.bids),
    a: levels(market, index, change.asks),
  };
}

export function bookTickerMessage(market: Market, index: number) {
  const instrument = market.instrument(index);
  const { book, lastId } = market.feeds[index]!;
  const [bid = [ZERO, ZERO]] = levels(market, index, book.bids.slice(0, 1));
  const [ask = [ZERO, ZERO]] = levels(market, index, book.asks.slice(0, 1));
  return { u: lastId, s: binanceSymbol(instrument), b: bid[0], B: bid[1], a: ask[0], A: ask[1] };
}

const ZERO = "0.00000000";

/** Price and size of each level, as texts. */
export function levels(market: Market, index: number, list: BookChange["bids"]): [string, string][] {
  const instrument = market.instrument(index);
  return list.map(({ ticks, lots }) => [priceText(instrument, ticks), quantityText(instrument, lots)]);
}

export function executionMessage(market: Market, { id, time, kind, order, trade }: Execution): object {
  const { ticket } = order;
  const instrument = market.instrument(ticket.instrument);
  const amount = (units: bigint) => amountText(instrument, units);
  const quantity = (lots: number) => quantityText(instrument, lots);
  const isCanceled = kind === "canceled";
  return {
    e: "executionReport",
    E: stamp(time),
    s: binanceSymbol(instrument),
    // A cancelled order is told under the cancel's own client id; the order's stands in C.
    c: isCanceled ? order.cancelId : ticket.id,
    S: ticket.side > 0 ? "BUY" : "SELL",
    o: ORDER_TYPE[ticket.type],
    f: "GTC",
    q: quantity(ticket.lots),
    ...pricesOf(market, order, "p", "P"),
    F: amount(0n),
    g: -1,
    C: isCanceled ? ticket.id : "",
    x: EXECUTION[kind],
    X: STATUS[order.status],
    r: "NONE",
    i: order.id,
    l: quantity(trade?.lots ?? 0),
    z: quantity(order.filledLots),
    L: priceText(instrument, trade?.ticks ?? 0),
    n: trade ? amount(trade.fee) : "0",
    N: trade ? trade.feeAsset : null,
    T: stamp(time),
    t: trade ? trade.id : -1,
    I: id,
    w: ticket.type === "limit" && (order.status === "new" || order.status === "partially-filled"),
    m: trade?.isMaker ?? false,
    M: false,
    O: stamp(order.acceptedAt),
    Z: amount(order.tradedUnits),
    Y: amount(trade?.quoteUnits ?? 0n),
    Q: amount(0n),
    W: stamp(order.acceptedAt),
    V: "NONE",
  };
}

/** The limit and the trigger under the names that a message gives them. */
export function pricesOf(
  market: Market,
  { ticket }: OrderRecord,
  limitName: string,
  stopName: string,
): Record<string, string> {
  const instrument = market.instrument(ticket.instrument);
  const text = (isGiven: boolean) => priceText(instrument, isGiven ? ticket.ticks! : 0);
  return { [limitName]: text(ticket.type === "limit"), [stopName]: text(ticket.type === "stop") };
}

/**
 * The funds of the two assets of an instrument. Binance states in `u` when the account last changed; here `u` numbers
 * these messages, so that a client can say which it has seen.
 */
export function balancesMessage(market: Market, event: Told<"balances">): object {
  const { account, instrument: index, time, id } = event;
  const instrument = market.instrument(index);
  const { quote, base } = market.funds(account);
  const row = (asset: string, { free, locked }: typeof quote) => ({
    a: asset,
    f: amountText(instrument, free),
    l: amountText(instrument, locked),
  });
  return {
    e: "outboundAccountPosition",
    E: stamp(time),
    u: id,
    B: [row(instrument.base, base[index]!), row(instrument.quote, quote)],
  };
}
