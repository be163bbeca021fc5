import { join } from "node:path";
import { fail } from "#core";
import { openStore, type Store, type StoredTable } from "#data";
import type { Manifest } from "#exports";
import type { ReadSeries } from "#live";

export interface SeriesReader {
  readonly read: ReadSeries;
  close(): Promise<void>;
}

interface Place {
  readonly source: string;
  readonly symbol: string;
}

/**
 * Reads the series of a bundle from the store of a home folder: those that its notebook read, or others by name. Which
 * they are is settled at the first look. A series is read again when another version of it is stored.
 * @param given `name=source` or `name=source:symbol`, each over what would be found. Errors: `cli.bad-option`.
 */
export function seriesReader(
  home: string,
  { features, evidence }: Pick<Manifest, "features" | "evidence">,
  given: readonly string[],
): SeriesReader {
  const places = new Map(given.map(placeFrom));
  const unread = [...places.keys()].find((name) => !features.series?.includes(name));
  if (unread !== undefined) {
    fail("cli.bad-option", {
      message: `--series ${unread}=...: the bundle reads no series of that name`,
      hint: `It reads ${features.series?.join(", ") ?? "none"}.`,
    });
  }
  const store = openStore(join(home, "data"));
  const kept = new Map<string, StoredTable<"series">>();
  return {
    async read(name) {
      const place = places.get(name) ?? (await placeOf(name, store, evidence.data));
      places.set(name, place);
      const key = { ...place, kind: "series" } as const;
      const { hash } = await store.ranges(key);
      const old = kept.get(name);
      if (old?.hash === hash) return old;
      const table = await store.readTable(key);
      kept.set(name, table);
      return table;
    },
    close: () => store.close(),
  };
}

/** Errors: `cli.bad-option`. */
function placeFrom(text: string): [string, Place] {
  const [, name, source, symbol = name] = /^([^=]+)=([^:]+)(?::(.+))?$/.exec(text) ?? [];
  if (name !== undefined && source !== undefined) return [name, { source, symbol: symbol! }];
  return fail("cli.bad-option", {
    message: `--series ${text}: a name, and where it is stored`,
    hint: "--series fear-greed=csv, or --series mood=csv:FNG where it is stored under another name",
    fields: { text },
  });
}

/** Where research had it from; else the one place that has the name. */
async function placeOf(name: string, store: Store, researched: Manifest["evidence"]["data"]): Promise<Place> {
  const known = researched.filter(({ symbol, timeframe }) => symbol === name && timeframe === "series");
  const sources = [...new Set(known.map(({ source }) => source))];
  if (sources.length === 1) return { source: sources[0]!, symbol: name };
  const stored = (await store.list()).filter(({ kind }) => kind === "series");
  const named = stored.filter(({ symbol }) => symbol === name);
  if (sources.length === 0 && named.length === 1) return { source: named[0]!.source, symbol: name };
  const there = stored.map(({ source, symbol }) => `${symbol} (${source})`).join(", ");
  return fail("live.no-series", {
    message: `the series "${name}" is ${named.length === 0 ? "not stored under that name" : "stored from several sources"}; series that are stored: ${there || "none"}`,
    hint: `Say which it is: --series ${name}=source:symbol. Or import it: tickbook data import --kind series`,
    fields: { series: name },
  });
}
