import type { Ticks } from "#model";
import type { Book, BookLevel } from "#venue";

/** What changed in a book: new sizes by price, 0 for a price that is gone. */
export interface BookChange {
  /** Numbers of the first and last changed level; they follow those of the change before. */
  readonly firstId: number;
  readonly lastId: number;
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
}

/** A book as it was last told, with the number of its last change. */
export class BookFeed {
  /** 0 before the first change. */
  lastId = 0;
  book: Book = { bids: [], asks: [] };

  /** Takes the book that stands now. @returns undefined if nothing changed. */
  update(next: Book): BookChange | undefined {
    const bids = changes(this.book.bids, next.bids);
    const asks = changes(this.book.asks, next.asks);
    const count = bids.length + asks.length;
    if (count === 0) return undefined;
    const firstId = this.lastId + 1;
    this.lastId += count;
    this.book = next;
    return { firstId, lastId: this.lastId, bids, asks };
  }
}

function changes(before: readonly BookLevel[], after: readonly BookLevel[]): BookLevel[] {
  const sizes = new Map<Ticks, number>(before.map(({ ticks, lots }) => [ticks, lots]));
  const changed = after.filter(({ ticks, lots }) => sizes.get(ticks) !== lots);
  for (const { ticks } of after) sizes.delete(ticks);
  return [...changed, ...[...sizes.keys()].map((ticks) => ({ ticks, lots: 0 }))];
}
