import { describe, expect, it } from "vitest";
import { createInstrument } from "#model";
import { hold, openDesk, said, target } from "./desk.ts";

describe("an order's life", () => {
  it("goes from submitting to open to filled, and is then forgotten", () => {
    const desk = openDesk();
    const [buy] = desk.decide([100], target(0.5));
    const { order } = buy!;
    expect(order).toMatchObject({ state: "submitting", side: 1, type: "market", lots: 50, decision: 1 });
    desk.accept(order);
    expect(order.state).toBe("open");
    desk.fill(order, 20, 100);
    expect(order).toMatchObject({ state: "open", filledLots: 20 });
    desk.fill(order, 30, 101);
    expect(order).toMatchObject({ state: "filled", filledLots: 50, reserved: 0n });
    expect(desk.engine.orders.size).toBe(0);
    expect(desk.engine.reserved).toBe(0n);
    expect(desk.engine.lots[0]).toBe(50);
  });

  it("holds back money for the rest of a buy only", () => {
    const desk = openDesk();
    const limit = {
      kind: "order",
      instrument: 0,
      side: "buy",
      type: "limit",
      quantity: 1,
      price: 90,
    } as const;
    const [buy] = desk.decide([100], limit);
    expect(desk.engine.reserved).toBe(90_0000_0000n);
    desk.accept(buy!.order);
    desk.fill(buy!.order, 60, 90);
    expect(desk.engine.reserved).toBe(36_0000_0000n);
    desk.cancel(buy!.order);
    expect(desk.engine.reserved).toBe(0n);
    expect(desk.engine.cash).toBe(9946_0000_0000n);
  });

  it("asks for a cancel once, and takes a fill that was faster", () => {
    const desk = openDesk();
    const limit = {
      kind: "order",
      instrument: 0,
      side: "buy",
      type: "limit",
      quantity: 1,
      price: 90,
    } as const;
    const [buy] = desk.decide([100], limit);
    desk.accept(buy!.order);
    const cancel = { kind: "cancel", instrument: 0 } as const;
    expect(said(desk.decide([100], cancel))).toEqual(["cancel single"]);
    expect(buy!.order.state).toBe("canceling");
    expect(desk.decide([100], cancel)).toEqual([]);
    desk.fill(buy!.order, 100, 90);
    expect(buy!.order.state).toBe("filled");
    expect(desk.engine.lots[0]).toBe(100);
  });

  it("cancels by id, and never an order of the engine's own", () => {
    const desk = openDesk();
    hold(desk, 10, 90);
    const limit = {
      kind: "order",
      instrument: 0,
      side: "buy",
      type: "limit",
      quantity: 1,
      price: 90,
    } as const;
    const [first, second] = desk.decide([100], limit, limit);
    const one = { kind: "cancel", instrument: 0, id: second!.order.id } as const;
    expect(desk.decide([100], one).map(({ order }) => order.id)).toEqual([second!.order.id]);
    const all = { kind: "cancel", instrument: 0 } as const;
    expect(desk.decide([100], all).map(({ order }) => order.id)).toEqual([first!.order.id]);
  });

  it("waits for the next decision with what the book could not fill, and then tries just that", () => {
    const desk = openDesk();
    const [buy] = desk.decide([100], target(0.5));
    desk.accept(buy!.order);
    expect(said(desk.fill(buy!.order, 20, 100))).toEqual([]);
    expect(said(desk.expire(buy!.order))).toEqual([]);
    expect(buy!.order).toMatchObject({ state: "expired", filledLots: 20 });
    expect(said(desk.decide([100]))).toEqual(["submit buy market 30"]);
  });

  it("gives a target up that the venue refuses, and says so", () => {
    const desk = openDesk();
    const [buy] = desk.decide([100], target(0.5));
    expect(desk.reject(buy!.order)).toEqual([]);
    expect(desk.refusals).toMatchObject([{ code: "engine.rejected-by-venue", instrument: 0, decision: 1 }]);
    expect(desk.decide([100])).toEqual([]);
  });

  it("tries an exit again that the venue refuses, until it is out", () => {
    const desk = openDesk();
    hold(desk, 100);
    const [sale] = desk.decide([100], target(0));
    expect(desk.reject(sale!.order)).toEqual([]);
    const [again] = desk.decide([90]);
    expect(said([again!])).toEqual(["submit sell market 100"]);
    desk.fill(again!.order, 100, 90);
    expect(desk.decide([90])).toEqual([]);
    expect(desk.refusals).toHaveLength(1);
  });

  it("books nothing twice, and counts what the venue says of an order that has ended", () => {
    const desk = openDesk();
    const [buy] = desk.decide([100], target(0.5));
    desk.accept(buy!.order);
    desk.fill(buy!.order, 50, 100);
    const { cash, baseUnits } = desk.engine;
    const before = { cash, baseUnits: [...baseUnits], lots: [...desk.engine.lots] };
    expect(desk.fill(buy!.order, 50, 100)).toEqual([]);
    expect(desk.expire(buy!.order)).toEqual([]);
    expect(desk.engine.strays).toBe(2);
    expect({ cash: desk.engine.cash, baseUnits: desk.engine.baseUnits, lots: [...desk.engine.lots] }).toEqual(
      before,
    );
  });

  it("stops loudly, and changes nothing, at a fill beyond the order's size", () => {
    const desk = openDesk();
    const [buy] = desk.decide([100], target(0.5));
    desk.fill(buy!.order, 30, 100);
    const { cash } = desk.engine;
    expect(() => desk.fill(buy!.order, 21, 100)).toThrowError(expect.objectContaining({ code: "core.bug" }));
    expect(buy!.order.filledLots).toBe(30);
    expect(desk.engine.cash).toBe(cash);
  });

  it("has an id that the venue takes, also for a long symbol and a high decision number", () => {
    const instrument = createInstrument({ symbol: "1000000MOG.X/USD", tick: "1", lot: "0.01" });
    const desk = openDesk({ instruments: [instrument] });
    desk.engine.decision = 123_456_789;
    const buy = { kind: "order", instrument: 0, side: "buy", type: "market", quantity: 0.1 } as const;
    const ids = [...desk.decide([100], buy, buy), ...desk.decide([100], buy)].map(({ order }) => order.id);
    expect(ids).toEqual([
      "desk-1000000MOGXUSD-123456790-0",
      "desk-1000000MOGXUSD-123456790-1",
      "desk-1000000MOGXUSD-123456791-0",
    ]);
    const long = createInstrument({ symbol: "1000000000MOGCOIN/USD", tick: "1", lot: "0.01" });
    const other = openDesk({ instruments: [long] });
    other.engine.decision = 123_456_789;
    const [sent] = other.decide([100], buy);
    expect(sent!.order.id).toBe("desk-1000000000MOGCOINUSD-123456790-0".replace("D-1", "-1"));
    expect(sent!.order.id).toHaveLength(36);
  });
});
