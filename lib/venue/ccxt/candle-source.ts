import { setTimeout as pause } from "node:timers/promises";
import type { Exchange, MarketInterface } from "ccxt";
import { fail, type Millis, parseDecimal, timeframeMs } from "#core";
import { unknownSymbol } from "#data";
import { type CandleSource, createInstrument, type Instrument, type RawCandle } from "#model";
import { type ExchangeName, type LoadedExchange, loadExchange } from "./load-exchange.ts";

export interface CcxtSourceOptions {
  readonly exchange: ExchangeName;
  /** Where all requests go instead of to the exchange: "http://127.0.0.1:8080", a simulated one. */
  readonly origin?: string;
}

/** Candles in one request, at most; and whether an answer without any means that none follow. */
const PAGES = {
  binance: { rows: 1000, isEmptyLast: true },
  // Coinbase answers with the candles of a window of time, which is empty where nothing was traded.
  coinbase: { rows: 299, isEmptyLast: false },
} as const satisfies Record<ExchangeName, unknown>;
const ATTEMPTS = 3;
const BACKOFF_MS = 250;

/**
 * Spot candles of an exchange, through ccxt. A range is required, since there is no clock here. A candle that ends
 * after `to` is left out; so is the exchange's last one if it ends before `to`: it may still be open.
 * Errors: `data.range-needed`, `data.bad-timeframe`, `data.unknown-symbol`, `venue.refused`, and
 * `venue.unreachable` after three attempts.
 */
export function ccxtSource({ exchange: name, origin }: CcxtSourceOptions): CandleSource {
  let loading: Promise<LoadedExchange> | undefined;
  const load = () => {
    loading ??= loadExchange(name, origin);
    return loading;
  };
  const findMarket = async (symbol: string): Promise<MarketInterface> => {
    const loaded = await load();
    const markets = Object.values(await ask(name, loaded, () => loaded.exchange.loadMarkets()));
    const spot = markets.filter((market) => market?.spot === true) as MarketInterface[];
    const symbols = spot.map((market) => market.symbol);
    return spot.find((market) => market.symbol === symbol) ?? unknownSymbol(name, symbol, symbols);
  };
  return {
    name,
    async instrument(symbol) {
      return instrumentFromMarket(symbol, await load(), await findMarket(symbol));
    },
    async *candles({ instrument: { symbol }, timeframe, from, to }) {
      const loaded = await load();
      const { exchange } = loaded;
      const stepMs = checkedStep(name, timeframe, Object.keys(exchange.timeframes));
      if (from === undefined || to === undefined) return rangeNeeded(name);
      await findMarket(symbol);
      const fetchPage = (since: Millis, rows: number) =>
        ask(name, loaded, () => exchange.fetchOHLCV(symbol, timeframe, since, rows)) as Promise<RawCandle[]>;
      yield* closedCandles(pages(name, fetchPage, stepMs, from, to), stepMs, to);
    },
    async close() {
      await (await loading)?.exchange.close();
    },
  };
}

/** The exchange's answers from `from` on, oldest first, until one reaches `to` or nothing follows. */
async function* pages(
  name: ExchangeName,
  fetchPage: (since: Millis, rows: number) => Promise<RawCandle[]>,
  stepMs: Millis,
  from: Millis,
  to: Millis,
): AsyncGenerator<RawCandle[]> {
  const { rows, isEmptyLast } = PAGES[name];
  for (let since = from; since < to; ) {
    const windowEnd = isEmptyLast ? Infinity : since + rows * stepMs;
    const page = (await fetchPage(since, rows)).filter(([time]) => time >= since && time < windowEnd);
    const last = page.at(-1);
    if (!last && isEmptyLast) return;
    if (last) yield page;
    since = last && isEmptyLast ? last[0] + stepMs : windowEnd;
  }
}

/** Holds each page's last candle back until another shows that it is closed. */
async function* closedCandles(
  source: AsyncIterable<RawCandle[]>,
  stepMs: Millis,
  to: Millis,
): AsyncGenerator<RawCandle[]> {
  const isWanted = ([time]: RawCandle) => time + stepMs <= to;
  let held: RawCandle[] = [];
  for await (const page of source) {
    const batch = [...held, ...page.slice(0, -1)].filter(isWanted);
    held = page.slice(-1);
    if (batch.length > 0) yield batch;
  }
  const rest = held.filter(([time]) => time + stepMs === to);
  if (rest.length > 0) yield rest;
}

/** Asks the exchange, up to three times if it can't be reached. */
async function ask<T>(name: ExchangeName, loaded: LoadedExchange, request: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await request();
    } catch (error) {
      const text = (error as Error).message;
      if (!loaded.isTransient(error)) {
        return fail("venue.refused", {
          message: `${name} refused the request: ${text}`,
          fields: { exchange: name },
          cause: error,
        });
      }
      if (attempt === ATTEMPTS) {
        return fail("venue.unreachable", {
          message: `${name} can't be reached after ${ATTEMPTS} attempts: ${text}`,
          fields: { exchange: name, attempts: ATTEMPTS },
          cause: error,
        });
      }
      await pause(BACKOFF_MS * attempt);
    }
  }
}

/** Steps and smallest order as the exchange states them. */
export function instrumentFromMarket(
  symbol: string,
  { exchange }: { readonly exchange: Pick<Exchange, "numberToString"> },
  market: MarketInterface,
): Instrument {
  const text = (value: number | undefined) =>
    value === undefined ? undefined : exchange.numberToString(value);
  const tick = text(market.precision.price);
  const lot = text(market.precision.amount);
  if (tick === undefined || lot === undefined) {
    return fail("venue.refused", {
      message: `the exchange states no price or quantity step for ${symbol}`,
      fields: { symbol, tick, lot },
    });
  }
  const minNotional = text(market.limits.cost?.min) ?? "0";
  const decimals = parseDecimal(tick).decimals + parseDecimal(lot).decimals;
  // Money is counted to 8 digits unless one tick of one lot is worth less than that.
  return createInstrument({ symbol, tick, lot, minNotional, assetDecimals: Math.max(8, decimals) });
}

function checkedStep(name: ExchangeName, timeframe: string, timeframes: readonly string[]): Millis {
  // "1M" is a month there, which has no fixed length.
  const known = timeframes.filter((each) => !each.endsWith("M"));
  if (known.includes(timeframe)) return timeframeMs(timeframe);
  return fail("data.bad-timeframe", {
    message: `${name} has no ${timeframe} bars`,
    hint: `It has ${known.join(", ")}.`,
    fields: { exchange: name, timeframe, known },
  });
}

function rangeNeeded(name: ExchangeName): never {
  fail("data.range-needed", {
    message: `${name} can't be asked for all of its history at once`,
    hint: "Give the first and the last time: from and to.",
    fields: { exchange: name },
  });
}
