import { resolve } from "node:path";
import type { Command } from "commander";
import { openStore, type Store } from "#data";

/** What every data command takes. */
export interface StoreFlags {
  readonly home: string;
  readonly json?: boolean;
}

export function withStoreFlags(command: Command): Command {
  return command
    .option("--home <folder>", "the .tickbook folder whose data is meant", ".tickbook")
    .option("--json", "print JSON on standard output");
}

export async function withOpenStore<T>(flags: StoreFlags, work: (store: Store) => Promise<T>): Promise<T> {
  const store = openStore(resolve(flags.home, "data"));
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
