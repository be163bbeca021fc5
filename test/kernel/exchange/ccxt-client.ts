import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { pro } from "ccxt";
import { onTestFinished } from "vitest";
import type { ExchangeKey } from "#exchange";

export type Client = InstanceType<typeof pro.binance>;

/** The real client, unmodified; only its addresses lead here. Closed when the test ends. */
export async function ccxtClient(origin: string, key: ExchangeKey): Promise<Client> {
  const main = createRequire(import.meta.url).resolve("ccxt");
  const file = `${main.slice(0, main.lastIndexOf("/dist/"))}/js/src/pro/binance.js`;
  const { default: Binance } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
    default: new (config: object) => Client;
  };
  const client = new Binance({
    ...key,
    enableRateLimit: false,
    options: {
      defaultType: "spot",
      fetchMarkets: { types: ["spot"] },
      fetchCurrencies: false,
      fetchMargins: false,
    },
  });
  client.urls.api = redirect(client.urls.api, origin) as typeof client.urls.api;
  await client.loadHttpProxyAgent();
  onTestFinished(() => client.close());
  return client;
}

function redirect(address: unknown, origin: string): unknown {
  if (typeof address === "object" && address !== null) {
    return Object.fromEntries(Object.entries(address).map(([name, each]) => [name, redirect(each, origin)]));
  }
  const { protocol, pathname } = new URL(String(address));
  if (!protocol.startsWith("ws")) return origin + pathname;
  const path = String(address).includes("ws-api") ? "/ws-api/v3" : "/stream/ws";
  return origin.replace("http", "ws") + path;
}
