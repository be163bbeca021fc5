/**
 * History as it became known: rows of any mix of instruments and kinds, in one order, in memory bounded by two batches a source.
 *
 * Order: the time at which a row can be known (venue time; bars at their end, series at their publication); at equal times by
 * kind (see REPLAY_KINDS), then by symbol, then in the order in which the sources were given; within a source by row.
 */
import type { Millis } from "#core";
import {
  REPLAY_KINDS,
  type ReplayColumns,
  type ReplayKind,
  type ReplaySource,
  type TimedBatch,
  type TimedSource,
  timedSource,
} from "./sources.ts";

/** An event: one row of one source. It is one object for all events of a source: read it, never keep it. */
export interface ReplayEvent<K extends ReplayKind = ReplayKind> {
  readonly kind: K;
  readonly symbol: string;
  /** Position in the list of sources that the replay was made from. */
  readonly source: number;
  /** When it can be known (UTC milliseconds). */
  readonly at: Millis;
  /** The row is `columns.price[row]` and so on; `received` is among the columns where both times are known. */
  readonly columns: ReplayColumns<K>;
  readonly row: number;
}

/** A handler a kind; what has none is passed over. One that gives false ends the replay. */
export type ReplayHandlers = {
  readonly [K in ReplayKind]?: (event: ReplayEvent<K>) => boolean | undefined;
};

/** Merged rows: event i is row `row[i]` of `sources[source[i]]`, known at `at[i]`. Valid until the next is asked for. */
export interface MergedBatch {
  readonly length: number;
  readonly at: Float64Array;
  readonly source: Uint16Array;
  readonly row: Uint32Array;
  readonly sources: readonly MergedSource[];
}

export interface MergedSource {
  readonly kind: ReplayKind;
  readonly symbol: string;
  readonly columns: ReplayColumns;
}

export interface Replay {
  /** Shows every event to its handler, in order. @returns how many came. Can be done once. */
  visit(handlers: ReplayHandlers): Promise<number>;
  /** The same in batches of up to 8192 events. */
  batches(): AsyncGenerator<MergedBatch>;
}

/** Errors while it runs: `market.out-of-order`, `market.bad-bar-rule`, and those of the sources. */
export function createReplay(sources: readonly ReplaySource[]): Replay {
  return { visit: (handlers) => visit(sources, handlers), batches: () => merge(sources) };
}

const EVENTS_A_BATCH = 8192;

interface Input {
  readonly source: TimedSource;
  /** Position in the list given. */
  readonly index: number;
  batch: TimedBatch;
  row: number;
  next: Promise<IteratorResult<TimedBatch>>;
}

async function visit(sources: readonly ReplaySource[], handlers: ReplayHandlers): Promise<number> {
  let count = 0;
  const events = sources.map((_, source) => ({ source }) as Writable<ReplayEvent>);
  const shown = new Array<((event: ReplayEvent) => boolean | undefined) | undefined>(sources.length);
  for await (const { length, at, source, row, sources: merged } of merge(sources)) {
    for (const [k, { kind, symbol, columns }] of merged.entries()) {
      Object.assign(events[k]!, { kind, symbol, columns });
      shown[k] = handlers[kind] as ((event: ReplayEvent) => boolean | undefined) | undefined;
    }
    for (let i = 0; i < length; i++) {
      const handler = shown[source[i]!];
      if (!handler) continue;
      const event = events[source[i]!]!;
      event.at = at[i]!;
      event.row = row[i]!;
      if (handler(event) === false) return count + i + 1;
    }
    count += length;
  }
  return count;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

async function* merge(given: readonly ReplaySource[]): AsyncGenerator<MergedBatch> {
  const opened = given.map((source, index) => ({ source: timedSource(source), index }));
  const waiting = opened.map(({ source }) => ahead(source.batches));
  const inputs: Input[] = [];
  try {
    for (const [k, next] of waiting.entries()) {
      const { value, done } = await next;
      if (done) continue;
      const { source, index } = opened[k]!;
      inputs.push({ source, index, batch: value, row: 0, next: ahead(source.batches) });
    }
    // From here on the place of an input in this list is its rank among equals.
    inputs.sort((a, b) => rankOf(a.source, b.source) || a.index - b.index);
    const heap = new InputHeap(inputs);
    const out = emptyBatch();
    while (heap.size > 0) {
      const sources = describe(inputs, given);
      const [length, used] = fill(heap, out);
      yield { ...out, length, sources };
      if (used) await refill(used, heap);
    }
  } finally {
    await Promise.allSettled([...waiting, ...inputs.map(({ next }) => next)]);
    await Promise.allSettled(opened.map(({ source }) => source.batches.return?.()));
  }
}

/** Asks for the next batch at once, so that it is read while this one is worked through. */
function ahead(batches: AsyncIterator<TimedBatch>): Promise<IteratorResult<TimedBatch>> {
  const next = batches.next();
  // Whoever awaits it gets the error; until then nobody has to know.
  next.catch(() => undefined);
  return next;
}

function rankOf(a: TimedSource, b: TimedSource): number {
  const byKind = REPLAY_KINDS.indexOf(a.kind) - REPLAY_KINDS.indexOf(b.kind);
  return byKind || (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0);
}

function emptyBatch() {
  return {
    at: new Float64Array(EVENTS_A_BATCH),
    source: new Uint16Array(EVENTS_A_BATCH),
    row: new Uint32Array(EVENTS_A_BATCH),
  };
}

/** The columns that the rows of the next batch lie in, in the order of the list given. */
function describe(inputs: readonly Input[], given: readonly ReplaySource[]): MergedSource[] {
  const sources = given.map(({ symbol, kind }) => ({ symbol, kind, columns: {} }) as unknown as MergedSource);
  for (const { source, index, batch } of inputs) {
    sources[index] = { kind: source.kind, symbol: source.symbol, columns: batch.columns };
  }
  return sources;
}

/** Takes rows until the batch is full or an input is used up, which it then names. */
function fill(
  heap: InputHeap,
  out: ReturnType<typeof emptyBatch>,
): [length: number, used: Input | undefined] {
  const { at, source, row } = out;
  let length = 0;
  while (length < EVENTS_A_BATCH) {
    const input = heap.first();
    const { index } = input;
    const times = input.batch.at;
    const limit = heap.limit();
    const end = Math.min(times.length, input.row + EVENTS_A_BATCH - length);
    let k = input.row;
    // Rows of this input go first as long as they are earlier than those of all others, or equal and of lower rank.
    do {
      at[length] = times[k]!;
      source[length] = index;
      row[length++] = k++;
    } while (k < end && (times[k]! < limit || (times[k]! === limit && heap.winsTies)));
    input.row = k;
    if (k === times.length) return [length, input];
    heap.sink(times[k]!);
  }
  return [length, undefined];
}

async function refill(input: Input, heap: InputHeap): Promise<void> {
  const { value, done } = await input.next;
  if (done) {
    heap.drop();
    return;
  }
  input.batch = value;
  input.row = 0;
  input.next = ahead(input.source.batches);
  heap.sink(value.at[0]!);
}

/** Inputs by the time of their next row and their rank; the first is at the root. */
class InputHeap {
  /** The first input also goes before the second at equal times; set by {@link limit}. */
  winsTies = false;
  size: number;
  private readonly inputs: readonly Input[];
  /** Ranks as a binary heap, and each one's next time. */
  private readonly ranks: Int32Array;
  private readonly times: Float64Array;

  constructor(inputs: readonly Input[]) {
    this.inputs = inputs;
    this.size = inputs.length;
    this.times = Float64Array.from(inputs, ({ batch }) => batch.at[0]!);
    this.ranks = Int32Array.from(inputs.keys()).sort((a, b) => (this.isBefore(a, b) ? -1 : 1));
  }

  first(): Input {
    return this.inputs[this.ranks[0]!]!;
  }

  /** Time of the next row of any other input; Infinity if there is none. */
  limit(): number {
    const { ranks, size } = this;
    if (size === 1) {
      this.winsTies = true;
      return Number.POSITIVE_INFINITY;
    }
    const second = size > 2 && this.isBefore(ranks[2]!, ranks[1]!) ? ranks[2]! : ranks[1]!;
    this.winsTies = ranks[0]! < second;
    return this.times[second]!;
  }

  /** The first input's next row has this time: puts it where it belongs. */
  sink(time: number): void {
    this.times[this.ranks[0]!] = time;
    this.settle();
  }

  /** The first input has no more rows. */
  drop(): void {
    this.ranks[0] = this.ranks[--this.size]!;
    this.settle();
  }

  private settle(): void {
    const { ranks, size } = this;
    const moved = ranks[0]!;
    let hole = 0;
    for (let child = 1; child < size; child = 2 * hole + 1) {
      if (child + 1 < size && this.isBefore(ranks[child + 1]!, ranks[child]!)) child++;
      if (!this.isBefore(ranks[child]!, moved)) break;
      ranks[hole] = ranks[child]!;
      hole = child;
    }
    ranks[hole] = moved;
  }

  private isBefore(a: number, b: number): boolean {
    const [x, y] = [this.times[a]!, this.times[b]!];
    return x < y || (x === y && a < b);
  }
}
