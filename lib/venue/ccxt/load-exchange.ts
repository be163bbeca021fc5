import { createRequire } from "node:module";
import { sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { Exchange, pro } from "ccxt";

export type ExchangeName = "binance" | "coinbase";

/** Spot markets, or perpetual and dated futures that are settled in the quote asset. */
export type MarketType = "spot" | "linear";

export interface LoadedExchange {
  readonly name: ExchangeName;
  readonly exchange: Exchange;
  /** True if the same request may succeed a moment later: no connection, no answer in time, exchange too busy. */
  isTransient(error: unknown): boolean;
  /** True if the exchange refuses because it was asked too often. */
  isTooMany(error: unknown): boolean;
}

// One type of markets only, and none of the requests that would need a key.
const optionsFor = (type: MarketType) => ({
  defaultType: type === "spot" ? "spot" : "swap",
  fetchMarkets: { types: [type] },
  fetchCurrencies: false,
  fetchMargins: false,
});

/**
 * Loads ccxt's class of one exchange: a quarter of the time and memory that all of ccxt takes. The package's
 * `exports` hide the file, so it is imported by its address beside the package's main file.
 * @param origin where all requests go instead of to the exchange, such as "http://127.0.0.1:8080".
 */
export async function loadExchange(
  name: ExchangeName,
  origin: string | undefined,
  type: MarketType = "spot",
): Promise<LoadedExchange> {
  const { default: Class } = (await load(name)) as { default: new (config: object) => Exchange };
  const { OperationFailed, DDoSProtection, RateLimitExceeded } = await loadErrors();
  const exchange = new Class({ enableRateLimit: true, timeout: 15_000, options: optionsFor(type) });
  if (origin !== undefined)
    exchange.urls.api = redirect(exchange.urls.api, origin) as typeof exchange.urls.api;
  return {
    name,
    exchange,
    isTransient: (error) => error instanceof OperationFailed || isBroken(error),
    isTooMany: (error) => error instanceof DDoSProtection || error instanceof RateLimitExceeded,
  };
}

/** ccxt passes on what breaks while an answer is being read: the connection's own errors. */
function isBroken(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === "string" && /^(?:UND_ERR_|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)/.test(code);
}

/** ccxt's classes of errors that are told apart here. */
export interface ErrorClasses {
  /** No connection, no answer in time, exchange too busy: what was asked may or may not have been done. */
  readonly OperationFailed: new () => Error;
  readonly DDoSProtection: new () => Error;
  readonly RateLimitExceeded: new () => Error;
  readonly InsufficientFunds: new () => Error;
  readonly OrderNotFound: new () => Error;
}

export async function loadErrors(): Promise<ErrorClasses> {
  return (await load("base/errors")) as ErrorClasses;
}

export interface StreamKeys {
  readonly apiKey: string;
  readonly secret: string;
}

/**
 * ccxt's class with streams, for one account. Calls are not held back to a rate: the engine's limits do that, and an
 * order that waits for its turn is an order too late.
 */
export async function loadStreams(
  name: "binance",
  keys: StreamKeys,
  origin: string | undefined,
): Promise<InstanceType<typeof pro.binance>> {
  const { default: Class } = (await load(`pro/${name}`)) as { default: typeof pro.binance };
  const exchange = new Class({
    ...keys,
    enableRateLimit: false,
    timeout: 10_000,
    options: optionsFor("spot"),
  });
  if (origin !== undefined) {
    exchange.urls.api = redirect(exchange.urls.api, origin) as typeof exchange.urls.api;
    // It opens sockets without TLS only after this.
    await exchange.loadHttpProxyAgent();
  }
  return exchange;
}

function load(file: string): Promise<unknown> {
  const main = createRequire(import.meta.url).resolve("ccxt");
  const root = main.slice(0, main.lastIndexOf(`${sep}dist${sep}`));
  return import(/* @vite-ignore */ pathToFileURL(`${root}/js/src/${file}.js`).href);
}

/**
 * The tree of addresses with the origin of each replaced; the paths stay. Spot streams get /stream in front, by which
 * ccxt tells them from those of futures.
 */
function redirect(addresses: unknown, origin: string): unknown {
  if (typeof addresses === "string") {
    const { protocol, pathname } = new URL(addresses);
    if (!protocol.startsWith("ws")) return origin + (pathname === "/" ? "" : pathname);
    const path = pathname.startsWith("/ws-api") ? pathname : `/stream${pathname}`;
    return origin.replace(/^http/, "ws") + path;
  }
  const entries = Object.entries(addresses as Record<string, unknown>);
  return Object.fromEntries(entries.map(([key, value]) => [key, redirect(value, origin)]));
}
