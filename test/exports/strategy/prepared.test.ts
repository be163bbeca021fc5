/** Pre-processing that was fitted in research travels in the bundle: its rows are the notebook's, bit for bit. */
import { expect, it } from "vitest";
import { candle, ema, features, math, prepare, rsi, sma } from "#features";
import { barsOf, PLAIN, type Shape } from "../../lib/backtest/market.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { type Definition, promote, recordRun } from "./run.ts";

const SHAPE: Shape = { ...PLAIN, seed: 6, length: 1200, range: 0.01, capital: 1e5 };

const prepared: Definition<{ readonly fitted: prepare.Fitted }> = (door, { fitted }) => {
  const { account, bps, defineStrategy } = door;
  const set = door.features({
    longer: door.rsi(3).on("5m"),
    gap: door.math.sub().of(door.sma(10), door.ema(30)),
    hammer: door.candle.hammer(),
  });
  return defineStrategy({
    name: "prepared",
    instruments: ["BTC/USD"],
    timeframe: "1m",
    account: account({
      venue: "binance",
      kind: "cash",
      currency: "USD",
      capital: 1e5,
      fees: bps(10),
      slippage: bps(2),
    }),
    features: door.prepare.features(set, fitted),
    onBar(ctx) {
      if (ctx.row.gap! < -0.5) ctx.target({ weight: 0.5 });
      else if (ctx.row.gap! > 0.5) ctx.target({ weight: 0 });
    },
  });
};

it("a strategy of prepared features is promoted, and its golden rows are equal in every bit", async () => {
  const bars = barsOf(SHAPE);
  const set = features({
    longer: rsi(3).on("5m"),
    gap: math.sub().of(sma(10), ema(30)),
    hammer: candle.hammer(),
  });
  const steps = [prepare.winsorise(0.02, 0.98), prepare.standard()];
  const fitted = prepare.fit(set.compute(bars[0]!), steps, { to: bars[0]!.time[600]! });
  const home = temporaryFolder();
  const { record, slice } = await recordRun(home, prepared, { fitted }, bars);
  const { golden, manifest } = await promote(home, record, slice);
  expect(golden.decisions).toBe(500);
  expect(golden.rows).toBeGreaterThan(500);
  expect(manifest.features.names).toEqual(["longer", "gap", "hammer"]);
  expect(manifest.features.ids[1]).toMatch(/^prepare\./);
});
