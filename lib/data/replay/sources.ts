/** What a replay is made of: tables and bars in batches, each with the time from which its rows can be known. */
import { fail, type Millis, timeText } from "#core";
import { type PrintColumns, printsFromBars } from "#market";
import type { BarColumns, TableColumns, TableKind } from "#model";

/**
 * Kinds in the order in which events of one time come: a bar ends before anything that happens at its end, what is published comes
 * before the market moves, and a book changes before the trades and prints of that moment.
 */
export const REPLAY_KINDS = ["bars", "series", "funding", "depth", "quotes", "trades", "prints"] as const;
export type ReplayKind = (typeof REPLAY_KINDS)[number];

/** Columns of each kind; prints are made from bars. */
export type ReplayColumns<K extends ReplayKind = ReplayKind> = K extends TableKind
  ? TableColumns<K>
  : K extends "bars"
    ? BarColumns
    : PrintColumns;

/**
 * One instrument's rows of one kind. `batches` come by time; a series may be published in another order than its times, as long as
 * never before them. Bars need their `length`; `as: "prints"` shows each as four prices at their times instead of at its end.
 */
export type ReplaySource = { readonly symbol: string } & (
  | { readonly kind: TableKind; readonly batches: AsyncIterable<TableColumns> }
  | {
      readonly kind: "bars";
      readonly length: Millis;
      readonly batches: AsyncIterable<BarColumns>;
      readonly as?: "bars" | "prints";
    }
);

/** A batch ready to be merged. */
export interface TimedBatch {
  /** When each row can be known, never falling (UTC milliseconds). */
  readonly at: Float64Array;
  readonly columns: ReplayColumns;
}

/** A source as the merge reads it. */
export interface TimedSource {
  readonly kind: ReplayKind;
  readonly symbol: string;
  readonly batches: AsyncIterator<TimedBatch>;
}

export function timedSource(source: ReplaySource): TimedSource {
  const { symbol } = source;
  if (source.kind === "series") {
    const batches = inOrder(source, byPublication(source.batches as AsyncIterable<TableColumns<"series">>));
    return { kind: "series", symbol, batches };
  }
  if (source.kind !== "bars") {
    return { kind: source.kind, symbol, batches: inOrder(source, byTime(source.batches)) };
  }
  const { length, as = "bars", batches } = source;
  if (!(length > 0 && Number.isFinite(length))) refuseLength(symbol, length);
  const timed = as === "bars" ? atTheEnd(batches, length) : asPrints(batches, length);
  return { kind: as, symbol, batches: inOrder(source, timed) };
}

async function* byTime(batches: AsyncIterable<TableColumns>): AsyncGenerator<TimedBatch> {
  for await (const columns of batches) yield { at: columns.time, columns };
}

async function* atTheEnd(batches: AsyncIterable<BarColumns>, length: Millis): AsyncGenerator<TimedBatch> {
  for await (const columns of batches) {
    const { time } = columns;
    const at = new Float64Array(time.length);
    for (let i = 0; i < at.length; i++) at[i] = time[i]! + length;
    yield { at, columns };
  }
}

async function* asPrints(batches: AsyncIterable<BarColumns>, length: Millis): AsyncGenerator<TimedBatch> {
  for await (const bars of batches) {
    const columns = printsFromBars(bars, length);
    yield { at: columns.time, columns };
  }
}

/**
 * Rows by publication. As none is published before its time, whatever was published up to the newest time read is complete; only
 * later publications are held back.
 */
async function* byPublication(batches: AsyncIterable<TableColumns<"series">>): AsyncGenerator<TimedBatch> {
  let held: (readonly [time: number, published: number, value: number])[] = [];
  for await (const { time, published, value } of batches) {
    for (let i = 0; i < time.length; i++) {
      // What has no publication is never known.
      if (!Number.isNaN(published[i]!)) held.push([time[i]!, published[i]!, value[i]!]);
    }
    const until = time.at(-1) ?? Number.NEGATIVE_INFINITY;
    const ready = held.filter((row) => row[1] < until);
    held = held.filter((row) => !(row[1] < until));
    if (ready.length > 0) yield seriesBatch(ready);
  }
  if (held.length > 0) yield seriesBatch(held);
}

function seriesBatch(rows: (readonly [number, number, number])[]): TimedBatch {
  rows.sort((a, b) => a[1] - b[1]);
  const published = Float64Array.from(rows, (row) => row[1]);
  const time = Float64Array.from(rows, (row) => row[0]);
  return { at: published, columns: { time, published, value: Float64Array.from(rows, (row) => row[2]) } };
}

/** Passes batches with rows on, if no row comes before the one ahead of it. */
async function* inOrder(
  { symbol, kind }: ReplaySource,
  batches: AsyncIterable<TimedBatch>,
): AsyncGenerator<TimedBatch> {
  let before = Number.NEGATIVE_INFINITY;
  let rows = 0;
  for await (const batch of batches) {
    const { at } = batch;
    for (let i = 0; i < at.length; i++) {
      if (!(at[i]! >= before)) refuseOrder(symbol, kind, rows + i, at[i]!, before);
      before = at[i]!;
    }
    rows += at.length;
    if (at.length > 0) yield batch;
  }
}

function refuseOrder(symbol: string, kind: string, row: number, time: Millis, before: Millis): never {
  fail("market.out-of-order", {
    message: `replay of ${symbol} ${kind}, row ${row}: ${timeText(time)} (${time}) after ${timeText(before)} (${before})`,
    hint: "Rows of a source must come by time; a series must not be published before its time.",
    fields: { symbol, kind, row, time, before },
  });
}

function refuseLength(symbol: string, length: number): never {
  fail("market.bad-bar-rule", {
    message: `replay of ${symbol}: bars have a length of ${length} ms`,
    hint: 'Give the length of the bars in milliseconds, such as timeframeMs("1m").',
    fields: { symbol, length },
  });
}
