import { describe, expect, it } from "vitest";
import { hold, openDesk, said, target } from "./desk.ts";

describe("protective stops", () => {
  it("stand as soon as the target is reached, over exactly what is held", () => {
    const desk = openDesk();
    const [buy] = desk.decide([100], target(0.5, 90));
    desk.accept(buy!.order);
    expect(said(desk.fill(buy!.order, 50, 100, 400_000n))).toEqual(["submit sell stop 49 @90"]);
  });

  it("stand over what is held while the rest of the target waits", () => {
    const desk = openDesk();
    const [buy] = desk.decide([100], target(0.5, 90));
    desk.fill(buy!.order, 20, 100);
    expect(said(desk.expire(buy!.order))).toEqual(["submit sell stop 20 @90"]);
    const [more] = desk.decide([100]);
    expect(said([more!])).toEqual(["submit buy market 30"]);
    expect(said(desk.fill(more!.order, 30, 100))).toEqual(["cancel stop"]);
  });

  it("are replaced after an increase: cancelled, and set anew once that is confirmed", () => {
    const desk = openDesk();
    const stop = hold(desk, 20, 90)!;
    const [more] = desk.decide([100], target(0.5, 92));
    expect(said([more!])).toEqual(["submit buy market 30"]);
    expect(said(desk.fill(more!.order, 30, 100))).toEqual(["cancel stop"]);
    expect(said(desk.cancel(stop))).toEqual(["submit sell stop 50 @92"]);
  });

  it("move when the target is called again within the rebalance band", () => {
    const desk = openDesk();
    const stop = hold(desk, 50, 90)!;
    expect(said(desk.decide([100], target(0.52, 95)))).toEqual(["cancel stop"]);
    expect(said(desk.cancel(stop))).toEqual(["submit sell stop 50 @95"]);
  });

  it("make way for an exit, which is sent once the cancel is confirmed", () => {
    const desk = openDesk();
    const stop = hold(desk, 50, 90)!;
    expect(said(desk.decide([100], target(0)))).toEqual(["cancel stop"]);
    const [exit] = desk.cancel(stop);
    expect(said([exit!])).toEqual(["submit sell market 50"]);
    expect(desk.fill(exit!.order, 50, 99)).toEqual([]);
    expect(desk.engine.lots[0]).toBe(0);
  });

  it("that fill while an exit's cancel is under way leave nothing to do", () => {
    const desk = openDesk();
    const stop = hold(desk, 50, 90)!;
    desk.decide([100], target(0));
    expect(desk.fill(stop, 50, 90)).toEqual([]);
    expect(desk.decide([90])).toEqual([]);
    expect(desk.engine.lots[0]).toBe(0);
    expect(desk.engine.orders.size).toBe(0);
  });

  it("that fill in part while an exit's cancel is under way have the rest sold at the next decision", () => {
    const desk = openDesk();
    const stop = hold(desk, 50, 90)!;
    desk.decide([100], target(0));
    expect(desk.fill(stop, 30, 90)).toEqual([]);
    expect(desk.expire(stop)).toEqual([]);
    expect(said(desk.decide([90]))).toEqual(["submit sell market 20"]);
  });

  it("set the target to zero when they fill, also for what they did not cover", () => {
    const desk = openDesk();
    const stop = hold(desk, 20, 90)!;
    const [more] = desk.decide([100], target(0.5, 90));
    desk.fill(more!.order, 30, 100);
    // The stop's cancel is on its way, but the stop is faster: 30 lots are left without a stop.
    expect(said(desk.fill(stop, 20, 90))).toEqual(["submit sell market 30"]);
  });

  it("that were reached in an empty book are an exit all the same", () => {
    const desk = openDesk();
    const stop = hold(desk, 50, 90)!;
    expect(desk.expire(stop)).toEqual([]);
    expect(said(desk.decide([95]))).toEqual(["submit sell market 50"]);
    expect(desk.refusals).toEqual([]);
  });

  it("that fill while a buy is under way have the bought lots sold too", () => {
    const desk = openDesk();
    const stop = hold(desk, 20, 90)!;
    const [more] = desk.decide([100], target(0.5, 90));
    expect(desk.fill(stop, 20, 90)).toEqual([]);
    expect(said(desk.fill(more!.order, 30, 88))).toEqual(["submit sell market 30"]);
  });

  it("that the venue refuses close the position at market", () => {
    const desk = openDesk();
    const [buy] = desk.decide([100], target(0.5, 90));
    const [stop] = desk.fill(buy!.order, 50, 100);
    expect(said(desk.reject(stop!.order))).toEqual(["submit sell market 50"]);
    expect(desk.refusals).toMatchObject([{ code: "engine.rejected-by-venue" }]);
  });

  it("are not sent while the position is being sold: they would be refused, and the new target lost", () => {
    const desk = openDesk();
    hold(desk, 50);
    const [exit] = desk.decide([100], target(0));
    expect(desk.decide([100], target(0.5, 90))).toEqual([]);
    expect(said(desk.fill(exit!.order, 50, 100))).toEqual(["submit buy market 50"]);
  });

  it("at or above the price are refused, and the old one stays", () => {
    const desk = openDesk();
    hold(desk, 50, 90);
    expect(desk.decide([100], target(0.5, 100))).toEqual([]);
    expect(desk.refusals).toMatchObject([{ code: "engine.bad-stop", value: 100, bound: 100 }]);
    expect(desk.engine.stopTicks[0]).toBe(90);
  });

  it("never hold an exit up, whatever their price", () => {
    const desk = openDesk();
    const stop = hold(desk, 50, 90)!;
    expect(said(desk.decide([95], target(0, 97)))).toEqual(["cancel stop"]);
    expect(said(desk.cancel(stop))).toEqual(["submit sell market 50"]);
    expect(desk.refusals).toEqual([]);
  });
});
