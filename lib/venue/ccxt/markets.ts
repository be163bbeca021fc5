import type { Exchange, MarketInterface } from "ccxt";
import { fail, parseDecimal } from "#core";
import { unknownSymbol } from "#data";
import { createInstrument, type Instrument } from "#model";
import { ask } from "./ask.ts";
import { type ExchangeName, type LoadedExchange, loadExchange, type MarketType } from "./load-exchange.ts";

/** An exchange that is loaded when it is first asked, and its markets of one type. */
export interface Markets {
  load(): Promise<LoadedExchange>;
  /** Errors: `data.unknown-symbol`, `venue.refused`, `venue.unreachable`. */
  find(symbol: string): Promise<MarketInterface>;
  instrument(symbol: string): Promise<Instrument>;
  close(): Promise<void>;
}

/** @param type which markets: spot, or futures settled in the quote asset. */
export function openMarkets(name: ExchangeName, type: MarketType, origin: string | undefined): Markets {
  let loading: Promise<LoadedExchange> | undefined;
  const markets: Markets = {
    load() {
      loading ??= loadExchange(name, origin, type);
      return loading;
    },
    async find(symbol) {
      const loaded = await markets.load();
      const all = Object.values(await ask(loaded, () => loaded.exchange.loadMarkets()));
      const fitting = all.filter((market) => market?.[type] === true) as MarketInterface[];
      const symbols = fitting.map((market) => market.symbol);
      return fitting.find((market) => market.symbol === symbol) ?? unknownSymbol(name, symbol, symbols);
    },
    async instrument(symbol) {
      return instrumentFromMarket(symbol, await markets.load(), await markets.find(symbol));
    },
    async close() {
      await (await loading)?.exchange.close();
    },
  };
  return markets;
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
