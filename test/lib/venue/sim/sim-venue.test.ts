import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { account, bps, createInstrument, type Order } from "#model";
import { createSimVenue, depthLots, lowFirst, printTime } from "#venue";
import { askTicks, bidTicks } from "../../../../lib/venue/sim/liquidity.ts";

const BTC = createInstrument({ symbol: "BTC/USD", tick: "1", lot: "1", minNotional: "5" });

function accountWith(slippageBps: number, capital = 1000, depthShare = 0.1) {
  const rates = { fees: bps(0), slippage: bps(slippageBps) };
  return account({
    venue: "binance",
    kind: "cash",
    currency: "USD",
    capital,
    ...rates,
    latencyMs: 50,
    depthShare,
  });
}

let made = 0;
function orderOf(change: Partial<Order>): Order {
  const draft: Order = {
    id: `order-${made++}`,
    strategy: 0,
    instrument: 0,
    purpose: "single",
    side: 1,
    type: "market",
    lots: 10,
    ticks: undefined,
    decision: 1,
    sentAt: 0,
    reserved: 0n,
    state: "submitting",
    filledLots: 0,
    trades: [],
  };
  return { ...draft, ...change };
}

describe("the liquidity model", () => {
  it("rounds the spread to the tick against the taker, exactly", () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4e8 }),
        fc.integer({ min: 0, max: 9_999_999 }),
        (ticks, thousandths) => {
          const one = 10_000_000n;
          const spot = accountWith(thousandths / 1000);
          const above = BigInt(ticks) * (one + BigInt(thousandths));
          expect(BigInt(askTicks(spot, ticks))).toBe((above + one - 1n) / one);
          const below = (BigInt(ticks) * (one - BigInt(thousandths))) / one;
          expect(BigInt(bidTicks(spot, ticks))).toBe(below > 1n ? below : 1n);
        },
      ),
    ));

  it("has whole lots of depth, rounded down but for a hair", () => {
    expect([30, 29, 9, 0].map((lots) => depthLots(accountWith(0), lots))).toEqual([3, 2, 0, 0]);
    expect(depthLots(accountWith(0, 1000, 0.7), 30)).toBe(21);
    expect(depthLots(accountWith(0), 999_999_999_999)).toBe(99_999_999_999);
  });

  it("prints at the start, the thirds and the last millisecond; the nearer extreme first, at a tie the low", () => {
    expect([0, 1, 2, 3].map((k) => printTime(600, 300, k))).toEqual([600, 700, 800, 899]);
    expect([lowFirst(100, 110, 95), lowFirst(100, 105, 90), lowFirst(100, 105, 95)]).toEqual([
      true,
      false,
      true,
    ]);
  });
});

describe("the simulated venue", () => {
  const open = (capital = 1000, ticks = 100, depth = 1000) => {
    const venue = createSimVenue(accountWith(0, capital), [BTC]);
    venue.print(0, ticks, depth);
    return venue;
  };
  const events = (venue: ReturnType<typeof open>) => venue.outbox.splice(0).map(({ event }) => event);
  const submit = (venue: ReturnType<typeof open>, change: Partial<Order>) => {
    const order = orderOf(change);
    return { order, answer: venue.submit(0, 0, order) };
  };

  it.each<[string, Partial<Order>, string]>([
    ["more than the cash pays", { lots: 11 }, "insufficient-funds"],
    ["a sale of what is not held", { side: -1 }, "insufficient-funds"],
    ["less than the smallest order", { type: "limit", lots: 1, ticks: 4 }, "min-notional"],
    ["a price of nothing", { type: "limit", ticks: 0 }, "min-notional"],
    ["a stop to sell at the price", { side: -1, type: "stop", ticks: 100 }, "would-trigger"],
    ["a stop to buy at the price", { type: "stop", ticks: 100 }, "would-trigger"],
  ])("refuses %s", (_, change, reason) => {
    const { answer } = submit(open(), change);
    expect(answer).toBe(reason);
  });

  it("refuses everything before the first print", () => {
    const venue = createSimVenue(accountWith(0), [BTC]);
    expect(submit(venue, {}).answer).toBe("no-market");
  });

  it("locks funds at once and frees the rest at the end", () => {
    const venue = open();
    submit(venue, { lots: 4 });
    expect(venue.funds(0).quote).toEqual({ free: 600_0000_0000n, locked: 400_0000_0000n });
    venue.print(0, 90, 3);
    venue.arriveNext();
    expect(events(venue)).toMatchObject([
      { kind: "order-filled", lots: 3, ticks: 90 },
      { kind: "order-expired" },
    ]);
    expect(venue.funds(0)).toEqual({
      quote: { free: 730_0000_0000n, locked: 0n },
      base: [{ free: 3_0000_0000n, locked: 0n }],
    });
  });

  it("buys what the money pays when the price has risen since the order was taken", () => {
    const venue = open();
    submit(venue, { lots: 10 });
    venue.print(0, 150, 1000);
    venue.arriveNext();
    expect(events(venue)).toMatchObject([{ lots: 6, ticks: 150 }, { kind: "order-expired" }]);
    expect(venue.funds(0).quote).toEqual({ free: 100_0000_0000n, locked: 0n });
  });

  it("spends a whole lock on the part of a rising buy that the book holds", () => {
    const venue = open();
    submit(venue, { lots: 10 });
    venue.print(0, 150, 5);
    venue.arriveNext();
    expect(venue.funds(0).quote).toEqual({ free: 250_0000_0000n, locked: 0n });
  });

  it("leaves the rest of a limit in the book, at its own price, until it is cancelled", () => {
    const venue = open(1000, 100, 4);
    const { order } = submit(venue, { type: "limit", lots: 8, ticks: 101 });
    venue.arriveNext();
    expect(events(venue)).toMatchObject([{ lots: 4, ticks: 100 }]);
    venue.print(0, 99, 1);
    venue.match(100, 0);
    expect(events(venue)).toMatchObject([{ lots: 1, ticks: 101, time: 100 }]);
    expect(venue.cancel(100, 0, order.id)).toBe(true);
    venue.arriveNext();
    expect(events(venue)).toMatchObject([{ kind: "order-canceled", time: 150 }]);
    expect(venue.funds(0).quote).toEqual({ free: 499_0000_0000n, locked: 0n });
    expect(venue.working).toBe(0);
  });

  it("takes no notice of a cancel that comes too late", () => {
    const venue = open();
    const { order } = submit(venue, {});
    venue.cancel(10, 0, order.id);
    venue.arriveNext();
    venue.arriveNext();
    expect(venue.outbox.map(({ event }) => event.kind)).toEqual(["order-filled"]);
  });
});
