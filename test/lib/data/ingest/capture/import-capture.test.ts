/** Captures of Coinbase into the store: its tickers need not say how much stands at the best prices. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { silentProgress } from "#core";
import { importCapture, openStore } from "#data";
import { realData } from "../../../../real-data.ts";
import { temporaryFolder } from "../../../../temporary-folder.ts";

async function load(path: string) {
  const store = openStore(temporaryFolder());
  try {
    const request = { store, paths: [path], source: "capture", startProgress: silentProgress };
    const imported = await importCapture(request);
    const again = await importCapture(request);
    expect(again.map(({ version }) => version.hash)).toEqual(imported.map(({ version }) => version.hash));
    const quotes = imported.filter(({ version }) => version.kind === "quotes");
    const tables = await Promise.all(
      quotes.map(({ version: { source, symbol } }) => store.readTable({ source, symbol, kind: "quotes" })),
    );
    return { imported, tables };
  } finally {
    await store.close();
  }
}

it("stores quotes without quantities as not known, beside those with them", async () => {
  const path = join(temporaryFolder(), "capture.jsonl");
  const ticker = (sequence: number, more: object) => ({
    ...{ type: "ticker", product_id: "A-USD", sequence, time: `2024-01-01T00:00:0${sequence}.000Z` },
    ...{ price: "10.5", best_bid: "10", best_ask: "11", ...more },
  });
  const messages = [ticker(1, {}), ticker(2, { best_bid_size: "3", best_ask_size: "0.5" })];
  const lines = messages.map((message, i) => `${1704067201 + i}.5: ${JSON.stringify(message)}`);
  writeFileSync(path, `${lines.join("\n")}\n`);
  const { tables } = await load(path);
  expect(tables[0]).toMatchObject({ length: 2, symbol: "A-USD" });
  expect([...tables[0]!.bidQuantity]).toEqual([Number.NaN, 3]);
  expect([...tables[0]!.askQuantity]).toEqual([Number.NaN, 0.5]);
});

const capture = realData("captures/coinbase-2021-04/COINBASE.ws.28.0.gz");
it.runIf(capture)("real data: ten products of Coinbase, books, quotes and trades", async () => {
  const { imported, tables } = await load(capture!);
  const products = (kind: string) => imported.filter(({ version }) => version.kind === kind).length;
  expect(products("depth")).toBe(10);
  expect(products("quotes")).toBeGreaterThan(0);
  // Such as these could not be stored.
  expect(tables.some(({ bidQuantity }) => bidQuantity.some(Number.isNaN))).toBe(true);
  expect(tables.every(({ bid, ask }) => bid.every((price, i) => price <= ask[i]!))).toBe(true);
});
