import { dirname } from "node:path";
import { fail, suggest } from "#core";
import { isTableKind } from "./layout.ts";
import type { AnyKey, DatasetVersion } from "./version-file.ts";

/** Says what there is, what may be meant, and how to add what is not there. @param folder of the store. */
export function unknownDataset(folder: string, key: AnyKey, versions: readonly DatasetVersion[]): never {
  const name = nameOf(key);
  const names = versions.map(nameOf);
  const close = suggest(name, names);
  const known = names.length === 0 ? "The store is empty." : `It has ${names.slice(0, 8).join(", ")}.`;
  fail("data.unknown-dataset", {
    message: `the data store has no ${name}${close ? `; did you mean ${close}?` : ""}`,
    hint: `${known} To add it: ${addingCommand(key)} --home ${dirname(folder)}`,
    fields: { ...key, known: names },
  });
}

function addingCommand({ source, symbol, kind }: AnyKey): string {
  const isExchange = source === "binance" || source === "coinbase";
  if (isExchange) return `tickbook data fetch ${symbol} ${kind} --from ${source}`;
  if (isTableKind(kind)) return `tickbook data import <file> --symbol ${symbol} --kind ${kind}`;
  return `tickbook data import <file> --symbol ${symbol} --timeframe ${kind} --tick <step> --lot <step>`;
}

function nameOf({ source, symbol, kind }: AnyKey): string {
  return `${source} ${symbol} ${kind}`;
}

/** @param hashes more than one if the id is the start of several. */
export function unknownVersion(id: string, hashes: readonly string[] = []): never {
  const isOpen = hashes.length > 1;
  fail("data.unknown-dataset", {
    message: isOpen
      ? `${hashes.length} versions start with ${JSON.stringify(id)}: ${hashes.map((hash) => hash.slice(0, 16)).join(", ")}`
      : `the data store has no version ${JSON.stringify(id)} of any dataset`,
    hint: isOpen ? "Give more digits of the one that you mean." : "See the versions with: tickbook data ls",
    fields: { id, hashes },
  });
}
