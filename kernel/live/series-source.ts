import { encodeValue, fail, isTickbookError, type Millis, timeText } from "#core";
import { orderSeries, type Published, publishedBy, type SeriesOrder } from "#features";
import type { TableColumns } from "#model";
import type { Heard } from "./core/news.ts";
import type { Log } from "./core-driver.ts";

/**
 * Reads all that is stored of a series, by its name in the strategy. Called before each close: it gives the same table
 * while nothing has changed.
 */
export type ReadSeries = (name: string) => Promise<TableColumns<"series">>;

/** What the strategy's features read beside bars, asked for whenever a bar is about to close. */
export interface SeriesSource {
  /** True for a strategy that reads none. */
  readonly isEmpty: boolean;
  /** Why nothing new may be bought on what it says. */
  readonly problem: string | undefined;
  /**
   * What a strategy starts with, as far as it was not heard yet: all since a time, and the newest before.
   * Errors: `live.series-unreadable`.
   */
  history(heardOf: HeardOf, since: Millis, until: Millis): Promise<Published>;
  /** What was published by a time and not heard yet. A series that can't be read in time gives nothing, with a warning. */
  news(heardOf: HeardOf, until: Millis): Promise<Published>;
}

export type HeardOf = (series: string) => Heard | undefined;

export interface SeriesOptions {
  readonly names: readonly string[];
  readonly read: ReadSeries | undefined;
  /**
   * What the golden vectors were told: the source must say the same of that time, or the strategy would see something else
   * than in research, such as a series that the notebook had worked on.
   */
  readonly researched: Published;
  /** Whether it trades already: then a source that says something else is a problem, and no reason not to start. */
  readonly hasBegun: boolean;
  readonly onLog: Log;
}

/** Trading waits for it. */
const READ_MS = 2000;
const HISTORY_MS = 30_000;

/**
 * Errors, unless trading has begun: `live.no-series` where there is nothing to read them from, `live.other-series`, and what
 * `read` fails with.
 */
export async function openSeries(options: SeriesOptions): Promise<SeriesSource> {
  const { names, read, researched, hasBegun, onLog } = options;
  let problem: string | undefined;
  try {
    for (const name of names)
      assertResearched(name, await readerOf(names, read)(name), researched[name] ?? []);
  } catch (error) {
    if (!hasBegun || !isTickbookError(error)) throw error;
    problem = error.message;
  }
  return new OpenSeries(names, readerOf(names, read), problem, onLog);
}

function readerOf(names: readonly string[], read: ReadSeries | undefined): ReadSeries {
  return (
    read ??
    (async () =>
      fail("live.no-series", {
        message: `the bundle's features read the series ${names.join(", ")}, and nothing says where they are`,
        hint: "Name the folder whose store has them: --data notebooks/.tickbook",
        fields: { series: names },
      }))
  );
}

class OpenSeries implements SeriesSource {
  readonly isEmpty: boolean;
  readonly problem: string | undefined;
  readonly #names: readonly string[];
  readonly #read: ReadSeries;
  readonly #onLog: Log;
  readonly #reading = new Map<string, Promise<TableColumns<"series">>>();
  readonly #ordered = new Map<string, SeriesOrder>();
  /** Series that can't be read now: each is told of once. */
  readonly #lost = new Set<string>();
  /** How many values came before the newest that was heard, when it was. */
  readonly #before = new Map<string, { readonly published: Millis; readonly count: number }>();

  constructor(names: readonly string[], read: ReadSeries, problem: string | undefined, onLog: Log) {
    this.isEmpty = names.length === 0;
    this.problem = problem;
    this.#names = names;
    this.#read = read;
    this.#onLog = onLog;
  }

  async history(heardOf: HeardOf, since: Millis, until: Millis): Promise<Published> {
    const found: Record<string, readonly (readonly number[])[]> = {};
    for (const name of this.#names) {
      const order = await this.#orderOf(name, HISTORY_MS).catch((cause: Error) =>
        fail("live.series-unreadable", {
          message: `the series "${name}" can't be read: ${cause.message}`,
          fields: { series: name },
          cause,
        }),
      );
      const heard = heardOf(name);
      // The rest of a start that ended in the middle.
      if (heard) found[name] = this.#fresh(name, order, heard, until);
      else Object.assign(found, publishedBy({ [name]: order.rows }, { since, until }));
    }
    return found;
  }

  async news(heardOf: HeardOf, until: Millis): Promise<Published> {
    const found: Record<string, readonly (readonly number[])[]> = {};
    for (const name of this.#names) {
      try {
        const fresh = this.#fresh(name, await this.#orderOf(name, READ_MS), heardOf(name), until);
        this.#lost.delete(name);
        if (fresh.length > 0) found[name] = fresh;
      } catch (error) {
        if (!this.#lost.has(name))
          this.#onLog("warning", `the series "${name}" can't be read: ${(error as Error).message}`);
        this.#lost.add(name);
      }
    }
    return found;
  }

  /** One reading at a time, which goes on when nobody waits for it any more. */
  async #orderOf(name: string, limitMs: number): Promise<SeriesOrder> {
    const reading = this.#reading.get(name) ?? this.#read(name).finally(() => this.#reading.delete(name));
    this.#reading.set(name, reading);
    const rows = await within(limitMs, reading);
    let order = this.#ordered.get(name);
    if (order?.rows !== rows) {
      order = orderSeries(name, rows);
      this.#ordered.set(name, order);
    }
    return order;
  }

  #fresh(name: string, { rows, order }: SeriesOrder, heard: Heard | undefined, until: Millis): number[][] {
    const { time, published, value } = rows;
    const first = heard ? placeOf(order, published, heard.published) : 0;
    if (heard) this.#tellPassedOver(name, heard.published, first);
    const known = new Set(heard?.newest.map(([at, was]) => keyOf(at!, was!)));
    const fresh: number[][] = [];
    for (let n = first; n < order.length && published[order[n]!]! <= until; n++) {
      const i = order[n]!;
      const isHeard = published[i] === heard?.published && known.has(keyOf(time[i]!, value[i]!));
      if (!isHeard) fresh.push([time[i]!, published[i]!, value[i]!]);
    }
    return fresh;
  }

  #tellPassedOver(name: string, published: Millis, count: number): void {
    const last = this.#before.get(name);
    if (last?.published === published && count > last.count)
      this.#onLog(
        "warning",
        `${count - last.count} values of "${name}" were stored with an earlier publication than what was told already: they are passed over`,
      );
    this.#before.set(name, { published, count });
  }
}

function keyOf(time: Millis, value: number): string {
  return `${time} ${Object.is(value, -0) ? "-0" : value}`;
}

/** The first place in the order whose publication is not before a time. */
function placeOf(order: Uint32Array, published: Float64Array, time: Millis): number {
  let [low, high] = [0, order.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (published[order[middle]!]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it takes longer than ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
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
