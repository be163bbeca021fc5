import type { Command } from "commander";
import { countText, timeText } from "#core";
import type { Store } from "#data";
import { bytesText } from "./bytes-text.ts";
import { printJson, type StoreFlags, withOpenStore, withStoreFlags } from "./store-flags.ts";
import { table } from "./table.ts";

export function addLsCommand(data: Command): void {
  withStoreFlags(data.command("ls"))
    .description("list the stored datasets: bars, trades, quotes, books, funding, series")
    .addHelpText("after", "\nExample:\n  tickbook data ls --json")
    .action((flags: StoreFlags) => withOpenStore(flags, (store) => listData(store, flags)));
}

async function listData(store: Store, flags: StoreFlags): Promise<void> {
  const versions = await store.list();
  if (flags.json) {
    printJson(versions);
    return;
  }
  if (versions.length === 0) {
    process.stdout.write("No datasets yet. Add one: tickbook data fetch BTC/USDT 1h --from binance\n");
    return;
  }
  const rows = versions.map(({ source, symbol, kind, rows: count, from, to, bytes, hash }) => [
    source,
    symbol,
    kind,
    countText(count),
    `${timeText(from)} to ${timeText(to)}`,
    bytesText(bytes),
    hash.slice(0, 8),
  ]);
  const head = ["SOURCE", "SYMBOL", "KIND", "ROWS", "SPAN", "SIZE", "VERSION"];
  process.stdout.write(`${table([head, ...rows])}\n`);
}
