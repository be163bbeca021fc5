import { encodeValue, fail, type Millis, timeText } from "#core";
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

/**
 * @param researched what the bundle's backtest was told: the source must say the same of that time, or the strategy would
 * see something else than in research, such as a series that the notebook had worked on.
 * Errors: `live.no-series` where there is nothing to read them from, `live.other-series`, and what `read` fails with.
 */
export async function openSeries(
  names: readonly string[],
  read: ReadSeries | undefined,
  researched: Published,
  onLog: Log,
): Promise<SeriesSource> {
  if (names.length > 0 && read === undefined) {
    fail("live.no-series", {
      message: `the bundle's features read the series ${names.join(", ")}, and nothing says where they are`,
      hint: "Name the folder whose store has them: --data notebooks/.tickbook",
      fields: { series: names },
    });
  }
  for (const name of names) assertResearched(name, await read!(name), researched[name] ?? []);
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

function assertResearched(
  name: string,
  table: TableColumns<"series">,
  researched: readonly (readonly number[])[],
): void {
  const [since, until] = [researched[0]?.[1], researched.at(-1)?.[1]];
  if (since === undefined || until === undefined) return;
  const stored = publishedBy({ [name]: table }, { since, until })[name]!.filter(([, at]) => at! >= since);
  // Of the first moment, research may have been shown the newest values alone.
  const rows = stored.slice(Math.max(0, stored.length - researched.length));
  const at = researched.findIndex((row, i) => encodeValue(row) !== encodeValue(rows[i] ?? null));
  if (at < 0) return;
  const said = (row: readonly number[] | undefined) =>
    row ? `${row[2]} for ${timeText(row[0]!)}, published ${timeText(row[1]!)}` : "nothing";
  fail("live.other-series", {
    message: `the series "${name}" was ${said(researched[at])} in research, and is ${said(rows[at])} in the store`,
    hint: "Store what the notebook gave the backtest, or name it: --series. If the data were corrected, run the notebook on them and promote again.",
    fields: { series: name },
  });
}
