import { describe, expect, it } from "vitest";
import { maker } from "./maker.ts";
import { bundleOf, openSession, tradeToEnd, walk } from "./session.ts";

const WARM = 100;
const LENGTH = 230;

describe("a strategy with resting limits, live", () => {
  it("trades as its backtest does, when an answer is lost and every message is late", async () => {
    const bars = [walk(11, LENGTH)];
    const bundle = await bundleOf(maker, bars);
    const session = await openSession({
      bundle,
      from: bars[0]!.time[WARM]!,
      exchange: { jitter: { ms: 2, seed: 5 } },
      faults: { loseAnswers: [3, 20] },
    });
    const daemon = await session.start();
    await tradeToEnd(session, daemon);
    const { replay, parity, booksDiffer, state } = await session.prove();
    expect({ parity: parity.difference, replay: replay.difference, booksDiffer }).toEqual({});
    const { core } = replay;
    // What the road is to have been walked with.
    expect(session.log.filter((line) => line.includes("no answer to order"))).toHaveLength(2);
    expect(core.orders.filter(({ state: end }) => end === "canceled").length).toBeGreaterThan(20);
    expect(core.orders.filter(({ trades }) => trades.length > 1).length).toBeGreaterThan(3);
    expect(core.refusals.filter(({ code }) => code === "risk.notional-exceeded").length).toBeGreaterThan(0);
    expect(core.engine.baseUnits[0]! % BigInt(core.instruments[0]!.baseUnitsPerLot)).not.toBe(0n);
    expect(state.accounts[0]!.trades).toBe(core.fills.length);
  });
});
