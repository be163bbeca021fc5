import { join } from "node:path";
import { fail } from "#core";
import { type DatasetVersion, openStore, type StoredTable } from "#data";
import type { Bundle } from "#exports";
import type { ReadSeries } from "#live";

export interface SeriesReader {
  readonly read: ReadSeries;
  close(): Promise<void>;
}

/**
 * Reads the series of a bundle from the store of a home folder: those that its notebook read, or others by name. A series
 * is read again when another version of it is stored.
 * @param given `name=source` or `name=source:symbol`, each over what would be found. Errors: `cli.bad-option`.
 */
export function seriesReader(
  home: string,
  { evidence }: Bundle["manifest"],
  given: readonly string[],
): SeriesReader {
  const store = openStore(join(home, "data"));
  const places = new Map(given.map(placeFrom));
  const kept = new Map<string, StoredTable<"series">>();
  return {
    async read(name) {
      const stored = (await store.list()).filter(({ kind }) => kind === "series");
      const { source, symbol, hash } = versionOf(name, stored, places.get(name), evidence.data);
      const old = kept.get(name);
      if (old?.hash === hash) return old;
      const table = await store.readTable({ source, symbol, kind: "series" });
      kept.set(name, table);
      return table;
    },
    close: () => store.close(),
  };
}

interface Place {
  readonly source: string;
  readonly symbol: string;
}

function placeFrom(text: string): [string, Place] {
  const [, name, source, symbol = name] = /^([^=]+)=([^:]+)(?::(.+))?$/.exec(text) ?? [];
  if (name !== undefined && source !== undefined) return [name, { source, symbol: symbol! }];
  return fail("cli.bad-option", {
    message: `--series ${text}: a name, and where it is stored`,
    hint: "--series fear-greed=csv, or --series mood=csv:FNG where it is stored under another name",
    fields: { text },
  });
}

function versionOf(
  name: string,
  stored: readonly DatasetVersion[],
  place: Place | undefined,
  researched: readonly Place[],
): DatasetVersion {
  const of = ({ source, symbol }: Place) =>
    stored.find((each) => each.source === source && each.symbol === symbol);
  if (place) return of(place) ?? missing(name, stored, `from ${place.source} as ${place.symbol}`);
  const named = stored.filter(({ symbol }) => symbol === name);
  const asResearched = researched.filter(({ symbol }) => symbol === name).map(of);
  const found =
    asResearched.find((each) => each !== undefined) ?? (named.length === 1 ? named[0] : undefined);
  return found ?? missing(name, stored, named.length > 1 ? "from one source alone" : "under that name");
}

function missing(name: string, stored: readonly DatasetVersion[], how: string): never {
  const there = stored.map(({ source, symbol }) => `${symbol} (${source})`).join(", ");
  return fail("live.no-series", {
    message: `the series "${name}" is not stored ${how}; series that are: ${there || "none"}`,
    hint: `Import it (tickbook data import --kind series), or say which it is: --series ${name}=source:symbol`,
    fields: { series: name },
  });
}
