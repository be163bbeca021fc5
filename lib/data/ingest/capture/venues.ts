/**
 * What each venue's messages say, as rows of our tables.
 *
 *   Binance   depthUpdate (spot: U, u; futures: also pu), REST depth (lastUpdateId), bookTicker, trade, aggTrade.
 *             Venue time: T (transaction) where it stands, else E (event). `m`: the buyer is the maker, so the seller took
 *   Coinbase  snapshot, l2update, ticker (best prices), match and last_match; their side is the maker's
 *   Bybit     orderbook.* snapshot and delta; u numbers the messages, ts is the time
 */
import { F } from "./fields.ts";
import { LEVELS, type Message } from "./message.ts";
import type { CaptureTables, DepthHead, LevelRun } from "./tables.ts";

const { NaN: NONE } = Number;
const BOOK: readonly LevelRun[] = [
  { field: F.b, side: 1 },
  { field: F.a, side: -1 },
];
const REST_BOOK: readonly LevelRun[] = [
  { field: F.bids, side: 1 },
  { field: F.asks, side: -1 },
];
const CHANGES: readonly LevelRun[] = [{ field: F.changes, side: 0 }];

/** "": the message became rows. "?": it is of a kind that has no table. Else what it lacks. */
export type RowsVerdict = string;

export interface RowsContext {
  readonly tables: CaptureTables;
  /** Our name for a venue's symbol. */
  readonly symbolOf: (raw: string) => string;
  /** Symbol of messages that name none: Binance's REST depth of spot. */
  readonly symbol: string | undefined;
}

/** Puts a message's rows into the tables. @param received UTC milliseconds, NaN unknown. */
export function addRows(message: Message, received: number, context: RowsContext): RowsVerdict {
  const type = message.name(F.type);
  if (message.name(F.topic).startsWith("orderbook.")) return bybitDepth(message, type, received, context);
  if (type !== "") return coinbase(message, type, received, context);
  const event = message.name(F.e);
  if (event === "depthUpdate") return binanceDepth(message, received, context);
  if (event === "trade" || event === "aggTrade") return binanceTrade(message, event, received, context);
  if (event === "bookTicker") return binanceTicker(message, received, context);
  if (message.kinds[F.lastUpdateId] !== 0) return binanceSnapshot(message, received, context);
  if (event === "" && message.name(F.stream).endsWith("@bookTicker")) {
    return binanceTicker(message, received, context);
  }
  return "?";
}

function binanceDepth(message: Message, received: number, context: RowsContext): RowsVerdict {
  const head = {
    symbol: symbolIn(message, F.s, context),
    time: venueTime(message),
    firstId: message.number(F.U),
    lastId: message.number(F.u),
    previousId: message.number(F.pu),
    isSnapshot: false,
  };
  const lacks = missing({ E: head.time, U: head.firstId, u: head.lastId });
  return lacks || depth(head, received, message, BOOK, context);
}

function binanceSnapshot(message: Message, received: number, { ...context }: RowsContext): RowsVerdict {
  const raw = message.name(F.symbol);
  const id = message.number(F.lastUpdateId);
  const head = {
    symbol: raw === "" ? (context.symbol ?? context.tables.onlySymbol ?? "") : context.symbolOf(raw),
    time: venueTime(message),
    firstId: id,
    lastId: id,
    previousId: NONE,
    isSnapshot: true,
  };
  return missing({ lastUpdateId: id }) || depth(head, received, message, REST_BOOK, context);
}

function bybitDepth(message: Message, type: string, received: number, context: RowsContext): RowsVerdict {
  if (type !== "snapshot" && type !== "delta") return "?";
  const id = message.number(F.u);
  const head = {
    symbol: symbolIn(message, F.s, context),
    time: message.number(F.ts),
    firstId: id,
    lastId: id,
    previousId: NONE,
    isSnapshot: type === "snapshot",
  };
  return missing({ ts: head.time, u: id }) || depth(head, received, message, BOOK, context);
}

function depth(
  head: DepthHead,
  received: number,
  message: Message,
  runs: readonly LevelRun[],
  { tables }: RowsContext,
): RowsVerdict {
  if (head.symbol === "") return "no symbol";
  for (const { field } of runs) if (message.kinds[field] !== LEVELS) return "no usable price levels";
  if (!Number.isFinite(head.time) && !Number.isFinite(received))
    return "neither a venue time nor one of receipt";
  for (const { field } of runs) {
    for (let i = message.numbers[field]!; i < message.ends[field]!; i++) {
      if (message.quantities[i]! < 0) return `a quantity of ${message.quantities[i]}`;
    }
  }
  tables.depth(head, received, message, runs);
  return "";
}

function binanceTicker(message: Message, received: number, context: RowsContext): RowsVerdict {
  const symbol = symbolIn(message, F.s, context);
  const [id, bid, ask] = [message.number(F.u), message.number(F.b), message.number(F.a)];
  const [bidQuantity, askQuantity] = [message.number(F.B), message.number(F.A)];
  const lacks = missing({ u: id, b: bid, B: bidQuantity, a: ask, A: askQuantity });
  if (lacks || symbol === "") return lacks || "no symbol";
  const time = venueTime(message);
  if (!Number.isFinite(time) && !Number.isFinite(received)) return "neither a venue time nor one of receipt";
  context.tables.row(symbol, "quotes", time, received, id, bid, bidQuantity, ask, askQuantity);
  return "";
}

function binanceTrade(message: Message, event: string, received: number, context: RowsContext): RowsVerdict {
  const symbol = symbolIn(message, F.s, context);
  const [time, id] = [message.number(F.T), message.number(event === "trade" ? F.t : F.a)];
  const [price, quantity, isBuyerMaker] = [message.number(F.p), message.number(F.q), message.number(F.m)];
  const lacks = missing({ T: time, id, p: price, q: quantity, m: isBuyerMaker });
  if (lacks || symbol === "") return lacks || "no symbol";
  context.tables.row(symbol, "trades", time, received, id, price, quantity, isBuyerMaker === 1 ? -1 : 1);
  return "";
}

function coinbase(message: Message, type: string, received: number, context: RowsContext): RowsVerdict {
  const symbol = symbolIn(message, F.product_id, context);
  const time = message.number(F.time);
  const [firstId, lastId, previousId] = [NONE, NONE, NONE];
  const ids = { symbol, time, firstId, lastId, previousId };
  if (type === "snapshot") {
    return depth({ ...ids, isSnapshot: true }, received, message, REST_BOOK, context);
  }
  if (type === "l2update") {
    return missing({ time }) || depth({ ...ids, isSnapshot: false }, received, message, CHANGES, context);
  }
  const sequence = message.number(F.sequence);
  if (type === "ticker") {
    const [bid, ask] = [message.number(F.best_bid), message.number(F.best_ask)];
    const lacks = missing({ time, sequence, best_bid: bid, best_ask: ask });
    if (lacks || symbol === "") return lacks || "no symbol";
    const [bidQuantity, askQuantity] = [message.number(F.best_bid_size), message.number(F.best_ask_size)];
    context.tables.row(symbol, "quotes", time, received, sequence, bid, bidQuantity, ask, askQuantity);
    return "";
  }
  if (type !== "match" && type !== "last_match") return "?";
  const [id, price, quantity] = [message.number(F.trade_id), message.number(F.price), message.number(F.size)];
  const lacks = missing({ time, trade_id: id, price, size: quantity });
  if (lacks || symbol === "") return lacks || "no symbol";
  const maker = message.name(F.side);
  const side = maker === "sell" ? 1 : maker === "buy" ? -1 : NONE;
  context.tables.row(symbol, "trades", time, received, id, price, quantity, side);
  return "";
}

function symbolIn(message: Message, field: number, { symbolOf }: RowsContext): string {
  const raw = message.name(field);
  return raw === "" ? "" : symbolOf(raw);
}

function venueTime(message: Message): number {
  const time = message.number(F.T);
  return Number.isNaN(time) ? message.number(F.E) : time;
}

/** Names the first value that is no finite number; "" if all are. */
function missing(values: Readonly<Record<string, number>>): string {
  for (const name in values) if (!Number.isFinite(values[name])) return `no usable "${name}"`;
  return "";
}
