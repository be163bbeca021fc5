import { join } from "node:path";
import { fail, isTickbookError } from "#core";
import { type DatasetKey, ingest, openStore, type Store, vegaSource } from "#data";
import type { Bars } from "#model";
import { currentSession } from "./current-session.ts";

/**
 * The stored history of an instrument, as columns of float64 that know their instrument.
 * @param symbol "BTC/USDT". @param timeframe "1h".
 * @param options.from the source: "vega" (S&P 500 1d, comes with the npm package vega-datasets and is stored on first
 * use), or any that `tickbook data fetch` or `tickbook data import` has stored ("binance", "coinbase", "csv").
 * Errors: `data.unknown-dataset` with what there is.
 */
export async function bars(
  symbol: string,
  timeframe: string,
  options: { readonly from: string },
): Promise<Bars> {
  const session = currentSession();
  if (typeof options?.from !== "string") {
    fail("data.unknown-dataset", {
      message: `bars("${symbol}", "${timeframe}") does not say where the history is from`,
      hint: 'Name the source: { from: "vega" }, "binance", "coinbase", or "csv" for imported files.',
    });
  }
  const store = openStore(join(session.home, "data"));
  const key = { source: options.from, symbol, timeframe };
  try {
    const found = await readOrIngest(store, key);
    session.record({ kind: "data", value: await store.report(found.hash) });
    return found;
  } finally {
    await store.close();
  }
}

async function readOrIngest(store: Store, key: DatasetKey): Promise<Bars> {
  try {
    return await store.read(key);
  } catch (error) {
    const canIngest =
      isTickbookError(error) && error.code === "data.unknown-dataset" && key.source === "vega";
    if (!canIngest) throw error;
  }
  const { root, startProgress } = currentSession();
  const { symbol, timeframe } = key;
  await ingest({ source: vegaSource({ resolveFrom: root }), store, symbol, timeframe, startProgress });
  return store.read(key);
}
