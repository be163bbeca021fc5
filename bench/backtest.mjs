// Backtest speed: the engine with an onBar callback against a plain event-queue engine, same strategy, same bars.
// Run: npm run bench -- backtest

import { prepare, runLoop, runPrepared } from "#backtest";
import { createRng } from "#core";
import { features, sma } from "#features";
import { account, bps, createInstrument } from "#model";
import { defineStrategy } from "#strategy";
import { naiveBacktest } from "./baseline/event-queue.mjs";
import { compare } from "./measure.mjs";

export function randomWalk(count, seed = 1) {
  const rng = createRng(seed);
  const instrument = createInstrument({ symbol: "BTC/USDT", tick: "0.01", lot: "0.00001", minNotional: "5" });
  const column = () => new Float64Array(count);
  const bars = {
    time: column(),
    open: column(),
    high: column(),
    low: column(),
    close: column(),
    volume: column(),
  };
  const round = (price) => Math.round(price * 100) / 100;
  let price = 30_000;
  for (let i = 0; i < count; i++) {
    const open = price;
    const close = Math.max(1000, open * (1 + 0.0008 * rng.nextNormal()));
    bars.time[i] = 1.6e12 + i * 60_000;
    bars.open[i] = round(open);
    bars.close[i] = round(close);
    bars.high[i] = round(Math.max(open, close) * (1 + 0.0003 * rng.next()));
    bars.low[i] = round(Math.min(open, close) * (1 - 0.0003 * rng.next()));
    bars.volume[i] = 50 + 100 * rng.next();
    price = close;
  }
  return {
    ...bars,
    instrument,
    timeframe: "1m",
    timeframeMs: 60_000,
    length: count,
    hash: `random-walk-${seed}`,
  };
}

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
