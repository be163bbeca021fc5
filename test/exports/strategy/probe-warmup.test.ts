import { expect, it } from "vitest";
import { prepare, recordGolden, runPrepared } from "#backtest";
import { decodeValue } from "#core";
import { type BarValues, ema, type FeatureStream, features, returns, rsi } from "#features";
import { BAR_COLUMNS, sliceBars } from "#model";
import { defineStrategy } from "#strategy";
import { probeWarmup, WARMUP_TOLERANCE } from "../../../exports/strategy/verify/probe-warmup.ts";
import { accountOf, barsOf, PLAIN, type Shape } from "../../lib/backtest/market.ts";

const SHAPE: Shape = { ...PLAIN, seed: 3, length: 2000 };

async function probe(set: ReturnType<typeof features>) {
  const strategy = defineStrategy({
    name: "probe",
    instruments: ["BTC/USD"],
    timeframe: "1m",
    account: accountOf(SHAPE),
    features: set,
    onBar(ctx) {
      if (ctx.bar.time % 600_000 === 0) ctx.target({ weight: ctx.position.isFlat ? 0.9 : 0 });
    },
  });
  const bars = barsOf(SHAPE);
  const prepared = await prepare(strategy.spec, bars, {}, () => Promise.reject(new Error("no models")));
  const golden = recordGolden(strategy, prepared, runPrepared(strategy, prepared));
  // The bundle's own stream driver, without the bundle around it.
  let stream: FeatureStream = set.stream({ timeframe: "1m" });
  const script = {
    call(name: string, text?: string) {
      if (name === "start") {
        stream = set.stream({ timeframe: "1m" });
        return undefined;
      }
      const { bars: pushed } = decodeValue(text ?? "") as { bars: readonly (readonly number[])[] };
      const rows = pushed.map((bar) => {
        const values = ["time", ...BAR_COLUMNS].map((column, k) => [column, bar[k]!]);
        return stream.push(Object.fromEntries(values) as BarValues);
      });
      return Float64Array.from(rows.flatMap((row) => [...row]));
    },
  };
  return { history: bars[0]!, warmup: probeWarmup(golden, script, set.warmup) };
}

it("finds the bars after which a fresh start no longer shows, by computing both over the whole history", async () => {
  const set = features({ slow: ema(20), strength: rsi(14) });
  const { history, warmup } = await probe(set);
  const full = set.compute(history);
  /** Largest relative difference at bars of the whole history, after a fresh start so many bars before. */
  const errorAfter = (bars: number) => {
    let worst = 0;
    for (let end = 600; end < history.length; end += 97) {
      const fresh = set.compute(sliceBars(history, end - bars, end + 1));
      full.columns.forEach((column, k) => {
        const scale = Math.max(...column.subarray(set.warmup).map(Math.abs));
        worst = Math.max(worst, Math.abs(fresh.columns[k]!.at(-1)! - column[end]!) / scale);
      });
    }
    return worst;
  };
  expect(warmup.error).toBeLessThanOrEqual(WARMUP_TOLERANCE);
  // The probe looks at three places; elsewhere the same bars may leave a little more.
  expect(errorAfter(warmup.bars)).toBeLessThan(20 * WARMUP_TOLERANCE);
  expect(errorAfter(Math.floor(warmup.bars / 2))).toBeGreaterThan(20 * WARMUP_TOLERANCE);
});

it("asks no more than the features' own warm-up where nothing is recursive", async () => {
  const set = features({ week: returns(5), month: returns(20) });
  const { warmup } = await probe(set);
  expect(warmup).toEqual({ bars: 20, error: 0 });
});
