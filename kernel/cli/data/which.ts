import { fail } from "#core";
import type { DatasetVersion, Store } from "#data";

/** Help for the argument that {@link findDataset} reads. */
export const DATASET_ARGUMENT = "[dataset...]";

/**
 * The dataset that the words on a command line name: the hash of a version or the start of it, or source, symbol and
 * kind. Errors: `cli.bad-use`, `data.unknown-dataset`.
 */
export async function findDataset(store: Store, words: readonly string[]): Promise<DatasetVersion> {
  if (words.length === 1) return versionOnly(await store.report(words[0]!));
  if (words.length === 3) {
    const [source, symbol, timeframe] = words as [string, string, string];
    return versionOnly(await store.ranges({ source, symbol, timeframe }));
  }
  return fail("cli.bad-use", {
    message: `${words.length === 0 ? "no dataset is named" : `"${words.join(" ")}" names no dataset`}`,
    hint: "Give the version that tickbook data ls shows, or source, symbol and kind: binance BTC/USDT 1h.",
    fields: { words },
  });
}

function versionOnly({ source, symbol, kind, timeframe, rows, from, to, hash, bytes }: DatasetVersion) {
  return { source, symbol, kind, timeframe, rows, from, to, hash, bytes };
}
