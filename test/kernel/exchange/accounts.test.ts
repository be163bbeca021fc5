import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bps } from "#model";
import { BTC, barsOf, DAY, exchangeOf, KEYS, type Row, START, termsOf } from "./fixtures.ts";
import { Follower, type Message } from "./follower.ts";

const [ALPHA, BETA] = [0, 1];
const ROWS: readonly Row[] = [0, 1, 2].map(() => [4_000_000, 4_001_000, 3_999_000, 4_000_000, 40_000]);

/** Runs a replay in which `onTrade` is called at each trade. */
async function replay(fees: number, onTrade: (trade: number, follower: Follower) => Promise<void>) {
  const told: { readonly account: number; readonly message: Message }[] = [];
  const follower: Follower = await Follower.open({
    keys: KEYS,
    symbols: ["BTC/USDT"],
    onMessage: async (message, account) => {
      told.push({ account, message });
      if (message.e === "trade") await onTrade(Number(message.t), follower);
    },
  });
  const exchange = await exchangeOf({
    bars: [barsOf(BTC, ROWS)],
    keys: KEYS,
    terms: termsOf({ fees: bps(fees), slippage: bps(100) }),
    pace: { kind: "lockstep", progress: follower.endpoint },
  });
  await follower.connect(exchange.origin);
  await exchange.done;
  follower.check();
  const fills = told.flatMap(({ account, message: { x, c, L, l, m, n, N, T } }) =>
    x === "TRADE"
      ? [{ account, order: c, price: L, quantity: l, isMaker: m, fee: n, feeAsset: N, time: T }]
      : [],
  );
  return { fills, state: exchange.state(), told };
}

function order(
  follower: Follower,
  account: number,
  id: string,
  side: "BUY" | "SELL",
  quantity: string,
  price?: string,
) {
  return follower.command(account, "order.place", {
    symbol: "BTCUSDT",
    side,
    quantity,
    newClientOrderId: id,
    ...(price === undefined ? { type: "MARKET" } : { type: "LIMIT", timeInForce: "GTC", price }),
  });
}

describe("two accounts", () => {
  it("trade with each other by price and then time; each pays the fee of its side", async () => {
    // The model's quotes lie 1 % away: 39,600 and 40,400. Whoever bids between them is met first.
    const { fills } = await replay(10, async (trade, follower) => {
      if (trade === 1) await order(follower, BETA, "beta-buys", "BUY", "1");
      if (trade === 5) {
        await order(follower, ALPHA, "worse", "BUY", "0.2", "39700");
        await order(follower, ALPHA, "better-old", "BUY", "0.2", "39900");
        await order(follower, ALPHA, "better-new", "BUY", "0.2", "39900");
      }
      if (trade === 6) await order(follower, BETA, "beta-sells", "SELL", "0.5");
    });
    const row = (
      account: number,
      id: string,
      price: string,
      quantity: string,
      isMaker: boolean,
      fee: string,
    ) => ({
      account,
      order: id,
      price,
      quantity,
      isMaker,
      fee,
      feeAsset: fee.startsWith("0.000") || fee === "0.00100000" ? "BTC" : "USDT",
      time: (id === "beta-buys" ? START : START + DAY + DAY / 3) + 50,
    });
    expect(fills).toEqual([
      row(BETA, "beta-buys", "40400.00000000", "1.00000000", false, "0.00100000"),
      row(BETA, "beta-sells", "39900.00000000", "0.20000000", false, "7.98000000"),
      row(ALPHA, "better-old", "39900.00000000", "0.20000000", true, "0.00020000"),
      row(BETA, "beta-sells", "39900.00000000", "0.20000000", false, "7.98000000"),
      row(ALPHA, "better-new", "39900.00000000", "0.20000000", true, "0.00020000"),
      row(BETA, "beta-sells", "39700.00000000", "0.10000000", false, "3.97000000"),
      row(ALPHA, "worse", "39700.00000000", "0.10000000", true, "0.00010000"),
    ]);
  });

  it("keep all the money between them to the unit: what the one pays, the other gets", async () => {
    const price = fc.integer({ min: 39_650, max: 40_350 }).map(String);
    const step = fc.record({
      trade: fc.integer({ min: 2, max: 12 }),
      account: fc.nat(1),
      side: fc.constantFrom("BUY", "SELL"),
      lots: fc.integer({ min: 1, max: 300 }),
      price,
    });
    let traded = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), async (steps) => {
        let n = 0;
        const { fills, state } = await replay(0, async (trade, follower) => {
          if (trade === 1) await order(follower, ALPHA, "start", "BUY", "1");
          for (const { account, side, lots, price: limit } of steps.filter((each) => each.trade === trade)) {
            await order(follower, account, `order-${n++}`, side as "BUY", (lots / 1000).toFixed(3), limit);
          }
        });
        // The limits stand inside the model's quotes, so after the first fill only the two meet.
        const [first, ...rest] = fills;
        expect(first).toMatchObject({ order: "start", price: "40400.00000000" });
        const units = (text: string) => BigInt(text.replace(".", ""));
        const total = (asset: string) =>
          state.accounts.reduce(
            (sum, { balances }) => sum + units(balances[asset]!.free) + units(balances[asset]!.locked),
            0n,
          );
        expect(total("USDT")).toBe(units("200000.00000000") - units("40400.00000000"));
        expect(total("BTC")).toBe(units("1.00000000"));
        // Every trade has two sides.
        expect(rest.filter(({ isMaker }) => isMaker).length * 2).toBe(rest.length);
        traded += rest.length;
      }),
      { numRuns: 15 },
    );
    expect(traded).toBeGreaterThan(0);
  });

  it("hear only of their own orders, under numbers that rise over both", async () => {
    const { told } = await replay(10, async (trade, follower) => {
      await order(follower, trade % 2, `order-${trade}`, "BUY", "0.1");
    });
    const executions = told.filter(({ message: { e } }) => e === "executionReport");
    // Twelve orders are accepted; the last one arrives after the last print, and so never.
    expect(executions.length).toBe(23);
    expect(
      executions.every(({ account, message }) => Number(String(message.c).slice(6)) % 2 === account),
    ).toBe(true);
    for (const [kind, id] of [
      ["executionReport", "I"],
      ["outboundAccountPosition", "u"],
    ] as const) {
      const ids = told.filter(({ message: { e } }) => e === kind).map(({ message }) => Number(message[id]));
      expect(ids).toEqual(ids.map((_, k) => k + 1));
    }
  });
});
