import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BookReport, checkQuotes, createBookReplay, createSequence, type SequenceRule } from "#market";
import type { TableColumns } from "#model";
import { type DepthMessage, depthTable, randomMarket } from "./depth-messages.ts";

const STEPS = { tick: "0.01", lot: "0.001" };
const RULES: SequenceRule[] = ["binance-spot", "binance-futures", "bybit", "none"];
const numbered = RULES.filter((rule) => rule !== "none");

function replayed(tables: readonly TableColumns<"depth">[], rule: SequenceRule) {
  const replay = createBookReplay({ rule, ...STEPS });
  for (const table of tables) for (let row = 0; row < table.time.length; ) row = replay.apply(table, row);
  return { report: replay.report(), book: replay.book.snapshot(), isSynced: replay.isSynced };
}

function replayOf(messages: readonly DepthMessage[], rule: SequenceRule): BookReport {
  return replayed([depthTable(messages)], rule).report;
}

/** Best prices that the market told last. */
function lastQuote({ quotes }: ReturnType<typeof randomMarket>) {
  const { bid, bidQuantity, ask, askQuantity } = quotes.at(-1)!;
  return {
    bids: [Math.round(bid * 100), Math.round(bidQuantity * 1000)],
    asks: [Math.round(ask * 100), Math.round(askQuantity * 1000)],
  };
}

describe("a book replayed from depth messages", () => {
  it("ends where the market stands, also where a late snapshot joins", () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(...RULES), (seed, rule) => {
        const market = randomMarket(seed, rule);
        const { report, book, isSynced } = replayed([depthTable(market.messages)], rule);
        expect(report).toMatchObject({ gapCount: 0, crossed: 0, waiting: 0 });
        expect(isSynced).toBe(true);
        expect({ bids: book.bids[0], asks: book.asks[0] }).toEqual(lastQuote(market));
        expect(report.messages).toBe(market.messages.length);
        expect(report.applied + report.old).toBe(report.messages);
      }),
    );
  });

  it("is the same however the rows are cut into batches", () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.constantFrom(...RULES),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }),
        (seed, rule, cuts) => {
          const table = depthTable(randomMarket(seed, rule).messages);
          const rows = table.time.length;
          const bounds = [0, ...cuts.map((cut) => Math.floor(cut * rows)).sort((a, b) => a - b), rows];
          const parts = bounds.slice(1).map((to, k) => {
            const columns = Object.entries(table).map(([name, column]) => [
              name,
              column.subarray(bounds[k]!, to),
            ]);
            return Object.fromEntries(columns) as TableColumns<"depth">;
          });
          expect(replayed(parts, rule)).toEqual(replayed([table], rule));
        },
      ),
    );
  });

  it("detects that any one message was deleted, and names what was expected", () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(...numbered), (seed, rule) => {
        const { messages } = randomMarket(seed, rule);
        // What stands at either end leaves no trace.
        for (let k = 1; k < messages.length - 1; k++) {
          const left = messages.filter((_, i) => i !== k);
          const report = replayOf(left, rule);
          if (messages[k]!.isSnapshot) {
            expect(report.waiting).toBe(messages.length - 1);
            continue;
          }
          // Before the snapshot the loss is seen again where the snapshot should be joined.
          expect(report.gapCount).toBeGreaterThanOrEqual(1);
          const { expected, seen } = report.gaps[0]!;
          const next = messages.slice(k + 1).find(({ isSnapshot }) => !isSnapshot)!;
          expect(seen).toBe(rule === "binance-futures" ? next.previousId : next.firstId);
          const before = messages.slice(0, k).findLast((m) => !m.isSnapshot || rule === "bybit")!;
          expect(expected).toBe(before.lastId + (rule === "binance-futures" ? 0 : 1));
        }
      }),
      { numRuns: 40 },
    );
  });

  it("detects a snapshot that no message joins", () => {
    const ids = { previousId: Number.NaN, isSnapshot: false };
    const snapshot = { firstId: 10, lastId: 10, previousId: Number.NaN, isSnapshot: true };
    const spot = createSequence("binance-spot");
    expect(spot.check(snapshot)).toBe("apply");
    expect(spot.check({ firstId: 5, lastId: 10, ...ids })).toBe("old");
    expect(spot.check({ firstId: 11, lastId: 12, ...ids })).toBe("apply");
    const late = createSequence("binance-spot");
    late.check(snapshot);
    expect(late.check({ firstId: 12, lastId: 13, ...ids })).toEqual({ expected: 11, seen: 12 });
    const futures = createSequence("binance-futures");
    futures.check(snapshot);
    expect(futures.check({ firstId: 11, lastId: 13, previousId: 9, isSnapshot: false })).toEqual({
      expected: 10,
      seen: 11,
    });
    const restored = createSequence("binance-spot", JSON.parse(JSON.stringify(spot.snapshot())));
    expect(restored.check({ firstId: 14, lastId: 15, ...ids })).toEqual({ expected: 13, seen: 14 });
  });

  it("passes over a snapshot that a running book is past, and takes one that is ahead", () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom("binance-spot", "binance-futures"), (seed, rule) => {
        const { messages } = randomMarket(seed, rule);
        const late = messages.findIndex(({ isSnapshot }) => isSnapshot);
        const again = messages.toSpliced(late + 6, 0, messages[late]!);
        expect(replayed([depthTable(again)], rule).book).toEqual(replayed([depthTable(messages)], rule).book);
        expect(replayOf(again, rule).gapCount).toBe(0);
        const ahead = { ...messages[late]!, firstId: 1e6, lastId: 1e6 };
        expect(replayOf([...messages, ahead], rule)).toMatchObject({ gapCount: 0, crossed: 0 });
      }),
    );
  });

  it("empties the book at a gap and starts anew with a snapshot", () => {
    const { messages } = randomMarket(1, "bybit");
    const left = messages.filter((_, k) => k !== 5);
    const lost = replayed([depthTable(left)], "bybit");
    expect(lost.isSynced).toBe(false);
    expect(lost.book).toEqual({ bids: [], asks: [] });
    const again = [...left, { ...messages[0]!, firstId: 500, lastId: 500 }];
    expect(replayed([depthTable(again)], "bybit").isSynced).toBe(true);
  });

  it("refuses a price off the tick, naming both; counts quantities off the lot", () => {
    const { messages } = randomMarket(1, "none");
    const bad = { ...messages[1]!, levels: [[1, 500.005, 1] as const] };
    expect(() => replayOf([messages[0]!, bad], "none")).toThrow(/500\.005.*tick 0\.01/);
    expect(() => createBookReplay({ rule: "none", tick: "0", lot: "1" })).toThrow(/tick/);
    const dust = { ...messages[1]!, levels: [[1, 1, 0.0001] as const, [1, 2, 1.0006] as const] };
    const { report, book } = replayed([depthTable([messages[0]!, dust])], "none");
    expect(report.rounded).toBe(2);
    expect(book.bids.slice(-2)).toEqual([
      [200, 1001],
      [100, 1],
    ]);
  });
});

describe("checkQuotes", () => {
  const quoteTable = (quotes: ReturnType<typeof randomMarket>["quotes"]): TableColumns<"quotes"> => {
    const column = (name: keyof (typeof quotes)[number]) => Float64Array.from(quotes, (quote) => quote[name]);
    const none = new Float64Array(quotes.length).fill(Number.NaN);
    const { bid, bidQuantity, ask, askQuantity } = {
      bid: column("bid"),
      bidQuantity: column("bidQuantity"),
      ask: column("ask"),
      askQuantity: column("askQuantity"),
    };
    return { time: none, received: none, id: column("id"), bid, bidQuantity, ask, askQuantity };
  };

  it("finds that every quote of a sound market agrees, and that a changed one does not", () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom("binance-spot", "binance-futures"), (seed, rule) => {
        const { messages, quotes } = randomMarket(seed, rule);
        const table = depthTable(messages);
        const sound = checkQuotes(table, quoteTable(quotes), { rule, ...STEPS });
        expect(sound.disagreeing).toBe(0);
        expect(sound.exact).toBeGreaterThan(0);
        const { lastId } = messages.at(-1)!;
        const last = quotes.findLastIndex(({ id }) => id <= lastId);
        const changed = quotes.map((quote, k) =>
          k === last ? { ...quote, bidQuantity: quote.bidQuantity + 0.001 } : quote,
        );
        expect(checkQuotes(table, quoteTable(changed), { rule, ...STEPS }).disagreeing).toBeLessThanOrEqual(
          1,
        );
        const all = quotes.map((quote) => ({ ...quote, bidQuantity: quote.bidQuantity + 20 }));
        const off = checkQuotes(table, quoteTable(all), { rule, ...STEPS });
        expect(off.exact).toBe(0);
        expect(off.disagreeing).toBeGreaterThanOrEqual(sound.exact);
      }),
    );
  });
});
