/**
 * The book of one instrument as Binance tells it: a snapshot, then changes numbered without a gap.
 * Rule: "How to manage a local order book correctly" in Binance's spot API documentation.
 *
 * A change says first U and last u. After a snapshot of number n the first change that counts has U <= n + 1 <= u, each
 * later one U = u before + 1.
 */
import type { Millis } from "#core";
import type { TABLE_KINDS, TableColumns } from "#model";

type Level = readonly [price: string, quantity: string];

export interface DepthChange {
  readonly time: Millis;
  readonly received: Millis;
  readonly firstId: number;
  readonly lastId: number;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

export interface DepthSnapshot {
  readonly received: Millis;
  readonly lastId: number;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

export type ChainEvent =
  | { readonly kind: "depth"; readonly columns: TableColumns<"depth"> }
  | { readonly kind: "gap"; readonly time: Millis; readonly expected: number; readonly seen: number };

/** Changes that wait for a snapshot, at most: minutes of them. */
const WAITING_MAX = 20_000;

export class DepthChain {
  /** Of the last message that the book contains; undefined until a snapshot is there. */
  #last: number | undefined;
  #snapshot: DepthSnapshot | undefined;
  #waiting: DepthChange[] = [];
  /** First number of changes that say nothing: the next one speaks for them too. */
  #carried: number | undefined;

  /** True if a snapshot is wanted now. */
  get wantsSnapshot(): boolean {
    return this.#last === undefined && this.#waiting.length > 0;
  }

  /** The connection was lost: what follows begins with a snapshot. */
  reset(): void {
    this.#last = undefined;
    this.#snapshot = undefined;
    this.#waiting = [];
    this.#carried = undefined;
  }

  /** Takes a change. @returns what is to be told, in order. */
  change(change: DepthChange): ChainEvent[] {
    if (this.#last === undefined) {
      this.#waiting.push(change);
      if (this.#waiting.length > WAITING_MAX) this.#waiting.shift();
      return [];
    }
    if (change.lastId <= this.#last) return [];
    const expected = this.#last + 1;
    // Only the first change after a snapshot may begin before it.
    const follows = this.#snapshot ? change.firstId <= expected : change.firstId === expected;
    if (follows) return this.#tell(change);
    this.reset();
    this.#waiting.push(change);
    return [{ kind: "gap", time: change.time, expected, seen: change.firstId }];
  }

  /** Takes a snapshot. @returns undefined if it is older than the changes there are: another is needed. */
  snapshot(snapshot: DepthSnapshot): ChainEvent[] | undefined {
    const [oldest] = this.#waiting;
    if (oldest && snapshot.lastId + 1 < oldest.firstId) return undefined;
    this.#snapshot = snapshot;
    this.#last = snapshot.lastId;
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting.flatMap((change) => this.change(change));
  }

  /** A snapshot has no time of the exchange: it is told with the first change after it, at that one's time. */
  #tell(change: DepthChange): ChainEvent[] {
    const events: ChainEvent[] = [];
    const snapshot = this.#snapshot;
    if (snapshot) {
      const message = { ...snapshot, time: change.time, firstId: snapshot.lastId };
      events.push({ kind: "depth", columns: depthColumns(message, true) });
      this.#snapshot = undefined;
    }
    this.#last = change.lastId;
    const firstId = this.#carried ?? change.firstId;
    this.#carried = undefined;
    if (change.bids.length + change.asks.length === 0) this.#carried = firstId;
    else events.push({ kind: "depth", columns: depthColumns({ ...change, firstId }, false) });
    return events;
  }
}

function depthColumns(message: DepthChange, isSnapshot: boolean): TableColumns<"depth"> {
  const { time, received, firstId, lastId, bids, asks } = message;
  const n = bids.length + asks.length;
  const fill = (value: number) => new Float64Array(n).fill(value);
  const levels = [...bids, ...asks];
  const columns: Record<(typeof TABLE_KINDS.depth)[number], Float64Array> = {
    time: fill(time),
    received: fill(received),
    firstId: fill(firstId),
    lastId: fill(lastId),
    previousId: fill(Number.NaN),
    snapshot: fill(isSnapshot ? 1 : 0),
    side: fill(-1).fill(1, 0, bids.length),
    price: Float64Array.from(levels, ([price]) => Number(price)),
    quantity: Float64Array.from(levels, ([, quantity]) => Number(quantity)),
  };
  return columns;
}
