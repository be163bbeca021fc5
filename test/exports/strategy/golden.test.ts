import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { prepare, recordGolden, runPrepared } from "#backtest";
import { defineStrategy, type Strategy } from "#strategy";
import { accountOf, barsOf, instrumentsOf, PLAIN, type Shape, shapes } from "../../lib/backtest/market.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { type Definition, promote, recordRun } from "./run.ts";

const SHAPE: Shape = { ...PLAIN, length: 0 };

/** In and out on the bars that it likes. */
function simple(likes: (bar: number) => boolean): Strategy {
  return defineStrategy({
    name: "simple",
    instruments: ["BTC/USD"],
    timeframe: "1m",
    account: accountOf(SHAPE),
    state: { bar: 0 },
    history: 3,
    onBar(ctx) {
      if (likes(ctx.state.bar++)) ctx.target({ weight: ctx.position.isFlat ? 0.9 : 0 });
    },
  });
}

async function goldenOf(strategy: Strategy, length: number) {
  const bars = barsOf({ ...SHAPE, length });
  const prepared = await prepare(strategy.spec, bars, {}, () => Promise.reject(new Error("no models")));
  const result = runPrepared(strategy, prepared);
  return { golden: recordGolden(strategy, prepared, result), result };
}

/** Several instruments with gaps: looks across them and at the past, draws, remembers, trades in every way. */
const restless: Definition<{ readonly shape: Shape; readonly symbols: readonly string[] }> = (
  { account, bps, defineStrategy: define, ema, features, rsi },
  { shape, symbols },
) =>
  define({
    name: "restless",
    instruments: symbols,
    timeframe: "1m",
    account: account({
      venue: "binance",
      kind: "cash",
      currency: "USD",
      capital: shape.capital,
      fees: bps(shape.feesBps),
      slippage: bps(shape.slippageBps),
      latencyMs: shape.latencyMs,
    }),
    features: features({
      slow: ema(9),
      strength: rsi(2),
      last: ema(3).at(symbols.at(-1)!),
      five: rsi(2).on("5m"),
    }),
    state: { bars: 0, last: [0] },
    shared: { sum: -0 },
    history: 4,
    seed: shape.seed,
    limits: shape.limits,
    onBar(ctx) {
      ctx.state.bars += 1;
      ctx.state.last = [...ctx.history(3).close];
      for (const symbol of symbols) ctx.shared.sum += ctx.at(symbol).bar.close > ctx.bar.close ? 1 : 0;
      if (ctx.random() > shape.activity) return;
      const { close } = ctx.bar;
      const pick = Math.floor(ctx.random() * 5);
      const side = ctx.row.strength > 50 ? "sell" : "buy";
      const quantity = Math.max(1e-9, (ctx.random() * shape.capital) / close / 3);
      if (pick === 0) ctx.target({ weight: 0 });
      else if (pick === 1) ctx.target({ weight: 0.5 * ctx.random(), stop: close * 0.97 });
      else if (pick === 2) ctx.order({ side, type: "limit", quantity, price: ctx.row.slow });
      else if (pick === 3) ctx.order({ side, type: "market", quantity });
      else for (const { id } of ctx.orders.slice(0, 1)) ctx.cancel(id);
    },
    onBars(ctx) {
      ctx.shared.sum += symbols.filter((symbol) => ctx.closed(symbol)).length / 4;
    },
  });

describe("golden vectors", () => {
  it("are reproduced by the bundle on random markets with gaps, whatever the strategy does", async () => {
    const reproduced = fc.asyncProperty(shapes, async (drawn) => {
      const shape = { ...drawn, length: 60 + drawn.length * 15, jumps: 0 };
      const symbols = instrumentsOf(shape).map(({ symbol }) => symbol);
      const home = temporaryFolder();
      const { record, slice } = await recordRun(home, restless, { shape, symbols }, barsOf(shape));
      const { golden, manifest } = await promote(home, record, slice);
      expect(golden.decisions).toBe(Math.min(500, manifest.evidence.backtest.decisions));
    });
    expect(await fc.check(reproduced, { numRuns: 12 })).toMatchObject({ failed: false });
  });

  it("cover the 500 decisions with most orders, after the bars that warm up", async () => {
    const strategy = simple((bar) => bar >= 700 && bar < 720);
    const { golden, result } = await goldenOf(strategy, 1500);
    expect(golden.decisions).toHaveLength(500);
    const made = golden.decisions.reduce((sum, { orders }) => sum + orders.length, 0);
    expect(made).toBe(result.orders.length);
    expect(golden.instruments[0]).toMatchObject({ warmup: 3, started: true });
    expect(golden.instruments[0]!.bars.time).toHaveLength(503);
  });

  it("hold every decision of a short backtest", async () => {
    const { golden, result } = await goldenOf(
      simple(() => true),
      100,
    );
    expect(golden.decisions.map(({ number }) => number)).toEqual(
      Array.from({ length: result.decisions }, (_, i) => i + 1),
    );
  });

  it("are refused for a strategy that remembers outside of its state", async () => {
    let calls = 0;
    await expect(
      goldenOf(
        simple(() => ++calls % 7 === 0),
        100,
      ),
    ).rejects.toMatchObject({
      code: "backtest.not-repeatable",
    });
  });
});
