/**
 * Binance's aggregate trades: fills of one order at one price count as one. They are numbered one by one, so that pages
 * follow by number; times only find the first.
 */
import type { Trade } from "ccxt";
import type { Millis } from "#core";
import type { HistoryPage, TableColumns } from "#model";
import { ask, type Patience } from "../ask.ts";
import type { LoadedExchange } from "../load-exchange.ts";

const PAGE = 1000;
/** The exchange answers by time for an hour at most. */
const WINDOW_MS = 36e5;

interface Range {
  readonly symbol: string;
  readonly from: Millis;
  readonly to: Millis;
}

export async function* tradePages(
  loaded: LoadedExchange,
  { symbol, from, to }: Range,
  patience: Patience,
): AsyncGenerator<HistoryPage<"trades">> {
  const fetch = (since: Millis | undefined, limit: number, params: object) =>
    ask(loaded, () => loaded.exchange.fetchTrades(symbol, since, limit, params), patience);
  // Before the first trade of all there is nothing to look for, hour by hour.
  const [oldest] = await fetch(undefined, 1, { fromId: 0 });
  let at = from;
  const listed = Math.min(to, oldest?.timestamp ?? to);
  if (listed > at) {
    yield { from: at, to: listed, columns: columnsFromTrades([]) };
    at = listed;
  }
  let next: number | undefined;
  while (at < to) {
    const windowEnd = Math.min(to, at + WINDOW_MS);
    const rows: Trade[] =
      next === undefined
        ? await fetch(at, PAGE, { until: windowEnd - 1 })
        : await fetch(undefined, PAGE, { fromId: next });
    const last = rows.at(-1);
    // More trades of the last one's millisecond may follow on the next page.
    const isWhole = rows.length < PAGE || last!.timestamp! >= to;
    const end = isWhole ? (next === undefined ? windowEnd : to) : last!.timestamp!;
    yield { from: at, to: end, columns: columnsFromTrades(rows.filter(({ timestamp }) => timestamp! < to)) };
    at = end;
    if (last) next = Number(last.id) + 1;
  }
}

/** @param received UTC ms, by our clock; NaN for history. */
export function columnsFromTrades(trades: readonly Trade[], received = Number.NaN): TableColumns<"trades"> {
  return {
    time: Float64Array.from(trades, ({ timestamp }) => timestamp ?? Number.NaN),
    received: new Float64Array(trades.length).fill(received),
    id: Float64Array.from(trades, ({ id }) => Number(id)),
    price: Float64Array.from(trades, ({ price }) => price ?? Number.NaN),
    quantity: Float64Array.from(trades, ({ amount }) => amount ?? Number.NaN),
    side: Float64Array.from(trades, ({ side }) => (side === "buy" ? 1 : side === "sell" ? -1 : Number.NaN)),
  };
}
