import type { Millis, TickbookError } from "#core";
import type { RawCandle } from "./candles.ts";
import type { AssetUnits, Instrument, Lots, Ticks } from "./instrument.ts";
import type { Order, OrderEvent } from "./order.ts";

/** A trade on the tape. `id` rises by one a trade. */
export interface MarketTrade {
  readonly kind: "trade";
  readonly time: Millis;
  readonly instrument: number;
  readonly id: number;
  readonly ticks: Ticks;
  readonly lots: Lots;
}

/** The best prices of the book after update `id`; 0 lots where a side is empty. */
export interface TopOfBook {
  readonly kind: "book";
  readonly time: Millis;
  readonly instrument: number;
  readonly id: number;
  readonly bidTicks: Ticks;
  readonly bidLots: Lots;
  readonly askTicks: Ticks;
  readonly askLots: Lots;
}

/** What the account holds at the venue, free and locked together, by asset. */
export interface VenueBalances {
  readonly kind: "balances";
  readonly time: Millis;
  /** Account update id; 0 for an answer to a question. */
  readonly id: number;
  readonly total: Readonly<Record<string, AssetUnits>>;
}

/** Something about an order, with the execution id of the stream that told it; 0 for an answer to a question. */
export type OrderReport = OrderEvent & { readonly execution: number };

/** All that a venue tells on its own. */
export type VenueEvent = MarketTrade | TopOfBook | VenueBalances | OrderReport;

export interface VenueListener {
  /** In the order in which each stream brings them. */
  onEvent(event: VenueEvent): void;
  /** The stream of the account's own events was lost. What it missed must be asked for once `join` has worked again. */
  onLost(error: TickbookError): void;
  /** The venue said something that cannot be worked with: trading must stop. */
  onBroken(error: TickbookError): void;
}

/** What a venue knows of an order: nothing, or its fills and where it stands, as events. */
export type OrderKnowledge =
  | { readonly isKnown: false }
  | { readonly isKnown: true; readonly events: readonly OrderReport[] };

/**
 * An account at an exchange. Implemented by ccxt in lib/venue/ccxt.
 * Contract: what happens to an order is told once or more, fills before its end; an answer that was lost is told as
 * `order-unknown`, never guessed.
 */
export interface VenueGateway {
  readonly name: string;
  /** The instruments as the venue defines them now, in the order asked for. */
  instruments(symbols: readonly string[]): Promise<readonly Instrument[]>;
  /** Starts the market streams of these instruments. @param lastTrade of each the last trade id that is known already. */
  watchMarket(
    instruments: readonly Instrument[],
    lastTrade: readonly number[],
    listener: VenueListener,
  ): void;
  /** Subscribes to the account's own events; resolves once that stands. Call it again after `onLost`. @param orders that go on. */
  join(orders?: Iterable<Order>): Promise<void>;
  /** Tells the listener every trade up to now that it was not told, before it resolves. */
  catchUp(): Promise<void>;
  /** The venue's clock. */
  time(): Promise<Millis>;
  /** The answer to a new order: accepted, rejected, or unknown. */
  submit(order: Order): Promise<OrderReport>;
  /** The answer to a cancel: undefined when the venue took it, `cancel-rejected` when it knows no such order. */
  cancel(order: Order): Promise<OrderReport | undefined>;
  ask(order: Order): Promise<OrderKnowledge>;
  balances(): Promise<VenueBalances>;
  /** The last `count` candles that start before `end` (default: now), oldest first; the last one may still be open. */
  candles(
    instrument: Instrument,
    timeframe: string,
    count: number,
    end?: Millis,
  ): Promise<readonly RawCandle[]>;
  close(): Promise<void>;
}
