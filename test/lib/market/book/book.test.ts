import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "#core";
import { type Book, createBook, type Side } from "#market";

/** The book in the plainest way: a Map a side. */
class PlainBook {
  readonly sides = { 1: new Map<number, number>(), [-1]: new Map<number, number>() };

  set(side: Side, ticks: number, lots: number): void {
    if (lots > 0) this.sides[side].set(ticks, lots);
    else this.sides[side].delete(ticks);
  }

  sorted(side: Side): [number, number][] {
    return [...this.sides[side]].sort(([a], [b]) => (b - a) * side);
  }
}

function expectSame(book: Book, plain: PlainBook, probe: number): void {
  const [bids, asks] = [plain.sorted(1), plain.sorted(-1)];
  expect(book.bid).toBe(bids[0]?.[0] ?? Number.NaN);
  expect(book.ask).toBe(asks[0]?.[0] ?? Number.NaN);
  expect([book.bidLots, book.askLots]).toEqual([bids[0]?.[1] ?? 0, asks[0]?.[1] ?? 0]);
  expect(book.isCrossed).toBe(bids.length > 0 && asks.length > 0 && bids[0]![0] >= asks[0]![0]);
  for (const [side, levels] of [
    [1, bids],
    [-1, asks],
  ] as const) {
    expect(book.levels(side)).toBe(levels.length);
    const [ticks, lots] = [new Float64Array(7), new Float64Array(7)];
    const count = book.top(side, ticks, lots);
    expect(Array.from({ length: count }, (_, i) => [ticks[i], lots[i]])).toEqual(levels.slice(0, 7));
    expect(book.lotsAt(side, probe)).toBe(plain.sides[side].get(probe) ?? 0);
    const within = levels.filter(([level]) => (level - probe) * side >= 0);
    expect(book.depthTo(side, probe)).toBe(within.reduce((sum, [, quantity]) => sum + quantity, 0));
  }
  expect(book.snapshot()).toEqual({ bids, asks });
}

describe("a book", () => {
  it("holds every level, wherever the price goes", () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.nat(),
          window: fc.constantFrom(1024, 4096),
          middle: fc.constantFrom(0, -3000, 6_000_000, 2 ** 40),
          /** How far levels lie from the middle, and how far the middle wanders. */
          spread: fc.constantFrom(5, 300, 5000, 1e6),
          drift: fc.constantFrom(0, 3, 2000),
        }),
        ({ seed, window, middle, spread, drift }) => {
          const rng = createRng(seed);
          const plain = new PlainBook();
          let book = createBook(undefined, { window });
          let centre = middle;
          const known: [Side, number][] = [];
          for (let k = 0; k < 400; k++) {
            centre += Math.round((rng.next() - 0.5) * drift);
            let [side, ticks]: [Side, number] = [
              rng.next() < 0.5 ? 1 : -1,
              centre + Math.round((rng.next() - 0.5) * 2 * spread),
            ];
            if (known.length > 0 && rng.next() < 0.6) [side, ticks] = known[rng.nextInt(known.length)]!;
            const lots = rng.next() < 0.5 ? 0 : 1 + rng.nextInt(1000);
            known.push([side, ticks]);
            book.set(side, ticks, lots);
            plain.set(side, ticks, lots);
            if (k % 40 === 0) book = createBook(JSON.parse(JSON.stringify(book.snapshot())), { window });
            if (k % 7 === 0) expectSame(book, plain, ticks);
          }
          expectSame(book, plain, centre);
          book.clear();
          expectSame(book, new PlainBook(), centre);
          book.set(1, centre, 3);
          expect(book.snapshot()).toEqual({ bids: [[centre, 3]], asks: [] });
        },
      ),
      { numRuns: 150 },
    );
  });

  it("leans to the thinner side", () => {
    const book = createBook({
      bids: [
        [100, 30],
        [99, 50],
      ],
      asks: [[102, 10]],
    });
    expect(book.microprice).toBe((100 * 10 + 102 * 30) / 40);
    expect(book.imbalance()).toBe((30 - 10) / 40);
    expect(book.imbalance(5)).toBe((80 - 10) / 90);
    expect(createBook().imbalance()).toBeNaN();
    expect(createBook().microprice).toBeNaN();
    expect(createBook().isCrossed).toBe(false);
  });

  it("refuses what is no whole level, and is as it was", () => {
    const book = createBook({ bids: [[100, 5]], asks: [] });
    for (const [ticks, lots] of [
      [100.5, 1],
      [Number.NaN, 1],
      [100, -1],
      [100, Number.NaN],
      [100, 0.5],
      [2 ** 60, 1],
      [Number.POSITIVE_INFINITY, 1],
    ] as const) {
      expect(() => book.set(1, ticks, lots)).toThrow(/lots at/);
    }
    expect(() => book.set(0 as Side, 100, 1)).toThrow(/side 0/);
    expect(book.snapshot()).toEqual({ bids: [[100, 5]], asks: [] });
  });
});
