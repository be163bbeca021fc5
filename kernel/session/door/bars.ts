import { isTickbookError } from "#core";
import { type Adjustment, ingest, readAdjusted, type Store, vegaSource } from "#data";
import type { Bars } from "#model";
import { currentSession } from "./current-session.ts";
import { requestOf, type StoredOptions, withData } from "./open-data.ts";
import { withOwnHash } from "./resample.ts";

export interface BarsOptions extends StoredOptions {
  /** Prices and volumes back-adjusted by the splits, or splits and dividends, stored beside them. Default: raw. */
  readonly adjust?: Adjustment;
}

/**
 * The stored history of an instrument, as columns of float64 that know their instrument.
 * @param symbol "BTC/USDT". @param timeframe "1h".
 * @param options.from the source: "vega" (S&P 500 1d, comes with the npm package vega-datasets and is stored on first
 * use), or any that `tickbook data fetch` or `tickbook data import` has stored ("binance", "coinbase", "csv").
 * Errors: `data.unknown-dataset` with what there is; `data.no-rows`.
 */
export async function bars(symbol: string, timeframe: string, options: BarsOptions): Promise<Bars> {
  const { adjust } = options ?? {};
  const request = {
    ...requestOf(`bars("${symbol}", "${timeframe}")`, options, ["adjust"]),
    symbol,
    timeframe,
  };
  return withData(async (store) => {
    const raw = await readOrIngest(store, request);
    const found = adjust === undefined ? raw : withOwnHash(await readAdjusted(store, request, adjust));
    currentSession().record({ kind: "data", value: await store.report(raw.hash, request) });
    return found;
  });
}

async function readOrIngest(store: Store, request: Parameters<Store["read"]>[0]): Promise<Bars> {
  try {
    return await store.read(request);
  } catch (error) {
    const isUnknown = isTickbookError(error) && error.code === "data.unknown-dataset";
    if (!isUnknown || request.source !== "vega" || request.version !== undefined) throw error;
  }
  const { root, startProgress } = currentSession();
  const { symbol, timeframe } = request;
  await ingest({ source: vegaSource({ resolveFrom: root }), store, symbol, timeframe, startProgress });
  return store.read(request);
}
