import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "#core";
import { account, type Bars, bps, priceFromTicks, quantityFromLots } from "#model";
import { defineStrategy } from "#strategy";
import { barsOf, LENGTH_MS, runOn, type Shape, shapes } from "./market.ts";
import { referenceFills, type Wish } from "./reference.ts";

/*
 * The engine with its venue and a naive reference, written apart from it, make the same fills: time, ticks, lots and
 * fee, on random walks with gaps, jumps, thin books, any latency, and targets and stops at random.
 */

/** More money than any wish costs: what a lack of it does is not the reference's business. */
const CAPITAL = 9e11;

function wishesOf(shape: Shape, bars: Bars): Wish[] {
  const rng = createRng(shape.seed, 99);
  const wishes: Wish[] = [];
  for (let bar = 0; bar < bars.length - 1; bar++) {
    if (rng.next() > shape.activity) continue;
    const lots = rng.next() < 0.3 ? 0 : 1 + rng.nextInt(Math.min(shape.lots, 3000) / 5);
    const ticks = Math.round((bars.close[bar]! * bars.instrument.priceScale) / bars.instrument.tickUnits);
    const stop = Math.min(ticks - 1, Math.floor(ticks * (1 - 1.2 * shape.range * rng.next())));
    const hasStop = lots > 0 && stop > 0 && rng.next() < 0.7;
    wishes.push({ bar, lots, stopTicks: hasStop ? stop : undefined });
  }
  return wishes;
}

describe("the engine and its simulated venue", () => {
  it("fill as a naive reference does", async () => {
    let stopped = 0;
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const one = { ...shape, instruments: 1 };
        const [walk] = barsOf(one) as [Bars];
        const bars = { ...walk, instrument: { ...walk.instrument, minNotional: "0", minNotionalUnits: 0n } };
        const wishes = wishesOf(one, bars);
        const { instrument } = bars;
        let bar = -1;
        const strategy = defineStrategy({
          name: "wishes",
          instruments: [instrument.symbol],
          timeframe: "1m",
          account: account({
            venue: "binance",
            kind: "cash",
            currency: "USD",
            capital: CAPITAL,
            fees: bps(shape.feesBps),
            slippage: bps(shape.slippageBps),
            latencyMs: shape.latencyMs,
          }),
          onBar(ctx) {
            bar++;
            const wish = wishes.find((one) => one.bar === bar);
            if (!wish) return;
            const stop =
              wish.stopTicks === undefined ? {} : { stop: priceFromTicks(instrument, wish.stopTicks) };
            ctx.target({ quantity: quantityFromLots(instrument, wish.lots), ...stop });
          },
        });
        const { recorder } = await runOn(strategy, [bars]);
        const fills = recorder.fills.map(({ time, ticks, lots, side, fee }) => ({
          time,
          ticks,
          lots,
          side,
          fee,
        }));
        const lastPrint = bars.time.at(-1)! + LENGTH_MS - 1;
        const expected = referenceFills(
          {
            bars,
            timeframeMs: LENGTH_MS,
            latencyMs: shape.latencyMs,
            feeRate: BigInt(shape.feesBps * 1000),
            slippageRate: BigInt(shape.slippageBps * 1000),
            depthDivisor: 10,
          },
          wishes,
        ).filter(({ time }) => time <= lastPrint);
        expect(fills).toEqual(expected);
        stopped += recorder.fills.filter(({ purpose }) => purpose === "stop").length;
      }),
      { numRuns: 400 },
    );
    expect(stopped).toBeGreaterThan(50);
  });
});
