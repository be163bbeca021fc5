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
