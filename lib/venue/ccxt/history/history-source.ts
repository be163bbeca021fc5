import { fail } from "#core";
import type { HistoryColumns, HistoryKind, HistoryPage, HistoryRequest, HistorySource } from "#model";
import { type CcxtSourceOptions, candlePages } from "../candle-source.ts";
import type { ExchangeName } from "../load-exchange.ts";
import { openMarkets } from "../markets.ts";
import { fundingPages } from "./funding.ts";
import { tradePages } from "./trades.ts";

const KINDS: Readonly<Record<ExchangeName, readonly HistoryKind[]>> = {
  binance: ["candles", "trades", "funding"],
  coinbase: ["candles"],
};
/** A fetch of years should outlive a minute without network. */
const PATIENCE = { attempts: 7 };

/**
 * History of an exchange through ccxt: candles and trades of spot markets, funding of perpetual futures
 * ("BTC/USDT:USDT"). ccxt keeps to the exchange's rate limits; what it asks us to wait is waited.
 * Errors: `data.no-history`, `data.range-needed`, `data.bad-timeframe`, `data.unknown-symbol`, `venue.refused`,
 * `venue.unreachable`.
 */
export function ccxtHistory({ exchange: name, origin }: CcxtSourceOptions): HistorySource {
  const spot = openMarkets(name, "spot", origin);
  const futures = openMarkets(name, "linear", origin);
  return {
    name,
    async instrument(symbol, kind) {
      refuseKind(name, kind);
      if (kind !== "funding") return spot.instrument(symbol);
      await futures.find(symbol);
      return undefined;
    },
    async *pages<K extends HistoryKind>(request: HistoryRequest<K>) {
      const { kind, symbol, timeframe = "", from, to } = request;
      refuseKind(name, kind);
      const loaded = await (kind === "funding" ? futures : spot).load();
      const range = { symbol, from, to };
      const found =
        kind === "candles"
          ? candles(candlePages(loaded, { ...range, timeframe }, PATIENCE), from)
          : kind === "trades"
            ? tradePages(loaded, range, PATIENCE)
            : fundingPages(loaded, range, PATIENCE);
      yield* found as AsyncGenerator<HistoryPage<K>>;
    },
    async close() {
      await Promise.all([spot.close(), futures.close()]);
    },
  };
}

async function* candles(
  pages: ReturnType<typeof candlePages>,
  from: number,
): AsyncGenerator<HistoryPage<"candles">> {
  let start = from;
  for await (const { rows, end } of pages) {
    const column = (k: number) => Float64Array.from(rows, (row) => row[k]!);
    const columns: HistoryColumns["candles"] = {
      time: column(0),
      open: column(1),
      high: column(2),
      low: column(3),
      close: column(4),
      volume: column(5),
    };
    yield { from: start, to: end, columns };
    start = Math.max(start, end);
  }
}

function refuseKind(name: ExchangeName, kind: HistoryKind): void {
  if (KINDS[name].includes(kind)) return;
  fail("data.no-history", {
    message: `${name} can't be asked for a history of ${kind}`,
    hint: `It has ${KINDS[name].join(", ")}; ${kind} can be had from binance.`,
    fields: { exchange: name, kind },
  });
}
