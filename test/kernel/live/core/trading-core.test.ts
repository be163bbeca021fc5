import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "#core";
import { compareWithBacktest } from "../../../../kernel/live/parity.ts";
import { barsOf, runOn, type Shape, shapes, strategyOf } from "../../../lib/backtest/market.ts";
import { drive } from "./drive.ts";

/** The same market and strategy, in the backtest and through the daemon's core. */
async function bothWays(shape: Shape, options: Parameters<typeof drive>[2]) {
  const bars = barsOf(shape);
  const core = await drive(strategyOf(shape), bars, options);
  return {
    core,
    parity: compareWithBacktest(
      core,
      { ...(await runOn(strategyOf(shape), bars)), decisions: [] },
      { bars: [], decisions: [] },
    ),
  };
}

describe("the daemon's core", () => {
  it("makes the backtest's decisions, orders, fills, refusals and books, in every integer", async () => {
    let orders = 0;
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const { core, parity } = await bothWays(shape, {});
        expect(parity.difference).toBeUndefined();
        orders += core.orders.length;
      }),
      { numRuns: 150 },
    );
    expect(orders).toBeGreaterThan(500);
  });

  it("goes on the same after its engine went through a snapshot at any print", () =>
    fc.assert(
      fc.asyncProperty(shapes, fc.integer(), async (shape, seed) => {
        const rng = createRng(seed);
        const { parity } = await bothWays(shape, { restart: () => rng.next() < 0.1 });
        expect(parity.difference).toBeUndefined();
      }),
      { numRuns: 60 },
    ));

  it("books every fill once, however often it is told", () =>
    fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const { core, parity } = await bothWays(shape, { copies: 3 });
        expect(parity.difference).toBeUndefined();
        const told = core.orders.reduce((sum, { trades }) => sum + trades.length, 0);
        expect(core.engine.strays).toBeGreaterThanOrEqual(2 * told);
      }),
      { numRuns: 60 },
    ));
});
