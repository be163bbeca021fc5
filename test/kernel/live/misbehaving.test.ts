import { describe, expect, it } from "vitest";
import type { Definition } from "../../exports/strategy/run.ts";
import { bundleOf, openSession, tradeToEnd, walk } from "./session.ts";

const WARM = 10;
const LENGTH = 60;

type None = { readonly none: number };

/** Buys under a stop, rests a far limit, and then does what `misbehave` does: its text becomes part of the handler. */
function strategyThat(misbehave: string): Definition<None> {
  const text = `({ account, bps, defineStrategy }) => defineStrategy({
    name: "rogue", instruments: ["BTC/USDT"], timeframe: "1m", state: { bars: 0 }, shared: { eaten: [] },
    account: account({ venue: "binance", kind: "cash", currency: "USDT", capital: 20000, fees: bps(10), slippage: bps(2) }),
    onBar(ctx) {
      const { close } = ctx.bar;
      if (++ctx.state.bars === 1) {
        ctx.target({ quantity: 1, stop: close * 0.5 });
        ctx.order({ side: "buy", type: "limit", quantity: 1, price: close * 0.4 });
      }
      if (ctx.state.bars === 8) { ${misbehave} }
    },
  })`;
  // The definition's text is what is compiled, so it is made as text.
  return new Function(`return ${text}`)() as Definition<None>;
}

describe("a strategy that misbehaves", () => {
  it.each([
    ["throws", 'throw new Error("no such luck")', "strategy.handler-failed", "no such luck"],
    ["loops for ever", "for (;;) {}", "live.strategy-timeout", "1000"],
    [
      "fills its heap",
      "for (;;) ctx.shared.eaten.push(new Array(1e4).fill(ctx.now));",
      "live.strategy-memory",
      "",
    ],
    [
      "fills memory outside its heap",
      "for (;;) ctx.shared.eaten.push(new Uint8Array(1e7).fill(1));",
      "live.strategy-memory",
      "",
    ],
  ])(
    "%s: is stopped, its buys are withdrawn, its stop stays, and the daemon goes on",
    async (_, misbehave, code, words) => {
      // Recorded over so few bars that it behaves.
      const bars = [walk(31, LENGTH)];
      const short = [walk(31, 8)];
      const bundle = { ...(await bundleOf(strategyThat(misbehave), short)), bars };
      const session = await openSession({
        bundle,
        from: bars[0]!.time[WARM]!,
        daemon: { decideTimeoutMs: code === "live.strategy-timeout" ? 1000 : 20_000 },
      });
      const daemon = await session.start();
      await tradeToEnd(session, daemon);
      const { core } = daemon;
      expect(core.failure).toMatchObject({ code, message: expect.stringContaining(words) });
      expect(daemon.status()).toMatchObject({ state: "strategy stopped" });
      // It saw the market to its end, and its books are the exchange's.
      expect(core.lastTrade[0]).toBe((LENGTH - WARM) * 4);
      expect(core.decisions).toBe(7);
      const [open] = session.exchange.state().accounts[0]!.openOrders;
      expect(session.exchange.state().accounts[0]!.openOrders).toHaveLength(1);
      expect(open).toMatchObject({ type: "stop", side: "sell" });
      expect(core.orders.find(({ type }) => type === "limit")).toMatchObject({ state: "canceled" });
    },
    60_000,
  );
});
