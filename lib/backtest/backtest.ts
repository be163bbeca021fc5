import { type Performance, performance } from "#analysis";
import { fail, type Millis } from "#core";
import type { Refusal } from "#engine";
import type { Order, Params } from "#model";
import type { Strategy } from "#strategy";
import { runLoop } from "./loop.ts";
import type { Prepared } from "./prepare.ts";
import type { Fill } from "./record.ts";
import { type Trade, tradesFromFills } from "./trades.ts";

/** What a backtest found. Plain data: numbers, typed arrays, records. */
export interface BacktestResult {
  readonly strategy: string;
  readonly symbols: readonly string[];
  readonly timeframe: string;
  readonly params: Params;
  readonly capital: number;
  readonly currency: string;
  readonly feesBps: number;
  readonly slippageBps: number;
  /** Content hashes of the bars, in the order of the symbols. */
  readonly dataHashes: readonly string[];
  /** Start of the first and the last bar of the result. */
  readonly from: Millis;
  readonly to: Millis;
  /** Start of each bar; equity after its close; close of the first instrument (NaN where it has no bar). */
  readonly time: Float64Array;
  readonly equity: Float64Array;
  readonly benchmark: Float64Array;
  /** What makes a ratio yearly. */
  readonly barsPerYear: number;
  readonly performance: Performance;
  /** The first instrument bought and held over the same bars, unlevered, without costs. */
  readonly benchmarkPerformance: Performance;
  readonly orders: readonly Order[];
  readonly fills: readonly Fill[];
  readonly trades: readonly Trade[];
  readonly refusals: readonly Refusal[];
  readonly decisions: number;
  readonly costs: Costs;
  /** Fraction of the equity, summed over the bars, that was invested. */
  readonly exposure: number;
  /** Value traded in a year over the mean equity. */
  readonly turnover: number;
}

/** In the account's currency. gross - fees - slippage = net. */
export interface Costs {
  readonly gross: number;
  readonly fees: number;
  readonly slippage: number;
  readonly net: number;
}

/**
 * Runs a strategy over prepared history through the one engine.
 * @param strategy with its parameters set.
 * Errors: `backtest.no-params`, and the strategy's own.
 */
export function runPrepared(strategy: Strategy, prepared: Prepared): BacktestResult {
  const { spec, params } = strategy;
  if (params === undefined) {
    fail("backtest.no-params", {
      message: `strategy "${spec.name}" has no values for ${Object.keys(spec.params).join(", ")}`,
      hint: "Set them: strategy.with({ ... }), or search them: optimize(strategy, ...).",
    });
  }
  const { engine, recorder, equity, exposure } = runLoop(spec, params, prepared);
  const { timeline, columns } = prepared;
  const { account } = spec;
  const perYear = prepared.barsPerYear;
  const net = equity.at(-1)! - account.capital;
  const slippage = recorder.fills.reduce((sum, fill) => sum + fill.slippage, 0);
  const traded = recorder.fills.reduce((sum, fill) => sum + fill.price * fill.quantity, 0);
  return {
    strategy: spec.name,
    symbols: spec.instruments,
    timeframe: spec.timeframe,
    params,
    capital: account.capital,
    currency: account.currency,
    feesBps: account.fees.bps,
    slippageBps: account.slippage.bps,
    dataHashes: columns.map(({ bars }) => bars.hash),
    from: timeline[0]!,
    to: timeline.at(-1)!,
    time: timeline,
    equity,
    benchmark: prepared.benchmark,
    barsPerYear: perYear,
    performance: performance(equity, account.capital, perYear),
    benchmarkPerformance: prepared.benchmarkPerformance,
    orders: recorder.orders,
    fills: recorder.fills,
    trades: tradesFromFills(recorder.fills, columns, (time) =>
      equityBefore(timeline, equity, time, account.capital),
    ),
    refusals: recorder.refusals,
    decisions: engine.decision,
    costs: { gross: net + engine.fees + slippage, fees: engine.fees, slippage, net },
    exposure,
    turnover: (traded / meanOf(equity)) * (perYear / equity.length),
  };
}

function meanOf(x: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]!;
  return sum / x.length;
}

/** Equity after the last bar that had ended when `time` came. */
function equityBefore(timeline: Float64Array, equity: Float64Array, time: Millis, capital: number): number {
  let low = 0;
  let high = timeline.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timeline[middle]! <= time) low = middle + 1;
    else high = middle;
  }
  return equity[low - 2] ?? capital;
}
