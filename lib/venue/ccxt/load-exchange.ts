import { createRequire } from "node:module";
import { sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { Exchange } from "ccxt";

export type ExchangeName = "binance" | "coinbase";

export interface LoadedExchange {
  readonly exchange: Exchange;
  /** True if the same request may succeed a moment later: no connection, no answer in time, exchange too busy. */
  isTransient(error: unknown): boolean;
}

// Spot markets only, and none of the requests that would need a key.
const OPTIONS = {
  defaultType: "spot",
  fetchMarkets: { types: ["spot"] },
  fetchCurrencies: false,
  fetchMargins: false,
};

/**
 * Loads ccxt's class of one exchange: a quarter of the time and memory that all of ccxt takes. The package's
 * `exports` hide the file, so it is imported by its address beside the package's main file.
 * @param origin where all requests go instead of to the exchange, such as "http://127.0.0.1:8080".
 */
export async function loadExchange(name: ExchangeName, origin: string | undefined): Promise<LoadedExchange> {
  const main = createRequire(import.meta.url).resolve("ccxt");
  const root = main.slice(0, main.lastIndexOf(`${sep}dist${sep}`));
  const load = (file: string) => import(/* @vite-ignore */ pathToFileURL(`${root}/js/src/${file}.js`).href);
  const { default: Class } = (await load(name)) as { default: new (config: object) => Exchange };
  const { OperationFailed } = (await load("base/errors")) as { OperationFailed: new () => Error };
  const exchange = new Class({ enableRateLimit: true, timeout: 15_000, options: OPTIONS });
  if (origin !== undefined)
    exchange.urls.api = redirect(exchange.urls.api, origin) as typeof exchange.urls.api;
  return { exchange, isTransient: (error) => error instanceof OperationFailed };
}

/** The tree of addresses with the origin of each replaced; the paths stay. */
function redirect(addresses: unknown, origin: string): unknown {
  if (typeof addresses === "string") {
    const { pathname } = new URL(addresses);
    return origin + (pathname === "/" ? "" : pathname);
  }
  const entries = Object.entries(addresses as Record<string, unknown>);
  return Object.fromEntries(entries.map(([key, value]) => [key, redirect(value, origin)]));
}
