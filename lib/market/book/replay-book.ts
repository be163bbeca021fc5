/**
 * An order book kept from depth messages in columns (`depth` in the model's tables): sequence checked, snapshots joined, levels in
 * ticks and lots.
 */
import { fail, type Millis, parseDecimal, powerOfTen } from "#core";
import type { TableColumns } from "#model";
import { type Book, createBook, type Side } from "./book.ts";
import { createSequence, type MessageIds, type SequenceGap, type SequenceRule } from "./sequence.ts";

/** Messages kept until a snapshot comes; beyond that the oldest go, and the sequence then says so. */
const WAITING_MAX = 20_000;
const GAPS_SHOWN = 100;

export interface BookOptions {
  readonly rule: SequenceRule;
  /** Smallest steps of price and quantity, as decimal text: an instrument has both. */
  readonly tick: string;
  readonly lot: string;
  /** See `createBook`. */
  readonly window?: number;
}

export interface BookReport {
  /** Messages seen; of these brought into the book, and dropped because a snapshot had them. */
  readonly messages: number;
  readonly applied: number;
  readonly old: number;
  /** Messages that wait for a snapshot. */
  readonly waiting: number;
  /** How often a message was missing; the first 100 with their venue times. */
  readonly gapCount: number;
  readonly gaps: readonly (SequenceGap & { readonly time: Millis })[];
  /** Messages after which the best bid stood at or above the best ask. */
  readonly crossed: number;
  /** Quantities that were no whole lots, as they are found on venues: rounded to the nearest, at least one. */
  readonly rounded: number;
}

export interface BookReplay {
  readonly book: Book;
  /** False before a snapshot, and from a gap to the next snapshot: the book is then empty. */
  readonly isSynced: boolean;
  /**
   * Takes the message whose first row is `row`; gives the row after it. A message may go on in the next batch.
   * Errors: `market.bad-level` for a price off the instrument's tick.
   */
  apply(depth: TableColumns<"depth">, row: number): number;
  report(): BookReport;
}

interface Waiting {
  readonly ids: MessageIds;
  readonly time: Millis;
  readonly levels: (readonly [side: number, price: number, quantity: number])[];
}

export function createBookReplay(options: BookOptions): BookReplay {
  return new Replay(options);
}

/** The row after the message that `row` lies in. Numbers that the venue does not give (NaN) are told apart by their times. */
export function messageEnd(depth: TableColumns<"depth">, row: number): number {
  const { time, received, firstId, lastId, snapshot } = depth;
  const same = (column: Float64Array, i: number): boolean => Object.is(column[i], column[row]);
  let end = row + 1;
  while (end < time.length && same(lastId, end) && same(firstId, end) && same(time, end)) {
    if (!same(received, end) || !same(snapshot, end)) break;
    end++;
  }
  return end;
}

class Replay implements BookReplay {
  readonly book: Book;
  isSynced = false;
  private readonly sequence: ReturnType<typeof createSequence>;
  private readonly ticksPerUnit: readonly [scale: number, step: number];
  private readonly lotsPerUnit: readonly [scale: number, step: number];
  private waiting: Waiting[] = [];
  private readonly gaps: (SequenceGap & { time: Millis })[] = [];
  private readonly counts = { messages: 0, applied: 0, old: 0, gapCount: 0, crossed: 0, rounded: 0 };
  private readonly previous = { firstId: 0, lastId: 0, isSnapshot: false, time: Number.NaN, received: 0 };
  /** A snapshot was taken, and what waited for it has not followed. */
  private isSnapshotOpen = false;
  private verdict: "apply" | "wait" | "old" | "gap" = "old";

  constructor({ rule, tick, lot, window }: BookOptions) {
    this.book = createBook(undefined, window === undefined ? {} : { window });
    this.sequence = createSequence(rule);
    this.ticksPerUnit = stepsOf(tick, "tick");
    this.lotsPerUnit = stepsOf(lot, "lot");
  }

  apply(depth: TableColumns<"depth">, row: number): number {
    const end = messageEnd(depth, row);
    const goesOn = this.goesOn(depth, row);
    if (!goesOn) this.begin(depth, row);
    if (this.verdict === "apply") this.write(depth, row, end);
    else if (this.verdict === "wait") this.keep(depth, row, end, goesOn);
    this.isSnapshotOpen = this.verdict === "apply" && depth.snapshot[row] === 1;
    // At the end of a batch the snapshot may go on in the next one; else what waited can follow it.
    if (end < depth.time.length) this.release();
    return end;
  }

  report(): BookReport {
    this.release();
    const crossed = this.counts.crossed + Number(this.isCrossedNow());
    return { ...this.counts, crossed, waiting: this.waiting.length, gaps: [...this.gaps] };
  }

  /** True if the row belongs to the message of the row before, in an earlier batch. */
  private goesOn(depth: TableColumns<"depth">, row: number): boolean {
    const { firstId, lastId, isSnapshot, time, received } = this.previous;
    return (
      row === 0 &&
      Object.is(depth.lastId[0], lastId) &&
      Object.is(depth.firstId[0], firstId) &&
      depth.snapshot[0] === Number(isSnapshot) &&
      depth.time[0] === time &&
      Object.is(depth.received[0], received)
    );
  }

  private begin(depth: TableColumns<"depth">, row: number): void {
    this.release();
    if (this.isCrossedNow()) this.counts.crossed++;
    const time = depth.time[row]!;
    const firstId = depth.firstId[row]!;
    const lastId = depth.lastId[row]!;
    const isSnapshot = depth.snapshot[row] === 1;
    Object.assign(this.previous, { firstId, lastId, isSnapshot, time, received: depth.received[row]! });
    this.counts.messages++;
    const ids = { firstId, lastId, previousId: depth.previousId[row]!, isSnapshot };
    const verdict = this.sequence.check(ids);
    if (typeof verdict === "object") this.lose(verdict, time);
    else this.verdict = verdict;
    if (verdict === "old") this.counts.old++;
    if (verdict === "apply") this.counts.applied++;
    if (!isSnapshot || verdict !== "apply") return;
    this.book.clear();
    this.isSynced = true;
  }

  private isCrossedNow(): boolean {
    return this.verdict === "apply" && this.book.isCrossed;
  }

  private write(depth: TableColumns<"depth">, row: number, end: number): void {
    const { side, price, quantity } = depth;
    for (let i = row; i < end; i++) this.setLevel(side[i]!, price[i]!, quantity[i]!);
  }

  private setLevel(side: number, price: number, quantity: number): void {
    // A message without levels stands as one row without a side: only its numbers count.
    if (Number.isNaN(side)) return;
    const [priceScale, tick] = this.ticksPerUnit;
    const [quantityScale, lot] = this.lotsPerUnit;
    const ticks = (price * priceScale) / tick;
    const lots = (quantity * quantityScale) / lot;
    const wholeTicks = Math.round(ticks);
    let wholeLots = Math.round(lots);
    if (!isStep(ticks, wholeTicks)) refuseStep(price, quantity, tick / priceScale, this.previous.lastId);
    if (!isStep(lots, wholeLots)) {
      this.counts.rounded++;
      wholeLots = Math.max(1, wholeLots);
    }
    this.book.set(side as Side, wholeTicks, wholeLots);
  }

  private keep(depth: TableColumns<"depth">, row: number, end: number, goesOn: boolean): void {
    const { side, price, quantity } = depth;
    const levels = Array.from({ length: end - row }, (_, k) => {
      return [side[row + k]!, price[row + k]!, quantity[row + k]!] as const;
    });
    if (goesOn) {
      this.waiting.at(-1)!.levels.push(...levels);
      return;
    }
    const { firstId, lastId, time } = this.previous;
    const ids = { firstId, lastId, previousId: depth.previousId[row]!, isSnapshot: false };
    this.waiting.push({ ids, time, levels });
    if (this.waiting.length > WAITING_MAX) this.waiting.shift();
  }

  /** Brings the messages that waited into the book that a snapshot has just begun. */
  private release(): void {
    if (!this.isSnapshotOpen) return;
    this.isSnapshotOpen = false;
    const { waiting } = this;
    this.waiting = [];
    for (const { ids, time, levels } of waiting) {
      const verdict = this.sequence.recheck(ids);
      if (verdict === "old") this.counts.old++;
      else if (verdict === "apply") {
        this.counts.applied++;
        for (const [side, price, quantity] of levels) this.setLevel(side, price, quantity);
      } else if (typeof verdict === "object") {
        this.lose(verdict, time);
        return;
      }
    }
  }

  /** A message is missing: what stands in the book is no longer the venue's. */
  private lose(gap: SequenceGap, time: Millis): void {
    this.counts.gapCount++;
    if (this.gaps.length < GAPS_SHOWN) this.gaps.push({ ...gap, time });
    this.book.clear();
    this.waiting = [];
    this.isSynced = false;
    this.verdict = "gap";
  }
}

function stepsOf(text: string, what: string): readonly [number, number] {
  const { units, decimals } = parseDecimal(text, what);
  if (units <= 0) {
    fail("market.bad-level", {
      message: `the ${what} of a book is ${text}`,
      hint: `Give the smallest step above 0, such as "0.01".`,
      fields: { [what]: text },
    });
  }
  return [powerOfTen(decimals), units];
}

/** Whether a count is whole but for what its doubles could not hold. */
function isStep(count: number, whole: number): boolean {
  return Math.abs(count - whole) <= 1e-6 + Math.abs(whole) * 1e-15;
}

function refuseStep(price: number, quantity: number, tick: number, lastId: number): never {
  fail("market.bad-level", {
    message: `depth message ${lastId}: the price ${price} (quantity ${quantity}) is no multiple of the tick ${tick}`,
    hint: "Give the book the instrument's tick of that day; a smaller one takes finer prices.",
    fields: { price, quantity, lastId, tick },
  });
}
