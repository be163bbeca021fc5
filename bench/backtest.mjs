// Backtest speed: the engine with an onBar callback against a plain event-queue engine, same strategy, same bars.
// Run: npm run bench -- backtest
import { prepare, runLoop, runPrepared } from "#backtest";
import { features, sma } from "#features";
import { account, bps } from "#model";
import { defineStrategy } from "#strategy";
import { naiveBacktest } from "./baseline/event-queue.mjs";
import { compare } from "./measure.mjs";
import { randomWalk } from "./random-walk.mjs";

const STRATEGY = defineStrategy({
  name: "cross",
  instruments: ["BTC/USDT"],
  timeframe: "1m",
  account: account({
    venue: "binance",
    kind: "cash",
    currency: "USDT",
    capital: 100_000,
    fees: bps(4),
    slippage: bps(1),
  }),
  features: features({ fast: sma(50), slow: sma(400) }),
  onBar(ctx) {
    if (ctx.row.fast > ctx.row.slow) {
      if (ctx.position.isFlat) ctx.target({ weight: 0.9 });
    } else if (!ctx.position.isFlat) ctx.target({ weight: 0 });
  },
});

const NAMES = ["naive event queue", "tickbook engine", "with statistics"];

/** The same strategy on the same bars. The floors are about the engine: decisions, orders, fills, equity curve. */
export async function sides({ bars: count }) {
  const bars = randomWalk(count);
  const noModels = () => Promise.reject(new Error("no models"));
  const prepared = await prepare(STRATEGY.spec, [bars], {}, noModels);
  const [{ rows, first }] = prepared.columns;
  const naive = { bars, fast: rows[0], slow: rows[1], first };
  const [baseline, engine, whole] = NAMES;
  return {
    [baseline]: () => naiveBacktest(naive, { capital: 100_000, fee: 4e-4, slippage: 1e-4, weight: 0.9 }),
    [engine]: () => runLoop(STRATEGY.spec, {}, prepared),
    [whole]: () => runPrepared(STRATEGY, prepared),
  };
}

export async function benchBacktest({ bars: units, rounds }) {
  const options = { bars: units };
  const rows = compare({ file: import.meta.url, names: NAMES, options, rounds, units });
  const [baseline, engine] = rows;
  const run = await sides(options);
  const [a, b] = [run[NAMES[2]](), run[NAMES[0]]()];
  return {
    title: `Backtest, ${units.toLocaleString("en")} bars, onBar callback, market orders, fees, slippage, equity curve`,
    unit: "bars",
    rows,
    notes: [
      `tickbook: ${a.fills.length} fills, final equity ${a.equity.at(-1).toFixed(2)}; ` +
        `naive: ${b.fills} fills, ${b.equity.toFixed(2)} (it has no ticks, lots, depth or latency)`,
    ],
    floors: [
      { name: "bars a second", value: engine.perSecond, floor: 10e6 },
      { name: "times the naive engine", value: baseline.median / engine.median, floor: 3 },
    ],
  };
}
