import { decimalText, type Millis, numberText, powerOfTen, timeText } from "#core";
import { equity } from "#engine";
import { type Instrument, type Order, priceFromTicks, quantityFromLots } from "#model";
import type { RecentEvent } from "./core/recent.ts";
import type { TradingCore } from "./core/trading-core.ts";
import type { LiveTrader } from "./live-trader.ts";
import type { ModelStatus } from "./model-status.ts";
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
  /** What trading began with. */
  readonly capital: number;
  /** Since the start of the UTC day, by the venue's clock. */
  readonly todayProfit: number;
  /** Value of all positions over equity; short positions count negative. */
  readonly exposure: number;
  /** Equity against its highest after a bar so far: 0 or below. */
  readonly drawdown: number;
  /** Equity after bars, at most 400 of them, oldest first. */
  readonly curve: readonly (readonly [time: Millis, equity: number])[];
  /** The latest, newest first. */
  readonly events: readonly StatusEvent[];
  readonly fees: number;
  readonly positions: readonly {
    readonly symbol: string;
    /** Base asset held, dust below a lot included. */
    readonly quantity: string;
    /** Mean price of what is held, before fees; null for nothing. */
    readonly entry: number | null;
    /** Of what is held, at the mark, before fees. */
    readonly profit: number | null;
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
  readonly models: readonly ModelStatus[];
}

/** What happened, in words. */
export interface StatusEvent {
  /** By the venue's clock; null before it has told the time. */
  readonly time: Millis | null;
  readonly kind: RecentEvent["kind"];
  readonly text: string;
  readonly detail?: string;
}

export function statusOf(
  core: TradingCore,
  trader: LiveTrader,
  isolation: Isolation,
  records: number,
  models: LiveStatus["models"],
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
    ...figuresOf(core),
    events: core.recent.state.events.map((event) => eventStatus(core, event)).reverse(),
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
    models,
  };
}

function figuresOf({ engine, terms, recent }: TradingCore) {
  const now = equity(engine);
  const { curve, peak } = recent.state;
  const invested = engine.quantity.reduce((sum, quantity, i) => sum + quantity * (markOf(engine, i) ?? 0), 0);
  return {
    equity: now,
    capital: terms.account.capital,
    todayProfit: now - (recent.dayBegan(engine.now) ?? terms.account.capital),
    exposure: now > 0 ? invested / now : 0,
    drawdown: now < peak ? now / peak - 1 : 0,
    curve,
  };
}

function markOf({ instruments, markTicks }: TradingCore["engine"], i: number): number | null {
  return known(priceFromTicks(instruments[i]!, markTicks[i]!));
}

const ENDS = { started: "Trading began", reconciled: "In step with the exchange again" } as const;
const ACTS = { halted: "Halted", resumed: "Resumed", flattened: "Flattened" } as const;

function eventStatus({ instruments }: TradingCore, event: RecentEvent): StatusEvent {
  const { kind } = event;
  const time = known(event.time);
  switch (kind) {
    case "filled": {
      const instrument = instruments[event.instrument]!;
      const size = (lots: number) => `${quantityFromLots(instrument, lots)} ${instrument.base}`;
      const text = `${event.side > 0 ? "Bought" : "Sold"} ${size(event.lots)} at ${priceFromTicks(instrument, event.ticks)}`;
      return { time, kind, text, ...(event.lotsLeft > 0 ? { detail: `${size(event.lotsLeft)} left` } : {}) };
    }
    case "refused": {
      const { code, reason, value, bound } = event;
      const limits = Number.isFinite(value) && Number.isFinite(bound);
      const why = reason ?? (limits ? `${numberText(value)} of ${numberText(bound)}` : "");
      const detail = why === "" ? code : `${code}: ${why}`;
      return { time, kind, text: `Refused, ${instruments[event.instrument]!.symbol}`, detail };
    }
    case "unknown":
      return { time, kind, text: `No answer to order ${event.id}`, detail: "asking the exchange by its id" };
    case "stopped":
      return { time, kind, text: "The strategy was stopped", detail: `${event.message} (${event.code})` };
    case "started":
    case "reconciled":
      return { time, kind, text: ENDS[kind] };
    case "halted":
    case "resumed":
    case "flattened":
      return { time, kind, text: `${ACTS[kind]} by the operator` };
  }
}

function positionStatus(
  { engine, books, instruments }: TradingCore,
  i: number,
): LiveStatus["positions"][number] {
  const instrument = instruments[i]!;
  const book = books[i];
  const price = (ticks: number | undefined) => (ticks ? priceFromTicks(instrument, ticks) : null);
  const stop = engine.stopTicks[i]!;
  const held = engine.quantity[i]!;
  const cost = Number(engine.costUnits[i]!) / powerOfTen(instrument.assetDecimals);
  const mark = markOf(engine, i);
  const rests = [...engine.orders.values()].some(
    ({ purpose, instrument: index, state }) => purpose === "stop" && index === i && state === "open",
  );
  return {
    symbol: instrument.symbol,
    quantity: decimalText(engine.baseUnits[i]!, instrument.assetDecimals),
    entry: held === 0 ? null : cost / held,
    profit: held === 0 || mark === null ? null : held * mark - cost,
    mark,
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
