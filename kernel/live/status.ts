import { decimalText, timeText } from "#core";
import { equity } from "#engine";
import { type Instrument, type Order, priceFromTicks, quantityFromLots } from "#model";
import type { TradingCore } from "./core/trading-core.ts";
import type { LiveTrader } from "./live-trader.ts";
import type { Isolation } from "./strategy/types.ts";

/** What `tickbook live status` shows. Money as decimal texts, exact. */
export interface LiveStatus {
  readonly state: "joining" | "waiting for the next bar" | "trading" | "halted" | "strategy stopped";
  readonly strategy: string;
  readonly bundle: string;
  readonly venueTime: string;
  readonly failure?: { readonly code: string; readonly message: string };
  /** What the last comparison with the venue's account found different. */
  readonly booksDiffer?: string;
  readonly isolation: Isolation;
  readonly limits: object;
  readonly cash: string;
  readonly currency: string;
  readonly equity: number;
  readonly fees: number;
  readonly positions: readonly {
    readonly symbol: string;
    /** Base asset held, dust below a lot included. */
    readonly quantity: string;
    readonly mark: number | null;
    readonly bid: number | null;
    readonly ask: number | null;
    /** Trigger of the protective stop, and where it rests. */
    readonly stop?: { readonly price: number; readonly restsAt: "venue" | "engine" };
  }[];
  readonly orders: readonly {
    readonly id: string;
    readonly symbol: string;
    readonly side: "buy" | "sell";
    readonly type: string;
    readonly purpose: string;
    readonly state: string;
    readonly quantity: number;
    readonly filled: number;
    readonly price: number | null;
  }[];
  readonly counts: {
    readonly decisions: number;
    readonly orders: number;
    readonly fills: number;
    readonly refusals: number;
    readonly strays: number;
    readonly syncs: number;
    readonly records: number;
    readonly waiting: number;
  };
  /** From a market event to the order handed to the exchange's client, milliseconds. */
  readonly latencyMs: { readonly p50: number | null; readonly p99: number | null };
}

export function statusOf(
  core: TradingCore,
  trader: LiveTrader,
  isolation: Isolation,
  records: number,
): LiveStatus {
  const { engine, terms, instruments, failure } = core;
  const decimals = instruments[0]!.assetDecimals;
  return {
    state: stateOf(core, trader),
    strategy: terms.strategy,
    bundle: terms.bundle,
    venueTime: timeText(engine.now),
    ...(failure ? { failure: { code: failure.code, message: failure.message } } : {}),
    ...(trader.booksDiffer === undefined ? {} : { booksDiffer: trader.booksDiffer }),
    isolation,
    limits: engine.limits,
    cash: decimalText(engine.cash, decimals),
    currency: terms.account.currency,
    equity: equity(engine),
    fees: engine.fees,
    positions: instruments.map((_, i) => positionStatus(core, i)),
    orders: [...engine.orders.values()].map((order) => orderStatus(instruments[order.instrument]!, order)),
    counts: {
      ...core.counts,
      strays: engine.strays,
      syncs: core.syncs,
      records,
      waiting: trader.queueLength,
    },
    latencyMs: { p50: known(trader.latency.percentile(0.5)), p99: known(trader.latency.percentile(0.99)) },
  };
}

function positionStatus(
  { engine, books, instruments }: TradingCore,
  i: number,
): LiveStatus["positions"][number] {
  const instrument = instruments[i]!;
  const book = books[i];
  const price = (ticks: number | undefined) => (ticks ? priceFromTicks(instrument, ticks) : null);
  const stop = engine.stopTicks[i]!;
  const rests = [...engine.orders.values()].some(
    ({ purpose, instrument: index, state }) => purpose === "stop" && index === i && state === "open",
  );
  return {
    symbol: instrument.symbol,
    quantity: decimalText(engine.baseUnits[i]!, instrument.assetDecimals),
    mark: known(priceFromTicks(instrument, engine.markTicks[i]!)),
    bid: price(book?.bidTicks),
    ask: price(book?.askTicks),
    ...(Number.isNaN(stop) || engine.lots[i] === 0
      ? {}
      : { stop: { price: priceFromTicks(instrument, stop), restsAt: rests ? "venue" : "engine" } }),
  };
}

function orderStatus(instrument: Instrument, order: Order): LiveStatus["orders"][number] {
  const { id, type, purpose, state } = order;
  return {
    id,
    symbol: instrument.symbol,
    side: order.side > 0 ? "buy" : "sell",
    type,
    purpose,
    state,
    quantity: quantityFromLots(instrument, order.lots),
    filled: quantityFromLots(instrument, order.filledLots),
    price: order.ticks === undefined ? null : priceFromTicks(instrument, order.ticks),
  };
}

/** JSON has no NaN. */
function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function stateOf({ engine, tradesFrom }: TradingCore, trader: LiveTrader): LiveStatus["state"] {
  if (!trader.isJoined) return "joining";
  if (engine.stopped[0] === 1) return "strategy stopped";
  if (engine.halted) return "halted";
  return tradesFrom === Number.POSITIVE_INFINITY ? "waiting for the next bar" : "trading";
}
