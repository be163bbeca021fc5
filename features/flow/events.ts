/**
 * Quotes and trades, counted into the bars of a set: series to give to `compute`, or to `publish` in a stream.
 *
 * An event belongs to the bar with start <= time < end; between bars it only moves what came last. The counters below
 * take one event at a time, so that live they can be fed as events come.
 */
import { fail, timeText } from "#core";
import type { TableColumns } from "#model";
import { DEFAULT_BAR_MS, type TimedBars } from "../drive/compute.ts";

type Series = TableColumns<"series">;

export interface EventOptions {
  /** When the recording stopped (UTC ms): a bar that starts later has no count. Default: the last event's time. */
  readonly until?: number;
}

/** The last quote, and the flow since the count was taken. Sizes in base asset. */
export interface QuoteFlow {
  bid: number;
  bidQuantity: number;
  ask: number;
  askQuantity: number;
  ofi: number;
}

export function createQuoteFlow(): QuoteFlow {
  return { bid: Number.NaN, bidQuantity: 0, ask: Number.NaN, askQuantity: 0, ofi: 0 };
}

/**
 * Takes a quote. The flow of an event (Cont, Kukanov, Stoikov 2014, eq. 4): at the bid what was added at the same price,
 * all of a better price, less all of the price that is gone; the same at the ask, with the other sign.
 */
export function pushQuote(
  flow: QuoteFlow,
  bid: number,
  bidQuantity: number,
  ask: number,
  askQuantity: number,
): void {
  if (bid >= flow.bid) flow.ofi += bidQuantity;
  if (bid <= flow.bid) flow.ofi -= flow.bidQuantity;
  if (ask <= flow.ask) flow.ofi -= askQuantity;
  if (ask >= flow.ask) flow.ofi += flow.askQuantity;
  flow.bid = bid;
  flow.bidQuantity = bidQuantity;
  flow.ask = ask;
  flow.askQuantity = askQuantity;
}

/** Bought less sold since the count was taken, and what signs a trade of unknown side. */
export interface TradeFlow {
  price: number;
  sign: number;
  signed: number;
}

export function createTradeFlow(): TradeFlow {
  return { price: Number.NaN, sign: 0, signed: 0 };
}

/** Takes a trade. @param side 1 bought, -1 sold; NaN: by the tick rule (the last change of the price). */
export function pushTrade(flow: TradeFlow, price: number, quantity: number, side: number): void {
  if (price !== flow.price) flow.sign = price > flow.price ? 1 : price < flow.price ? -1 : flow.sign;
  flow.price = price;
  flow.signed += (Number.isNaN(side) ? flow.sign : Math.sign(side)) * quantity;
}

/**
 * The series that `microprice`, `bookImbalance` and `orderFlowImbalance` read, all published at the end of their bar,
 * when no more can come into it: of prices and sizes the last of each bar that has a quote; of the flow one value a bar,
 * 0 without a quote, NaN before the bar of the first quote and after the recording.
 * A quote with a value that is not finite is passed over. Errors: `features.bad-series` for quotes out of order.
 */
export function quoteFeatures(
  bars: TimedBars,
  quotes: TableColumns<"quotes">,
  options: EventOptions = {},
): Record<string, Series> {
  const { bid, bidQuantity, ask, askQuantity } = quotes;
  const flow = createQuoteFlow();
  const last: number[] = [];
  const flows = countIntoBars(bars, "quotes", quotes.time, {
    take(i, bar) {
      if (!Number.isFinite(bid[i]! + bidQuantity[i]! + ask[i]! + askQuantity[i]!)) return;
      pushQuote(flow, bid[i]!, bidQuantity[i]!, ask[i]!, askQuantity[i]!);
      if (bar >= 0) last[bar] = i;
    },
    give: () => flow.ofi,
    restart: () => {
      flow.ofi = 0;
    },
    ...options,
  });
  const rows = last.filter((row) => row !== undefined);
  const time = Float64Array.from(rows, (i) => quotes.time[i]!);
  const published = flows.published.filter((_, bar) => last[bar] !== undefined);
  const lastOf = (column: Float64Array): Series => ({
    time,
    published,
    value: Float64Array.from(rows, (i) => column[i]!),
  });
  return {
    "quotes.bid": lastOf(bid),
    "quotes.bidQuantity": lastOf(bidQuantity),
    "quotes.ask": lastOf(ask),
    "quotes.askQuantity": lastOf(askQuantity),
    "quotes.ofi": flows,
  };
}

/**
 * The series that `tradeFlow` reads: one value a bar, published at its end: 0 without a trade, NaN before the bar of the
 * first trade and after the recording. Errors: `features.bad-series` for trades out of order.
 */
export function tradeFeatures(
  bars: TimedBars,
  trades: TableColumns<"trades">,
  options: EventOptions = {},
): Record<string, Series> {
  const { price, quantity, side } = trades;
  const flow = createTradeFlow();
  const signed = countIntoBars(bars, "trades", trades.time, {
    take(i) {
      if (Number.isFinite(price[i]! + quantity[i]!)) pushTrade(flow, price[i]!, quantity[i]!, side[i]!);
    },
    give: () => flow.signed,
    restart: () => {
      flow.signed = 0;
    },
    ...options,
  });
  return { "trades.signedVolume": signed };
}

interface Counter extends EventOptions {
  /** @param bar index of the event's bar; -1 between bars. */
  take(event: number, bar: number): void;
  give(): number;
  restart(): void;
}

function countIntoBars(bars: TimedBars, kind: string, time: Float64Array, counter: Counter): Series {
  const barMs = bars.timeframeMs ?? DEFAULT_BAR_MS;
  assertOrdered(kind, time);
  const until = counter.until ?? time.at(-1) ?? Number.NEGATIVE_INFINITY;
  const value = new Float64Array(bars.time.length).fill(Number.NaN);
  let next = 0;
  bars.time.forEach((start, bar) => {
    for (; next < time.length && time[next]! < start; next++) counter.take(next, -1);
    counter.restart();
    const first = next;
    for (; next < time.length && time[next]! < start + barMs; next++) counter.take(next, bar);
    if (next > 0 && (next > first || start <= until)) value[bar] = counter.give();
  });
  return { time: bars.time, published: bars.time.map((start) => start + barMs), value };
}

function assertOrdered(kind: string, time: Float64Array): void {
  for (let i = 0; i < time.length; i++) {
    if (i === 0 ? Number.isFinite(time[i]!) : time[i]! >= time[i - 1]!) continue;
    fail("features.bad-series", {
      message: `row ${i} of the ${kind} is of ${timeText(time[i]!)}, after one of ${timeText(time[i - 1] ?? Number.NaN)}`,
      hint: "Give events oldest first, by the venue's time.",
      fields: { kind, row: i, time: String(time[i]) },
    });
  }
}
