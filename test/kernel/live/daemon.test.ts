import { describe, expect, it } from "vitest";
import type { Definition } from "../../exports/strategy/run.ts";
import { bundleOf, openSession, tradeToEnd, walk } from "./session.ts";

const WARM = 100;
const LENGTH = 230;

/** Rests limits, moves and cancels them, sells dust away, asks for more than its limits allow, and draws at random. */
const maker: Definition<{ readonly none: number }> = ({
  account,
  atr,
  bps,
  defineStrategy,
  features,
  returns,
}) =>
  defineStrategy({
    name: "maker",
    instruments: ["BTC/USDT"],
    timeframe: "1m",
    account: account({
      venue: "binance",
      kind: "cash",
      currency: "USDT",
      capital: 20_000,
      fees: bps(10),
      slippage: bps(2),
    }),
    features: features({ range: atr(7), ret: returns(1) }),
    state: { quoted: 0 },
    limits: { maxOrderNotional: 3000, maxDailyLoss: 0.5 },
    onBar(ctx) {
      const { close } = ctx.bar;
      ctx.cancel();
      ctx.state.quoted++;
      const roll = ctx.random();
      if (roll < 0.05) ctx.order({ side: "buy", type: "market", quantity: 15 });
      else if (roll < 0.2) ctx.order({ side: "buy", type: "market", quantity: 1.2345 });
      if (roll < 0.6)
        ctx.order({ side: "buy", type: "limit", quantity: 5, price: close - 0.3 * ctx.row.range });
      const held = ctx.position.quantity;
      if (held > 0.1 && roll > 0.3)
        ctx.order({ side: "sell", type: "limit", quantity: held / 2, price: close + 0.3 * ctx.row.range });
      if (held > 0.1 && roll > 0.9) ctx.order({ side: "sell", type: "market", quantity: held / 3 });
    },
  });

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
