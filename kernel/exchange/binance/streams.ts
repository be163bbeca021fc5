import type { StreamState } from "../audience.ts";
import type { MarketEvent } from "../market.ts";
import type { Connection } from "./connection.ts";
import { binanceSymbol, type Desk } from "./desk.ts";
import { aggTradeMessage, bookTickerMessage, depthMessage, tradeMessage } from "./messages.ts";

/** Streams on one connection, as Binance allows. */
const STREAMS_MAX = 1024;
/** The names that follow a symbol, as in "btcusdt@trade", and where their listeners are counted, if at all. */
const KINDS: Readonly<Record<string, "trades" | "books" | undefined>> = {
  trade: "trades",
  aggTrade: undefined,
  depth: "books",
  "depth@100ms": "books",
  bookTicker: undefined,
};

/** A connection to market streams. */
interface Listener {
  readonly connection: Connection;
  /** Combined connections wrap each message with the name of its stream. */
  readonly isCombined: boolean;
  readonly names: Set<string>;
}

/** The public streams: who subscribed to what, and what they are sent. */
export class MarketStreams {
  private readonly desk: Desk;
  private readonly listeners = new Map<string, Set<Listener>>();

  constructor(desk: Desk) {
    this.desk = desk;
  }

  /** Serves a new connection. @param names subscribed to by its address; unknown ones are passed over. */
  connect(connection: Connection, isCombined: boolean, names: readonly string[]): void {
    const listener: Listener = { connection, isCombined, names: new Set() };
    for (const name of names.slice(0, STREAMS_MAX)) if (this.stateOf(name) !== null) this.add(listener, name);
    connection.socket.on("message", (data) => {
      void this.desk.audience.during(() => connection.send(this.answer(listener, String(data))));
    });
    connection.socket.on("close", () => {
      for (const name of [...listener.names]) this.remove(listener, name);
    });
  }

  send(event: MarketEvent): void {
    const { market } = this.desk;
    if (event.kind === "trade") {
      this.tell(event.instrument, "trade", () => tradeMessage(market, event));
      this.tell(event.instrument, "aggTrade", () => aggTradeMessage(market, event));
    } else if (event.kind === "book") {
      this.tell(event.instrument, "depth", () => depthMessage(market, event));
      this.tell(event.instrument, "depth@100ms", () => depthMessage(market, event));
      this.tell(event.instrument, "bookTicker", () => bookTickerMessage(market, event.instrument));
    }
  }

  private tell(index: number, kind: string, make: () => object): void {
    const name = `${binanceSymbol(this.desk.market.instrument(index)).toLowerCase()}@${kind}`;
    const listeners = this.listeners.get(name);
    if (!listeners || listeners.size === 0) return;
    const message = make();
    for (const { connection, isCombined } of listeners) {
      void connection.send(isCombined ? { stream: name, data: message } : message);
    }
  }

  private answer(listener: Listener, text: string): object {
    let request: unknown;
    try {
      request = JSON.parse(text);
    } catch (error) {
      return { code: 3, msg: `Invalid JSON: ${(error as Error).message}` };
    }
    const { method, params, id } = { ...(request as Record<string, unknown> | null) };
    if (id !== undefined && id !== null && typeof id !== "number" && typeof id !== "string") {
      return { code: 2, msg: "Invalid request: request ID must be an unsigned integer or a string" };
    }
    const error = (msg: string) => ({ id: id ?? null, error: { code: 2, msg: `Invalid request: ${msg}` } });
    if (method === "LIST_SUBSCRIPTIONS") return { result: [...listener.names], id: id ?? null };
    if (method !== "SUBSCRIBE" && method !== "UNSUBSCRIBE") {
      return error("unknown method, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`");
    }
    if (!Array.isArray(params) || !params.every((name) => typeof name === "string")) {
      return error("params must be an array of stream names");
    }
    const unknown = params.find((name) => this.stateOf(name) === null);
    if (unknown !== undefined) return error(`there is no stream ${JSON.stringify(unknown.slice(0, 50))}`);
    if (method === "SUBSCRIBE" && new Set([...listener.names, ...params]).size > STREAMS_MAX) {
      return error(`a connection has at most ${STREAMS_MAX} streams`);
    }
    for (const name of params) {
      if (method === "SUBSCRIBE") this.add(listener, name);
      else this.remove(listener, name);
    }
    return { result: null, id: id ?? null };
  }

  private add(listener: Listener, name: string): void {
    if (listener.names.has(name)) return;
    listener.names.add(name);
    const listeners = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, listeners.add(listener));
    const state = this.stateOf(name);
    if (state) this.desk.audience.join(state);
  }

  private remove(listener: Listener, name: string): void {
    if (!listener.names.delete(name)) return;
    this.listeners.get(name)?.delete(listener);
    const state = this.stateOf(name);
    if (state) this.desk.audience.leave(state);
  }

  /** What a pacer counts for a stream; undefined if nothing, null if there is no such stream. */
  private stateOf(name: string): StreamState | undefined | null {
    const [, symbol = "", kind = ""] = /^([^@A-Z]+)@(.+)$/.exec(name) ?? [];
    const index = this.desk.symbols.get(symbol.toUpperCase());
    if (index === undefined || !Object.hasOwn(KINDS, kind)) return null;
    const streams = KINDS[kind];
    return streams && this.desk.audience[streams][index];
  }
}
