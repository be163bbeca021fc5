import { fail, type Millis, timeframeMs } from "#core";
import type { CandleSource, RawCandle } from "#model";
import { ask, type Patience } from "./ask.ts";
import type { ExchangeName, LoadedExchange } from "./load-exchange.ts";
import { openMarkets } from "./markets.ts";

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
/**
 * Spot candles of an exchange, through ccxt. A range is required, since there is no clock here. A candle that ends
 * after `to` is left out; so is the exchange's last one if it ends before `to`: it may still be open.
 * Errors: `data.range-needed`, `data.bad-timeframe`, `data.unknown-symbol`, `venue.refused`, and
 * `venue.unreachable` after three attempts.
 */
export function ccxtSource({ exchange: name, origin }: CcxtSourceOptions): CandleSource {
  const markets = openMarkets(name, "spot", origin);
  return {
    name,
    instrument: (symbol) => markets.instrument(symbol),
    async *candles({ instrument: { symbol }, timeframe, from, to }) {
      const loaded = await markets.load();
      checkedStep(name, timeframe, Object.keys(loaded.exchange.timeframes));
      if (from === undefined || to === undefined) return rangeNeeded(name);
      await markets.find(symbol);
      for await (const { rows } of candlePages(loaded, { symbol, timeframe, from, to })) {
        if (rows.length > 0) yield rows;
      }
    },
    close: () => markets.close(),
  };
}

/** Candles that are closed, and the end of the stretch that they are all of. */
export interface CandlePage {
  readonly rows: readonly RawCandle[];
  readonly end: Millis;
}

/** All closed candles that end by `to`, page by page. Errors: `data.bad-timeframe`, those of {@link ask}. */
export async function* candlePages(
  loaded: LoadedExchange,
  request: {
    readonly symbol: string;
    readonly timeframe: string;
    readonly from: Millis;
    readonly to: Millis;
  },
  patience: Patience = {},
): AsyncGenerator<CandlePage> {
  const { name, exchange } = loaded;
  const { symbol, timeframe, from, to } = request;
  const stepMs = checkedStep(name, timeframe, Object.keys(exchange.timeframes));
  const fetchPage = (since: Millis, rows: number) =>
    ask(loaded, () => exchange.fetchOHLCV(symbol, timeframe, since, rows), patience) as Promise<RawCandle[]>;
  yield* closedCandles(pages(name, fetchPage, stepMs, from, to), stepMs, to);
}

/** The exchange's answers from `from` on, oldest first, until one reaches `to` or nothing follows. */
async function* pages(
  name: ExchangeName,
  fetchPage: (since: Millis, rows: number) => Promise<RawCandle[]>,
  stepMs: Millis,
  from: Millis,
  to: Millis,
): AsyncGenerator<CandlePage> {
  const { rows: limit, isEmptyLast } = PAGES[name];
  for (let since = from; since < to; ) {
    const windowEnd = isEmptyLast ? Infinity : since + limit * stepMs;
    const rows = (await fetchPage(since, limit)).filter(([time]) => time >= since && time < windowEnd);
    const last = rows.at(-1);
    const end = isEmptyLast ? (last ? last[0] + stepMs : to) : windowEnd;
    yield { rows, end };
    since = end;
  }
}

/** Holds each page's last candle back until another shows that it is closed. */
async function* closedCandles(
  source: AsyncIterable<CandlePage>,
  stepMs: Millis,
  to: Millis,
): AsyncGenerator<CandlePage> {
  const isWanted = ([time]: RawCandle) => time + stepMs <= to;
  let held: readonly RawCandle[] = [];
  for await (const { rows, end } of source) {
    if (rows.length > 0) {
      const closed = [...held, ...rows.slice(0, -1)].filter(isWanted);
      held = rows.slice(-1);
      yield { rows: closed, end: Math.min(to, held[0]![0]) };
    } else if (held.length === 0) yield { rows: [], end: Math.min(to, end) };
  }
  const rest = held.filter(([time]) => time + stepMs === to);
  if (rest.length > 0) yield { rows: rest, end: to };
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
