import type { Command } from "commander";
import { countText } from "#core";
import { printJson, type StoreFlags, withOpenStore, withStoreFlags } from "./store-flags.ts";
import { DATASET_ARGUMENT, findDataset } from "./which.ts";

export function addPruneCommand(data: Command): void {
  withStoreFlags(data.command(`prune ${DATASET_ARGUMENT}`))
    .description("remove all versions of a dataset but the current one")
    .addHelpText(
      "after",
      "\nEvery fetch or import that brings new rows leaves the version before it, because backtests and bundles name the one\n" +
        "that they saw. Removed, such a version can no longer be read to prove them.\n" +
        "\nExample:\n  tickbook data prune binance BTC/USDT 1h",
    )
    .action((words: string[], flags: StoreFlags) =>
      withOpenStore(flags, async (store) => {
        const { source, symbol, kind } = await findDataset(store, words);
        const removed = await store.prune({ source, symbol, timeframe: kind });
        if (flags.json) printJson({ source, symbol, kind, removed });
        else
          process.stdout.write(
            `${source} ${symbol} ${kind}: ${countText(removed)} older ${removed === 1 ? "version" : "versions"} removed\n`,
          );
      }),
    );
}
