import { type Instrument, notionalUnits } from "#model";
import type { Tape, TapeCandle, TapeTrade } from "../tape.ts";
import { amountText, priceText, quantityText } from "../texts.ts";
import { binanceSymbol, instrumentOf, instrumentsOf, type Operation, stamp } from "./desk.ts";
import { bookTickerMessage, levels } from "./messages.ts";
import { LOTS_MAX, TICKS_MAX } from "./order-params.ts";
import type { Params } from "./params.ts";
import { refuse } from "./refusal.ts";

const ROWS = 500;
const ROWS_MAX = 1000;

export const ping: Operation = () => ({});

export const serverTime: Operation = ({ market }) => ({ serverTime: stamp(market.now) });

export const exchangeInfo: Operation = (desk, params) => ({
  timezone: "UTC",
  serverTime: stamp(desk.market.now),
  rateLimits: [],
  exchangeFilters: [],
  symbols: instrumentsOf(desk, params).map((i) => symbolInfo(desk.market.instrument(i))),
});

function symbolInfo(instrument: Instrument): object {
  const { base, quote, tick, lot, minNotional, assetDecimals } = instrument;
  return {
    symbol: binanceSymbol(instrument),
    status: "TRADING",
    baseAsset: base,
    baseAssetPrecision: assetDecimals,
    quoteAsset: quote,
    quotePrecision: assetDecimals,
    quoteAssetPrecision: assetDecimals,
    baseCommissionPrecision: assetDecimals,
    quoteCommissionPrecision: assetDecimals,
    orderTypes: ["LIMIT", "MARKET", "STOP_LOSS"],
    icebergAllowed: false,
    ocoAllowed: false,
    quoteOrderQtyMarketAllowed: false,
    allowTrailingStop: false,
    cancelReplaceAllowed: false,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: [
      {
        filterType: "PRICE_FILTER",
        minPrice: tick,
        maxPrice: priceText(instrument, TICKS_MAX),
        tickSize: tick,
      },
      { filterType: "LOT_SIZE", minQty: lot, maxQty: quantityText(instrument, LOTS_MAX), stepSize: lot },
      // Market orders are valued at the last trade. There is no largest value.
      {
        filterType: "NOTIONAL",
        minNotional,
        applyMinToMarket: true,
        applyMaxToMarket: false,
        avgPriceMins: 0,
      },
    ],
    permissions: [],
    permissionSets: [["SPOT"]],
    defaultSelfTradePreventionMode: "NONE",
    allowedSelfTradePreventionModes: ["NONE"],
  };
}

/** The candles that have closed, and the open one as far as it was printed. */
export const klines: Operation = (desk, params) => {
  const tape = desk.market.tapes[instrumentOf(desk, params)]!;
  if (params.mandatory("interval") !== tape.timeframe) refuse(-1120, "Invalid interval.");
  const start = params.integer("startTime");
  const end = params.integer("endTime") ?? Number.MAX_SAFE_INTEGER;
  return tape
    .candles(start, end, params.limit(ROWS, ROWS_MAX))
    .map((candle) => klineRow(tape.instrument, tape.timeframeMs, candle));
};

function klineRow(instrument: Instrument, lengthMs: number, candle: TapeCandle): unknown[] {
  const { time, open, high, low, close, lots, volume, quoteUnits, trades } = candle;
  const zero = amountText(instrument, 0n);
  return [
    time,
    ...[open, high, low, close].map((ticks) => priceText(instrument, ticks)),
    lots === undefined ? volume.toFixed(instrument.assetDecimals) : quantityText(instrument, lots),
    time + lengthMs - 1,
    amountText(instrument, quoteUnits),
    trades,
    zero,
    zero,
    "0",
  ];
}

/** The book as it stands, with the number of its last change. */
export const depth: Operation = (desk, params) => {
  const { market } = desk;
  const index = instrumentOf(desk, params);
  const limit = params.limit(100, 5000);
  const { book, lastId } = market.feeds[index]!;
  return {
    lastUpdateId: lastId,
    bids: levels(market, index, book.bids.slice(0, limit)),
    asks: levels(market, index, book.asks.slice(0, limit)),
  };
};

/** The last trades; with `fromId`, the first from there on. */
export const trades: Operation = (desk, params) => {
  const { tape, list } = tradesOf(desk.market.tapes[instrumentOf(desk, params)]!, params);
  return list.map(({ id, time, ticks, lots, isSale }) => ({
    id,
    price: priceText(tape.instrument, ticks),
    qty: quantityText(tape.instrument, lots),
    quoteQty: quoteText(tape.instrument, ticks, lots),
    time: stamp(time),
    isBuyerMaker: isSale,
    isBestMatch: true,
  }));
};

/** Each trade is an aggregate of its own. */
export const aggTrades: Operation = (desk, params) => {
  const { tape, list } = tradesOf(desk.market.tapes[instrumentOf(desk, params)]!, params);
  return list.map(({ id, time, ticks, lots, isSale }) => ({
    a: id,
    p: priceText(tape.instrument, ticks),
    q: quantityText(tape.instrument, lots),
    f: id,
    l: id,
    T: stamp(time),
    m: isSale,
    M: true,
  }));
};

export const tickerPrice: Operation = (desk, params) => {
  const rows = instrumentsOf(desk, params).flatMap((index) => {
    const tape = desk.market.tapes[index]!;
    if (tape.printed === 0) return [];
    const price = priceText(tape.instrument, tape.trade(tape.printed).ticks);
    return [{ symbol: binanceSymbol(tape.instrument), price }];
  });
  return params.has("symbol") ? (rows[0] ?? refuse(-1112, "No orders on book for symbol.")) : rows;
};

export const tickerBook: Operation = (desk, params) => {
  const rows = instrumentsOf(desk, params).map((index) => {
    const { s, b, B, a, A } = bookTickerMessage(desk.market, index);
    return { symbol: s, bidPrice: b, bidQty: B, askPrice: a, askQty: A };
  });
  return params.has("symbol") ? rows[0] : rows;
};

/** @returns trades by id: from `fromId`, or from `startTime` on, the first of them, else the last. */
function tradesOf(tape: Tape, params: Params): { tape: Tape; list: TapeTrade[] } {
  const limit = params.limit(ROWS, ROWS_MAX);
  const start = params.integer("startTime");
  const end = params.integer("endTime");
  const first = Math.max(1, params.integer("fromId") ?? 0, start === undefined ? 0 : tape.firstIdAt(start));
  const last = end === undefined ? tape.printed : tape.firstIdAt(end + 1) - 1;
  const isFromStart = params.has("fromId") || start !== undefined;
  const from = isFromStart ? first : Math.max(first, last - limit + 1);
  const count = Math.max(0, Math.min(limit, last - from + 1));
  return { tape, list: Array.from({ length: count }, (_, i) => tape.trade(from + i)) };
}

function quoteText(instrument: Instrument, ticks: number, lots: number): string {
  return amountText(instrument, notionalUnits(instrument, ticks, lots));
}
