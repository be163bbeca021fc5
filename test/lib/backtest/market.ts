import * as fc from "fast-check";
import { prepare } from "#backtest";
import { createRng } from "#core";
import {
  type Account,
  account,
  type Bars,
  bps,
  createInstrument,
  type Instrument,
  type Limits,
  priceFromTicks,
  quantityFromLots,
} from "#model";
import { type BarContext, defineStrategy, type Strategy } from "#strategy";
import { type LoopResult, runLoop } from "../../../lib/backtest/loop.ts";

/** Random markets and random strategies: each a pure function of its shape, so that a failure prints all of it. */
export interface Shape {
  readonly seed: number;
  readonly instruments: number;
  readonly length: number;
  /** Share of bars that are missing. */
  readonly gaps: number;
  /** Share of bars that open 10 times higher or lower. */
  readonly jumps: number;
  /** Largest move in a bar, as a fraction. */
  readonly range: number;
  /** Largest volume of a bar, in lots. */
  readonly lots: number;
  readonly feesBps: number;
  readonly slippageBps: number;
  readonly latencyMs: number;
  readonly capital: number;
  /** Share of decisions that act. */
  readonly activity: number;
  readonly limits: Limits;
  /** True if it places orders of its own beside targets. */
  readonly singles: boolean;
}

/** One instrument, no gaps and no jumps, deep books. */
export const PLAIN: Shape = {
  seed: 1,
  instruments: 1,
  length: 100,
  gaps: 0,
  jumps: 0,
  range: 0.002,
  lots: 1e7,
  feesBps: 10,
  slippageBps: 2,
  latencyMs: 50,
  capital: 10_000,
  activity: 1,
  limits: {},
  singles: false,
};

export const LENGTH_MS = 60_000;

export const shapes: fc.Arbitrary<Shape> = fc.record({
  seed: fc.nat(),
  instruments: fc.constantFrom(1, 1, 2, 3),
  length: fc.integer({ min: 2, max: 60 }),
  gaps: fc.constantFrom(0, 0.2),
  jumps: fc.constantFrom(0, 0.05),
  range: fc.constantFrom(0, 0.002, 0.05),
  lots: fc.constantFrom(30, 3000, 1e7),
  feesBps: fc.constantFrom(0, 0.001, 7.5, 10, 300),
  slippageBps: fc.constantFrom(0, 0.5, 2, 50),
  latencyMs: fc.constantFrom(0, 50, 20_000, 61_000),
  capital: fc.constantFrom(37.5, 10_000, 1e9),
  activity: fc.constantFrom(0.1, 0.5, 1),
  limits: fc.constantFrom<Limits>({}, { maxDailyLoss: 0.02 }, { maxOrdersPerMinute: 1, priceBandBps: 300 }),
  singles: fc.constant(true),
});

const INSTRUMENTS: readonly Instrument[] = [
  createInstrument({ symbol: "BTC/USD", tick: "0.01", lot: "0.001", minNotional: "5" }),
  createInstrument({ symbol: "GOLD/USD", tick: "0.5", lot: "0.2" }),
  createInstrument({ symbol: "PEPE/USD", tick: "0.00000001", lot: "1" }),
];
const FIRST_TICKS = [5000, 300, 900];

export function instrumentsOf(shape: Shape): readonly Instrument[] {
  return INSTRUMENTS.slice(0, shape.instruments);
}

export function accountOf(shape: Shape): Account {
  return account({
    venue: "binance",
    kind: "cash",
    currency: "USD",
    capital: shape.capital,
    fees: bps(shape.feesBps),
    slippage: bps(shape.slippageBps),
    latencyMs: shape.latencyMs,
  });
}

/** A random walk in whole ticks for each instrument, on one grid of minutes. */
export function barsOf(shape: Shape): Bars[] {
  return instrumentsOf(shape).map((instrument, i) => walk(shape, instrument, i));
}

function walk(shape: Shape, instrument: Instrument, i: number): Bars {
  const rng = createRng(shape.seed, i);
  const rows: number[][] = [];
  let ticks = FIRST_TICKS[i]!;
  const move = (from: number) => Math.max(1, Math.round(from * (1 + shape.range * (2 * rng.next() - 1))));
  for (let minute = 0; rows.length < shape.length; minute++) {
    if (rng.next() < shape.gaps) continue;
    if (rng.next() < shape.jumps) ticks = rng.next() < 0.5 ? ticks * 10 : Math.max(1, Math.round(ticks / 10));
    const open = move(ticks);
    const close = move(open);
    const flat = rng.next() < 0.1;
    const high = flat ? open : Math.max(open, close, move(open));
    const low = flat ? open : Math.min(open, close, move(open));
    const volume = rng.next() < 0.15 ? 0 : rng.nextInt(shape.lots);
    ticks = flat ? open : close;
    rows.push([minute * LENGTH_MS, open, high, low, ticks, volume]);
  }
  return barsFromTicks(instrument, rows);
}

/** Rows of start, open, high, low, close in ticks, and volume in lots. */
export function barsFromTicks(
  instrument: Instrument,
  rows: readonly (readonly number[])[],
  timeframe = "1m",
  timeframeMs = LENGTH_MS,
): Bars {
  const column = (k: number, of: (value: number) => number) => Float64Array.from(rows, (row) => of(row[k]!));
  const price = (ticks: number) => priceFromTicks(instrument, ticks);
  return {
    instrument,
    timeframe,
    timeframeMs,
    length: rows.length,
    hash: "",
    time: column(0, (time) => time),
    open: column(1, price),
    high: column(2, price),
    low: column(3, price),
    close: column(4, price),
    volume: column(5, (lots) => quantityFromLots(instrument, lots)),
  };
}

/** Acts at random, with all that a strategy can do; decides from `ctx.random` alone, so that it sees no future. */
export function strategyOf(shape: Shape): Strategy {
  return defineStrategy({
    name: "monkey",
    instruments: instrumentsOf(shape).map(({ symbol }) => symbol),
    timeframe: "1m",
    account: accountOf(shape),
    seed: shape.seed,
    limits: shape.limits,
    onBar(ctx) {
      if (ctx.random() < shape.activity) act(ctx, shape);
    },
  });
}

function act(ctx: BarContext, shape: Shape): void {
  const { close } = ctx.bar;
  const pick = Math.floor(ctx.random() * (shape.singles ? 12 : 8));
  const some = ctx.random();
  const stop = ctx.random() < 0.6 ? { stop: close * (1 - 0.06 * ctx.random() + 0.005) } : {};
  const quantity = Math.max(1e-9, (some * shape.capital) / close / 2);
  const near = close * (1 + 0.02 * (ctx.random() - 0.5));
  const side = ctx.random() < 0.5 ? "buy" : "sell";
  const held = ctx.position.quantity;
  if (pick < 2) ctx.target({ weight: 0 });
  else if (pick < 4) ctx.target({ weight: 1.2 * some, ...stop });
  else if (pick === 4) ctx.target({ quantity, ...stop });
  else if (pick === 5) ctx.target({ notional: some * shape.capital, ...stop });
  else if (pick === 6) ctx.target({ risk: 0.02 * some, stop: close * (1 - 0.05 * some - 0.001) });
  else if (pick === 7) ctx.target({ weight: -some });
  else if (pick === 8) ctx.cancel();
  else {
    const type = pick === 9 ? "market" : pick === 10 ? "limit" : "stop";
    const size = side === "buy" ? quantity : Math.max(1e-9, held * (some < 0.3 ? 1 : some));
    ctx.order({ side, type, quantity: size, ...(type === "market" ? {} : { price: near }) });
  }
}

export async function runOn(strategy: Strategy, bars: readonly Bars[]): Promise<LoopResult> {
  const prepared = await prepare(strategy.spec, bars, {}, () => Promise.reject(new Error("no models")));
  return runLoop(strategy.spec, {}, prepared);
}
