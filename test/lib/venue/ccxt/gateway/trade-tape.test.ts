import * as fc from "fast-check";
import { expect, it } from "vitest";
import { createInstrument, type MarketTrade } from "#model";
import { TradeTape } from "../../../../../lib/venue/ccxt/gateway/trade-tape.ts";

const BTC = createInstrument({ symbol: "BTC/USDT", tick: "0.01", lot: "0.001" });

/** A tape of trades 1..n at the exchange, of which a stream brings any parts, late, twice, or not at all. */
function exchangeOf(length: number, parts: readonly (readonly number[])[]) {
  let seen = 0;
  const streamed = parts.map((part) => part.filter((id) => id <= length));
  return {
    watch: async () => {
      const ids = streamed.shift();
      if (!ids) throw new Error("the connection is lost");
      seen = Math.max(seen, ...ids);
      return ids.map((id) => ({ t: id, T: 1000 + id, p: `${id}.00`, q: "0.001" }));
    },
    // REST knows what the stream has told, and what lies before it.
    fetch: async (fromId: number, limit: number) =>
      Array.from({ length: Math.max(0, Math.min(limit, seen - fromId + 1)) }, (_, i) => ({
        id: fromId + i,
        time: 1000 + fromId + i,
        price: `${fromId + i}.00`,
        qty: "0.001",
      })),
    latest: async () => [],
  };
}

it("tells every trade once and in order, whatever the stream brings twice, late or not at all", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 }), { maxLength: 12 }),
      fc.integer({ min: 0, max: 20 }),
      async (parts, last) => {
        const told: MarketTrade[] = [];
        const tape = new TradeTape(BTC, 0, last, exchangeOf(60, parts), (trade) => told.push(trade));
        for (;;) {
          try {
            await tape.next();
          } catch {
            break;
          }
        }
        const ids = told.map(({ id }) => id);
        const newest = Math.max(0, ...parts.flat());
        // From the first trade seen, or from the one after the last known.
        const first = last > 0 ? last + 1 : (ids[0] ?? 1);
        expect(ids).toEqual(Array.from({ length: Math.max(0, newest - first + 1) }, (_, i) => first + i));
        for (const { id, ticks, time } of told) expect([ticks, time]).toEqual([100 * id, 1000 + id]);
      },
    ),
  ));

it("refuses a price that is no multiple of the tick", async () => {
  const source = {
    watch: async () => [{ t: 1, T: 1, p: "1.005", q: "0.001" }],
    fetch: async () => [],
    latest: async () => [],
  };
  const tape = new TradeTape(BTC, 0, 0, source, () => {});
  await expect(tape.next()).rejects.toMatchObject({ code: "venue.off-step" });
});

const row = (id: number) => ({ id, time: 1000 + id, price: `${id}.00`, qty: "0.001" });
const message = (id: number) => ({ t: id, T: 1000 + id, p: `${id}.00`, q: "0.001" });

it("asks again for a trade that found no room, and for a gap that the answers do not fill yet", async () => {
  const ids: number[] = [];
  let isFull = true;
  let answers = 0;
  const source = {
    watch: async () => [message(8)],
    fetch: async (from: number) => (++answers < 3 ? [] : [4, 5, 6, 7].filter((id) => id >= from).map(row)),
    latest: async () => [],
  };
  const tape = new TradeTape(BTC, 0, 3, source, ({ id }) => {
    if (id === 6 && isFull) throw new Error("no room");
    ids.push(id);
  });
  await expect(tape.next()).rejects.toThrow("no room");
  tape.lost();
  isFull = false;
  await tape.next();
  expect(ids).toEqual([4, 5, 6, 7, 8]);
});

it("misses none after it caught up for the first time, though its stream begins later", async () => {
  const ids: number[] = [];
  const source = {
    watch: async () => [message(45)],
    fetch: async (from: number) => [41, 42, 43, 44, 45].filter((id) => id >= from).map(row),
    latest: async () => [row(41)],
  };
  const tape = new TradeTape(BTC, 0, 0, source, ({ id }) => void ids.push(id));
  await tape.catchUp();
  await tape.next();
  expect(ids).toEqual([41, 42, 43, 44, 45]);
});

it("says that it was behind before it tells what was long ago, and not for a moment's skew", async () => {
  for (const [awayMs, isBehind] of [
    [4000, false],
    [6000, true],
  ] as const) {
    const story: unknown[] = [];
    const streamed = [[message(1)], [message(3)]];
    const source = {
      watch: async () => streamed.shift()!,
      fetch: async (from: number) => (from === 2 ? [{ ...row(2), time: 1001 + awayMs }] : []),
      latest: async () => [],
    };
    const tape = new TradeTape(
      BTC,
      0,
      0,
      source,
      ({ id }) => void story.push(id),
      () => void story.push("behind"),
    );
    await tape.next();
    await tape.next();
    expect(story).toEqual(isBehind ? [1, "behind", 2, 3] : [1, 2, 3]);
  }
});
