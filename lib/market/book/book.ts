/**
 * The order book of one instrument by price (L2). Prices are whole ticks, quantities whole lots; 1 is the side of the bids,
 * -1 that of the asks.
 *
 *   microprice  (bid * askLots + ask * bidLots) / (bidLots + askLots): the middle, leaning to the thinner side
 *   imbalance   (B - A) / (B + A), with B and A the lots of the best n levels: 1 all bids, -1 all asks
 */
import { assert, fail } from "#core";
import type { Lots, Ticks } from "#model";
import { BookSide } from "./side.ts";

/** 1 bids, -1 asks. */
export type Side = 1 | -1;

/** All levels, best first: plain JSON. */
export interface BookState {
  readonly bids: readonly (readonly [Ticks, Lots])[];
  readonly asks: readonly (readonly [Ticks, Lots])[];
}

export interface Book {
  /** Best bid; NaN if there is none. */
  readonly bid: Ticks;
  /** Best ask; NaN if there is none. */
  readonly ask: Ticks;
  /** Quantity at the best bid; 0 if there is none. */
  readonly bidLots: Lots;
  readonly askLots: Lots;
  /** The best bid is at or above the best ask. */
  readonly isCrossed: boolean;
  /** In ticks, with a fraction; NaN unless both sides have a level. */
  readonly microprice: number;
  /** Sets the quantity at a price; 0 removes the level. Errors: `market.bad-level`. */
  set(side: Side, ticks: Ticks, lots: Lots): void;
  /** Quantity at a price; 0 if there is no such level. */
  lotsAt(side: Side, ticks: Ticks): Lots;
  /** How many levels a side has. */
  levels(side: Side): number;
  /**
   * Writes the best levels of a side, best first, into the caller's arrays, as many as fit; gives how many.
   */
  top(side: Side, ticks: Float64Array, lots: Float64Array): number;
  /** Lots that stand at a price or better: what an order of the other side with this limit could trade. */
  depthTo(side: Side, ticks: Ticks): Lots;
  /** -1 to 1 over the best `count` levels of each side (default 1); NaN for an empty book. */
  imbalance(count?: number): number;
  clear(): void;
  snapshot(): BookState;
}

/**
 * An empty book, or one as it stood.
 * @param options.window prices on each side, from the best on, that are reached fastest: a power of two from 1024 on, 8 bytes
 * each. Levels beyond are kept all the same. Default 32768.
 */
export function createBook(state?: BookState, { window = 32_768 }: { window?: number } = {}): Book {
  assert(window >= 1024 && Number.isInteger(Math.log2(window)), `a power of two from 1024 on, not ${window}`);
  const book = new TickBook(window);
  for (const [ticks, lots] of state?.bids ?? []) book.set(1, ticks, lots);
  for (const [ticks, lots] of state?.asks ?? []) book.set(-1, ticks, lots);
  return book;
}

class TickBook implements Book {
  private readonly bids: BookSide;
  private readonly asks: BookSide;

  constructor(window: number) {
    this.bids = new BookSide(window);
    this.asks = new BookSide(window);
  }

  get bid(): Ticks {
    return this.bids.count === 0 ? Number.NaN : this.bids.bestKey;
  }

  get ask(): Ticks {
    return this.asks.count === 0 ? Number.NaN : 0 - this.asks.bestKey;
  }

  get bidLots(): Lots {
    return this.bids.bestLots;
  }

  get askLots(): Lots {
    return this.asks.bestLots;
  }

  get isCrossed(): boolean {
    return this.bids.bestKey >= -this.asks.bestKey;
  }

  get microprice(): number {
    const { bid, ask, bidLots, askLots } = this;
    return (bid * askLots + ask * bidLots) / (bidLots + askLots);
  }

  set(side: Side, ticks: Ticks, lots: Lots): void {
    const isLevel = Number.isSafeInteger(ticks) && Number.isSafeInteger(lots) && lots >= 0;
    if (!isLevel || (side !== 1 && side !== -1)) refuseLevel(side, ticks, lots);
    if (side === 1) this.bids.set(ticks, lots);
    else this.asks.set(0 - ticks, lots);
  }

  lotsAt(side: Side, ticks: Ticks): Lots {
    return side === 1 ? this.bids.at(ticks) : this.asks.at(0 - ticks);
  }

  levels(side: Side): number {
    return this.sideOf(side).count;
  }

  top(side: Side, ticks: Float64Array, lots: Float64Array): number {
    const room = Math.min(ticks.length, lots.length);
    let count = 0;
    if (room === 0) return 0;
    this.sideOf(side).walk((key, quantity) => {
      ticks[count] = side === 1 ? key : 0 - key;
      lots[count] = quantity;
      return ++count < room;
    });
    return count;
  }

  depthTo(side: Side, ticks: Ticks): Lots {
    const limit = side === 1 ? ticks : 0 - ticks;
    let sum = 0;
    this.sideOf(side).walk((key, lots) => {
      if (key < limit) return false;
      sum += lots;
      return true;
    });
    return sum;
  }

  imbalance(count = 1): number {
    const bids = sumOfBest(this.bids, count);
    const asks = sumOfBest(this.asks, count);
    return (bids - asks) / (bids + asks);
  }

  clear(): void {
    this.bids.clear();
    this.asks.clear();
  }

  snapshot(): BookState {
    const levelsOf = (side: Side): [Ticks, Lots][] => {
      const levels: [Ticks, Lots][] = [];
      this.sideOf(side).walk((key, lots) => {
        levels.push([side === 1 ? key : 0 - key, lots]);
        return true;
      });
      return levels;
    };
    return { bids: levelsOf(1), asks: levelsOf(-1) };
  }

  private sideOf(side: Side): BookSide {
    return side === 1 ? this.bids : this.asks;
  }
}

function sumOfBest(side: BookSide, count: number): number {
  let sum = 0;
  let left = count;
  side.walk((_, lots) => {
    if (left-- <= 0) return false;
    sum += lots;
    return true;
  });
  return sum;
}

function refuseLevel(side: number, ticks: number, lots: number): never {
  fail("market.bad-level", {
    message: `the book was given ${lots} lots at ${ticks} ticks on side ${side}`,
    hint: "Prices are whole ticks, quantities whole lots from 0 on, sides 1 (bid) or -1 (ask).",
    fields: { side, ticks, lots },
  });
}
