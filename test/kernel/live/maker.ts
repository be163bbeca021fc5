import type { Definition } from "../../exports/strategy/run.ts";

/** Rests limits, moves and cancels them, sells dust away, asks for more than its limits allow, and draws at random. */
export const maker: Definition<{ readonly none: number }> = ({
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
