import { describe, expect, it } from "vitest";
import type { Signal } from "#model";
import { BTC, ETH, hold, openDesk, said, target } from "./desk.ts";

function order(side: "buy" | "sell", quantity: number, limit?: number): Signal {
  const type = limit === undefined ? "market" : "limit";
  return {
    kind: "order",
    instrument: 0,
    side,
    type,
    quantity,
    ...(limit === undefined ? {} : { price: limit }),
  };
}

describe("risk limits", () => {
  it("let an order of exactly maxOrderNotional pass, and no lot more", () => {
    const desk = openDesk({ limits: { maxOrderNotional: 200 } });
    expect(said(desk.decide([100], order("buy", 2)))).toEqual(["submit buy market 200"]);
    expect(desk.decide([100], order("buy", 2.01))).toEqual([]);
    expect(desk.refusals).toMatchObject([{ code: "risk.notional-exceeded", value: 201, bound: 200 }]);
  });

  it("count what is held and what is being bought toward maxPositionNotional", () => {
    const desk = openDesk({ limits: { maxPositionNotional: 300 } });
    hold(desk, 100);
    expect(said(desk.decide([100], order("buy", 1)))).toEqual(["submit buy market 100"]);
    expect(said(desk.decide([100], order("buy", 1)))).toEqual(["submit buy market 100"]);
    expect(desk.decide([100], order("buy", 0.01))).toEqual([]);
    expect(desk.refusals).toMatchObject([{ code: "risk.position-exceeded", value: 301, bound: 300 }]);
  });

  it("let a price exactly on the band pass, on both sides of the market", () => {
    const desk = openDesk({ limits: { priceBandBps: 100 } });
    hold(desk, 100);
    expect(said(desk.decide([100], order("buy", 0.1, 99)))).toEqual(["submit buy limit 10 @99"]);
    expect(said(desk.decide([100], order("sell", 0.1, 101)))).toEqual(["submit sell limit 10 @101"]);
    expect(desk.decide([100], order("buy", 0.1, 98), order("sell", 0.1, 102))).toEqual([]);
    expect(desk.refusals.map(({ code, bound }) => [code, bound])).toEqual([
      ["risk.price-band", 100],
      ["risk.price-band", 100],
    ]);
  });

  it("never hold a protective stop back", () => {
    const desk = openDesk({ limits: { priceBandBps: 100, maxOrdersPerMinute: 1, maxOrderNotional: 100 } });
    const stop = hold(desk, 100, 50);
    expect(stop).toMatchObject({ type: "stop", lots: 100, ticks: 50 });
  });

  it("refuse a buy that the free cash does not cover with its reserve", () => {
    const desk = openDesk({ capital: 101 });
    expect(desk.decide([100], order("buy", 1.01))).toEqual([]);
    expect(desk.refusals).toMatchObject([{ code: "risk.insufficient-cash", value: 102.01e8, bound: 101e8 }]);
    expect(said(desk.decide([100], order("buy", 1)))).toEqual(["submit buy market 100"]);
  });

  it("count orders over the last 60 s of engine time, and let sales pass", () => {
    const desk = openDesk({ limits: { maxOrdersPerMinute: 2 } });
    desk.decide([100], order("buy", 0.1), order("buy", 0.1), order("buy", 0.1));
    expect(desk.refusals).toMatchObject([{ code: "risk.order-rate", value: 3, bound: 2 }]);
    const sent = [...desk.engine.orders.values()];
    for (const one of sent) desk.fill(one, 10, 100);
    // 60 s later, to the millisecond, the first two no longer count.
    expect(desk.decide([100], order("buy", 0.1), order("sell", 0.1), order("buy", 0.1))).toHaveLength(2);
    desk.now -= 1;
    expect(desk.decide([100], order("buy", 0.1))).toEqual([]);
    desk.now += 1;
    expect(desk.decide([100], order("sell", 0.1))).toHaveLength(1);
  });

  it("leave the orders of another instrument their place in the count", () => {
    const desk = openDesk({ instruments: [BTC, ETH], limits: { maxOrdersPerMinute: 1 } });
    expect(said(desk.decide([100, 100], target(0.1), target(0.1, undefined, 1)))).toEqual([
      "submit buy market 10",
    ]);
  });
});

describe("a daily loss", () => {
  const limits = { maxDailyLoss: 0.1 };

  it("of exactly the limit goes on, of more halts", () => {
    const desk = openDesk({ limits, capital: 1000 });
    hold(desk, 500);
    desk.print(0, 80);
    expect(desk.engine.halted).toBe(false);
    desk.print(0, 79);
    expect(desk.engine.halted).toBe(true);
  });

  it("counts from the day's first equity, by the UTC day", () => {
    const desk = openDesk({ limits, capital: 1000 });
    hold(desk, 500);
    desk.print(0, 82);
    desk.now = 864e5;
    desk.print(0, 82);
    desk.print(0, 66);
    expect(desk.engine.halted).toBe(false);
    desk.print(0, 63);
    expect(desk.engine.halted).toBe(true);
  });

  it("withdraws buys and refuses new ones", () => {
    const desk = openDesk({ limits, capital: 1000 });
    hold(desk, 500);
    const [limit] = desk.decide([100], order("buy", 1, 90));
    desk.accept(limit!.order);
    expect(said(desk.print(0, 70))).toEqual(["cancel single"]);
    desk.cancel(limit!.order);
    expect(desk.decide([70], target(7))).toEqual([]);
    expect(desk.refusals).toMatchObject([{ code: "risk.halted" }]);
  });

  it("leaves stops at the venue, and lets the strategy sell", () => {
    const desk = openDesk({ limits, capital: 1000 });
    const stop = hold(desk, 500, 60)!;
    expect(desk.print(0, 70)).toEqual([]);
    expect(stop.state).toBe("open");
    expect(said(desk.decide([70], target(0)))).toEqual(["cancel stop"]);
    expect(said(desk.cancel(stop))).toEqual(["submit sell market 500"]);
  });

  it("lets an exit finish that had begun: its stop is gone already", () => {
    const desk = openDesk({ limits, capital: 1000 });
    const stop = hold(desk, 500, 60)!;
    desk.decide([100], target(0));
    desk.print(0, 70);
    expect(desk.engine.halted).toBe(true);
    expect(said(desk.cancel(stop))).toEqual(["submit sell market 500"]);
  });

  it("caused by a stop that filled in part has the rest sold too", () => {
    const desk = openDesk({ limits, capital: 1000 });
    const stop = hold(desk, 500, 80)!;
    desk.engine.markTicks[0] = 75;
    desk.fill(stop, 100, 70);
    expect(desk.engine.halted).toBe(true);
    desk.expire(stop);
    expect(said(desk.decide([75]))).toEqual(["submit sell market 400"]);
  });

  it("replaces a stop whose cancel was under way", () => {
    const desk = openDesk({ limits, capital: 1000 });
    const stop = hold(desk, 500, 60)!;
    desk.decide([100], target(5, 65));
    desk.print(0, 70);
    expect(said(desk.cancel(stop))).toEqual(["submit sell stop 500 @65"]);
  });

  it("keeps what a buy under way still fills, under its stop", () => {
    const desk = openDesk({ limits, capital: 1000 });
    const stop = hold(desk, 500, 60)!;
    const [more] = desk.decide([100], target(8, 60));
    expect(said(desk.print(0, 70))).toEqual(["cancel target"]);
    expect(said(desk.fill(more!.order, 300, 70))).toEqual(["cancel stop"]);
    expect(said(desk.cancel(stop))).toEqual(["submit sell stop 800 @60"]);
  });
});
