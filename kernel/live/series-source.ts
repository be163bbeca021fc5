import { fail, type Millis } from "#core";
import { type Published, publishedBy } from "#features";
import type { TableColumns } from "#model";
import type { Log } from "./core-driver.ts";

/** Reads all that is stored of a series, by its name in the strategy. Called before each close: keep what has not changed. */
export type ReadSeries = (name: string) => Promise<TableColumns<"series">>;

/** What the strategy's features read beside bars, asked for whenever a bar is about to close. */
export interface SeriesSource {
  /** True for a strategy that reads none. */
  readonly isEmpty: boolean;
  /**
   * What was published by a time, and after what was heard of before. A series that can't be read gives nothing, with a
   * warning. @param since before it only the newest are given, as a strategy starts with.
   */
  news(heardOf: (series: string) => Millis, until: Millis, since: Millis): Promise<Published>;
}

/** Errors: `live.no-series` where there is nothing to read them from, and what `read` fails with. */
export async function openSeries(
  names: readonly string[],
  read: ReadSeries | undefined,
  onLog: Log,
): Promise<SeriesSource> {
  if (names.length > 0 && read === undefined) {
    fail("live.no-series", {
      message: `the bundle's features read the series ${names.join(", ")}, and nothing says where they are`,
      hint: "Name the folder whose store has them: --data notebooks/.tickbook",
      fields: { series: names },
    });
  }
  for (const name of names) await read!(name);
  /** Series that can't be read now: each is told of once. */
  const lost = new Set<string>();
  const tableOf = async (name: string) => {
    try {
      const table = await read!(name);
      lost.delete(name);
      return table;
    } catch (error) {
      if (!lost.has(name))
        onLog("warning", `the series "${name}" can't be read: ${(error as Error).message}`);
      lost.add(name);
      return undefined;
    }
  };
  return {
    isEmpty: names.length === 0,
    async news(heardOf, until, since) {
      const found: Record<string, readonly (readonly number[])[]> = {};
      for (const name of names) {
        const table = await tableOf(name);
        if (!table) continue;
        const heard = heardOf(name);
        const rows = publishedBy({ [name]: table }, { since: Math.max(since, heard), until })[name]!;
        const fresh = rows.filter(([, published]) => published! > heard);
        if (fresh.length > 0) found[name] = fresh;
      }
      return found;
    },
  };
}
