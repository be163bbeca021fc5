import { describe, expect, it } from "vitest";
import { step } from "#engine";
import { type Desk, hold, openDesk, said, target } from "./desk.ts";

type Told = Parameters<typeof step>[1];

/** Tells the engine something beside prices and answers. */
function tell(desk: Desk, event: Told): string[] {
  const effects = { decide: false, commands: [], refusals: desk.refusals };
  step(desk.engine, event, effects);
  return said(effects.commands);
}

function operate(desk: Desk, action: "halt" | "flatten" | "resume"): string[] {
  return tell(desk, { kind: "operator", time: desk.now, action });
}

const buyLimit = {
  kind: "order",
  instrument: 0,
  side: "buy",
  type: "limit",
  quantity: 1,
  price: 90,
} as const;
const sellLimit = {
  kind: "order",
  instrument: 0,
  side: "sell",
  type: "limit",
  quantity: 0.5,
  price: 110,
} as const;

describe("an operator's halt", () => {
  it("withdraws buys, refuses new ones, and lets exits and stops go on", () => {
    const desk = openDesk();
    hold(desk, 100, 80);
    const [limit] = desk.decide([100], buyLimit);
    desk.accept(limit!.order);
    expect(operate(desk, "halt")).toEqual(["cancel single"]);
    desk.cancel(limit!.order);
    expect(desk.decide([100], buyLimit)).toEqual([]);
    expect(desk.refusals.at(-1)).toMatchObject({ code: "risk.halted" });
    expect(said(desk.decide([100], target(0)))).toEqual(["cancel stop"]);
  });

  it("ends with resume, and the day's loss counts from then on", () => {
    const desk = openDesk({ limits: { maxDailyLoss: 0.1 } });
    hold(desk, 5000);
    desk.print(0, 60);
    expect(desk.engine.halted).toBe(true);
    operate(desk, "resume");
    expect(desk.engine).toMatchObject({ halted: false, dayEquity: 10_000 - 50 * 40 });
    desk.print(0, 59);
    expect(desk.engine.halted).toBe(false);
    desk.print(0, 30);
    expect(desk.engine.halted).toBe(true);
  });

  it("withdraws a buy of unknown fate as soon as it is known to stand", () => {
    const desk = openDesk();
    const [limit] = desk.decide([100], buyLimit);
    const { id } = limit!.order;
    desk.say({ kind: "order-unknown", time: desk.now, id });
    expect(limit!.order).toMatchObject({ state: "unknown", reserved: 90_0000_0000n });
    expect(operate(desk, "halt")).toEqual([]);
    expect(said(desk.accept(limit!.order))).toEqual(["cancel single"]);
  });
});

describe("flatten", () => {
  it("cancels all that rests and sells all that is held, however the answers come", () => {
    const desk = openDesk();
    const stop = hold(desk, 100, 80);
    const [limit] = desk.decide([100], buyLimit);
    desk.accept(limit!.order);
    expect(operate(desk, "flatten").sort()).toEqual(["cancel single", "cancel stop"]);
    desk.cancel(limit!.order);
    const [sale] = desk.cancel(stop!);
    expect(said([sale!])).toEqual(["submit sell market 100"]);
    desk.fill(sale!.order, 100, 100);
    expect(desk.engine).toMatchObject({ halted: true });
    expect(desk.engine.lots[0]).toBe(0);
    expect(desk.engine.orders.size).toBe(0);
  });

  it("sells what a buy on its way brings in after all", () => {
    const desk = openDesk();
    const [buy] = desk.decide([100], target(1));
    expect(operate(desk, "flatten")).toEqual(["cancel target"]);
    const sales = desk.fill(buy!.order, 100, 100);
    expect(said(sales)).toEqual(["submit sell market 100"]);
  });

  it("waits until a resting sale lets go of the asset", () => {
    const desk = openDesk();
    hold(desk, 100);
    const [limit] = desk.decide([100], sellLimit);
    desk.accept(limit!.order);
    expect(operate(desk, "flatten")).toEqual(["cancel single"]);
    expect(said(desk.cancel(limit!.order))).toEqual(["submit sell market 100"]);
  });
});

describe("a strategy that is stopped", () => {
  it("loses its buys and single orders, keeps its protective stop, and is heard no more", () => {
    const desk = openDesk();
    hold(desk, 100, 80);
    const commands = desk.decide([100], { ...buyLimit, quantity: 0.5 });
    desk.accept(commands[0]!.order);
    expect(tell(desk, { kind: "strategy-stopped", time: desk.now, strategy: 0 })).toEqual(["cancel single"]);
    desk.cancel(commands[0]!.order);
    expect(desk.decide([100], target(5))).toEqual([]);
    expect([...desk.engine.orders.values()].map(({ purpose }) => purpose)).toEqual(["stop"]);
  });

  it("does not buy the rest of a cancelled target later", () => {
    const desk = openDesk();
    const [buy] = desk.decide([100], target(1));
    desk.accept(buy!.order);
    expect(tell(desk, { kind: "strategy-stopped", time: desk.now, strategy: 0 })).toEqual(["cancel target"]);
    expect(desk.cancel(buy!.order)).toEqual([]);
    expect(desk.engine.toTrade[0]).toBe(0);
  });
});

describe("other limits", () => {
  it("hold from then on, and count the orders sent before", () => {
    const desk = openDesk({ limits: { maxOrdersPerMinute: 3 } });
    const buy = { kind: "order", instrument: 0, side: "buy", type: "market", quantity: 0.1 } as const;
    desk.decide([100], buy, buy);
    const limits = { maxOrdersPerMinute: 2, maxOrderNotional: 50 };
    tell(desk, { kind: "limits-changed", time: desk.now, limits });
    desk.now -= 59_000;
    expect(desk.decide([100], buy)).toEqual([]);
    expect(desk.refusals.at(-1)).toMatchObject({ code: "risk.order-rate" });
    expect(said(desk.decide([100], buy))).toEqual(["submit buy market 10"]);
    expect(desk.decide([100], { ...buy, quantity: 1 })).toEqual([]);
    expect(desk.refusals.at(-1)).toMatchObject({ code: "risk.notional-exceeded", bound: 50 });
  });
});

describe("an order of unknown fate", () => {
  it("keeps its money reserved until the venue was asked, and opens with its first fill", () => {
    const desk = openDesk({ capital: 100 });
    const [buy] = desk.decide([100], { ...buyLimit });
    desk.say({ kind: "order-unknown", time: desk.now, id: buy!.order.id });
    expect(desk.decide([100], { ...buyLimit, quantity: 0.5 })).toEqual([]);
    expect(desk.refusals.at(-1)).toMatchObject({ code: "risk.insufficient-cash" });
    desk.fill(buy!.order, 40, 90);
    expect(buy!.order).toMatchObject({ state: "open", filledLots: 40 });
    desk.say({ kind: "order-canceled", time: desk.now, id: buy!.order.id });
    expect(desk.engine.reserved).toBe(0n);
  });

  it("is over when it never arrived", () => {
    const desk = openDesk();
    const [buy] = desk.decide([100], target(1));
    const { id } = buy!.order;
    desk.say({ kind: "order-unknown", time: desk.now, id });
    desk.say({ kind: "order-rejected", time: desk.now, id, reason: "not-found" });
    expect(desk.engine).toMatchObject({ reserved: 0n });
    expect(desk.refusals).toMatchObject([{ code: "engine.rejected-by-venue", reason: "not-found" }]);
  });

  it("may be cancelled again after the venue refused a cancel", () => {
    const desk = openDesk();
    const [limit] = desk.decide([100], buyLimit);
    desk.accept(limit!.order);
    expect(said(desk.decide([100], { kind: "cancel", instrument: 0 }))).toEqual(["cancel single"]);
    desk.say({ kind: "cancel-rejected", time: desk.now, id: limit!.order.id });
    expect(said(desk.decide([100], { kind: "cancel", instrument: 0 }))).toEqual(["cancel single"]);
  });
});
