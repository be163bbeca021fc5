import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { averagePrice, createEngine, equity } from "#engine";
import { account, bps, createInstrument, notionalUnits } from "#model";
import { BTC, ETH, hold, openDesk, said, target } from "./desk.ts";

describe("targets", () => {
  it("are sized at the mark: weight and risk by the marked equity, fractions of a lot cut off", () => {
    const size = (signal: object) =>
      said(openDesk().decide([333], { kind: "target", instrument: 0, ...signal }));
    expect(size({ weight: 0.5 })).toEqual(["submit buy market 1501"]);
    expect(size({ notional: 1000 })).toEqual(["submit buy market 300"]);
    expect(size({ quantity: 1.239 })).toEqual(["submit buy market 123"]);
    expect(size({ risk: 0.01, stop: 300 })).toEqual(["submit buy market 303"]);
  });

  it("that are negative are refused on a cash account", () => {
    const desk = openDesk();
    hold(desk, 50);
    expect(desk.decide([100], target(-0.5))).toEqual([]);
    expect(desk.refusals).toMatchObject([{ code: "engine.short-on-cash", value: -50 }]);
  });

  it.each([
    [0.5, []],
    [0.55, []],
    [0.46, []],
    [0.56, ["submit buy market 6"]],
    [0.45, ["submit sell market 5"]],
    [0, ["submit sell market 50"]],
  ])("of %d over 0.5 held trade only beyond a tenth of the new target", (quantity, commands) => {
    const desk = openDesk();
    hold(desk, 50);
    expect(said(desk.decide([100], target(quantity)))).toEqual(commands);
  });

  it("always trade to zero, however wide the band", () => {
    const desk = openDesk({ rebalance: 0.99 });
    hold(desk, 50);
    expect(said(desk.decide([100], target(0)))).toEqual(["submit sell market 50"]);
  });

  it("count what is under way: calling twice buys once", () => {
    const desk = openDesk();
    const [buy] = desk.decide([100], target(0.5));
    expect(desk.decide([100], target(0.5))).toEqual([]);
    expect(desk.decide([100], target(0.2))).toEqual([]);
    expect(said(desk.fill(buy!.order, 50, 100))).toEqual(["submit sell market 30"]);
  });

  it("reduce first, and increase with the money once the sales are done", () => {
    const desk = openDesk({ instruments: [BTC, ETH], capital: 100 });
    hold(desk, 90);
    const sales = desk.decide([100, 100], target(0), target(0.8, undefined, 1));
    expect(said(sales)).toEqual(["submit sell market 90"]);
    expect(said(desk.fill(sales[0]!.order, 90, 100))).toEqual(["submit buy market 80"]);
  });

  it("are scaled down together when the free cash does not cover them, and never cost more than it", () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 10, max: 1e7 }),
        fc.integer({ min: 10, max: 1e7 }),
        fc.double({ min: 0.01, max: 3, noNaN: true }),
        fc.double({ min: 0.01, max: 3, noNaN: true }),
        (capital, btc, eth, one, two) => {
          const desk = openDesk({ instruments: [BTC, ETH], capital });
          const buys = desk.decide(
            [btc, eth],
            { kind: "target", instrument: 0, weight: one },
            { kind: "target", instrument: 1, weight: two },
          );
          expect(desk.refusals).toEqual([]);
          expect(desk.engine.reserved <= desk.engine.cash).toBe(true);
          const worth = (k: number) => {
            const order = buys.find(({ order }) => order.instrument === k)?.order;
            return order ? Number(notionalUnits(BTC, [btc, eth][k]!, order.lots)) / 1e8 : 0;
          };
          const factor = Math.min(1, 1 / (1.005 * (one + two)));
          // A lot is cut off at the target and one at the scaling; the reserve is rounded up to the tick.
          const slack = (price: number) => 2.02 * price * 0.01 + (2 * capital) / Math.min(btc, eth) + 5;
          expect(worth(0)).toBeGreaterThanOrEqual(factor * one * capital - slack(btc));
          expect(worth(1)).toBeGreaterThanOrEqual(factor * two * capital - slack(eth));
          expect(worth(0)).toBeLessThanOrEqual(one * capital * (1 + 1e-9));
        },
      ),
      { numRuns: 200 },
    ));

  it("before the first price are refused", () => {
    const desk = openDesk({ instruments: [BTC, ETH] });
    desk.decide([100, Number.NaN], target(1, undefined, 1));
    expect(desk.refusals).toMatchObject([{ code: "engine.no-mark", instrument: 1 }]);
  });
});

describe("books", () => {
  it("keep average cost and realised profit as worked out by hand", () => {
    const desk = openDesk();
    const { engine } = desk;
    const trade = (side: "buy" | "sell", lots: number, ticks: number, fee: bigint) => {
      const [sent] = desk.decide([ticks], {
        kind: "order",
        instrument: 0,
        side,
        type: "market",
        quantity: lots / 100,
      });
      desk.fill(sent!.order, lots, ticks, fee);
    };
    trade("buy", 100, 100, 0n);
    expect([averagePrice(engine, 0), engine.realized[0]]).toEqual([100, 0n]);
    trade("buy", 100, 130, 0n);
    expect([averagePrice(engine, 0), engine.realized[0]]).toEqual([115, 0n]);
    // 0.5 sold at 125 that cost 57.5: 5 earned, less a fee of 1 that the cash pays.
    trade("sell", 50, 125, 1_0000_0000n);
    expect([averagePrice(engine, 0), engine.realized[0]]).toEqual([115, 5_0000_0000n]);
    expect(engine.cash).toBe(9831_5000_0000n);
    // A fee of 0.015 BTC leaves 1.485 held for the 172.5 + 0 that 1.5 cost.
    trade("buy", 1, 115, 1_500_000n);
    expect(engine.baseUnits[0]).toBe(1_4950_0000n);
    expect(engine.costUnits[0]).toBe(173_6500_0000n);
    expect(averagePrice(engine, 0)).toBeCloseTo(173.65 / 1.495, 12);
    expect(engine.lots[0]).toBe(149);
    // Selling all whole lots leaves half a lot of dust, with its share of the cost.
    trade("sell", 149, 100, 0n);
    expect(engine.lots[0]).toBe(0);
    expect(engine.baseUnits[0]).toBe(50_0000n);
    expect(engine.quantity[0]).toBe(0.005);
    expect(averagePrice(engine, 0)).toBeNaN();
    expect(engine.realized[0]).toBe(5_0000_0000n + 149_0000_0000n - (173_6500_0000n * 14900n) / 14950n);
    expect(equity(engine)).toBeCloseTo(Number(engine.cash) / 1e8 + 0.5, 9);
    expect(engine.fees).toBeCloseTo(1 + 0.015 * 115, 12);
  });

  it("turn the dust of several buys into a lot that can be sold", () => {
    const desk = openDesk();
    for (let k = 0; k < 2; k++) {
      const [buy] = desk.decide([1000], {
        kind: "order",
        instrument: 0,
        side: "buy",
        type: "market",
        quantity: 0.01,
      });
      desk.fill(buy!.order, 1, 1000, 400_000n);
    }
    expect(desk.engine.lots[0]).toBe(1);
    expect(said(desk.decide([1000], target(0)))).toEqual(["submit sell market 1"]);
  });

  it("count whole lots exactly, where a double could not", () => {
    const shib = createInstrument({ symbol: "SHIB/USD", tick: "0.00000001", lot: "1" });
    const desk = openDesk({ instruments: [shib], capital: 1e9 });
    const [buy] = desk.decide([1000], {
      kind: "order",
      instrument: 0,
      side: "buy",
      type: "market",
      quantity: 1e11,
    });
    desk.fill(buy!.order, 1e11, 1000, 1n);
    expect(desk.engine.lots[0]).toBe(1e11 - 1);
  });
});

describe("an engine", () => {
  const spec = {
    venue: "binance",
    kind: "cash",
    currency: "USD",
    capital: 1,
    fees: bps(0),
    slippage: bps(0),
  } as const;
  const refused = (instruments: readonly (typeof BTC)[], strategies: string[]) =>
    expect(() => createEngine({ account: account(spec), instruments, strategies })).toThrowError(
      expect.objectContaining({ code: "engine.bad-config" }),
    );

  it("is refused without an instrument or a strategy", () => {
    refused([], ["one"]);
    refused([BTC], []);
  });

  it("is refused if an instrument is quoted in another currency, or counts it to other digits", () => {
    refused([BTC, createInstrument({ symbol: "ETH/BTC", tick: "0.001", lot: "0.01" })], ["one"]);
    refused([BTC, createInstrument({ symbol: "X/USD", tick: "1", lot: "1", assetDecimals: 10 })], ["one"]);
  });
});
