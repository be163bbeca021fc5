import { equityFigure, type Figure, type Span, tradesFigure } from "#analysis";
import { type BacktestResult, type Period, prepare, recordGolden, runPrepared } from "#backtest";
import {
  checkNames,
  countText,
  encodeValue,
  isTickbookError,
  numberText,
  percentText,
  timeText,
} from "#core";
import { loadPredictor } from "#ml";
import type { Bars } from "#model";
import type { Strategy } from "#strategy";
import { currentSession } from "./current-session.ts";
import { type Plotted, present } from "./present.ts";

/** Bars of one instrument, or of several by symbol. */
export type BarsInput = Bars | Readonly<Record<string, Bars>>;

export interface Backtest extends BacktestResult {
  /** Growth and drawdown against holding the instrument. @param spans stretches of time to name. */
  plot(spans?: readonly Span[]): Figure;
  /** Prices with a mark at each fill. */
  plotTrades(): Figure;
}

/**
 * Runs a strategy with its parameters over history: the same engine, risk checks and order life as live.
 * @param period from: first bar of the result; to: last ("2018" means all of 2018). History before `from` warms up.
 * series: what features read beside bars, such as { "fear-greed": await series("fear-greed", { from: "csv" }) }.
 * Errors: `backtest.no-params`, `backtest.missing-bars`, `backtest.no-bars`, `strategy.handler-failed`.
 */
export async function backtest(strategy: Strategy, bars: BarsInput, period: Period = {}): Promise<Backtest> {
  checkNames("backtest.bad-period", "backtest options", period, ["from", "to", "series"]);
  const prepared = await prepare(strategy.spec, barsList(bars), period, loadPredictor);
  const result = runPrepared(strategy, prepared);
  const session = currentSession();
  session.record({ kind: "backtest", value: { ...result } });
  const { strategy: name, params } = result;
  session.keepGolden?.({
    strategy: name,
    params,
    ...goldenOutcome(() => encodeValue(recordGolden(strategy, prepared, result), name)),
  });
  const shown: Plotted<BacktestResult> = present(result, {
    plot: (spans?: readonly Span[]) => equityFigure(result, spans),
    title: `Backtest of ${result.strategy}, ${timeText(result.from)} to ${timeText(result.to)}`,
    rows: summaryRows(result),
  });
  Object.defineProperty(shown, "plotTrades", { value: () => fillsFigure(result) });
  return shown as Backtest;
}

/** What cannot be promoted can still be researched: a problem is told when somebody promotes. */
function goldenOutcome(record: () => string): { readonly text: string } | { readonly problem: string } {
  try {
    return { text: record() };
  } catch (error) {
    if (!isTickbookError(error) || error.code === "core.bug") throw error;
    return { problem: error.message };
  }
}

export function barsList(bars: BarsInput): Bars[] {
  return "instrument" in bars ? [bars as Bars] : Object.values(bars);
}

function summaryRows(result: BacktestResult): [string, string][] {
  const { performance: own, benchmarkPerformance: bench, trades, refusals, costs, currency } = result;
  const closed = trades.filter(({ closedAt }) => closedAt !== undefined);
  const won = closed.filter(({ profit }) => profit > 0).length;
  return [
    ["Sharpe ratio", `${numberText(own.sharpe)} (held: ${numberText(bench.sharpe)})`],
    [
      "Return a year",
      `${percentText(own.annualReturn, 1, true)} (held: ${percentText(bench.annualReturn, 1, true)})`,
    ],
    ["Volatility", percentText(own.volatility)],
    ["Largest drawdown", `${percentText(own.maxDrawdown)} (held: ${percentText(bench.maxDrawdown)})`],
    ["Trades", `${countText(closed.length)}${closed.length > 0 ? `, ${countText(won)} won` : ""}`],
    ["Fees and slippage", `${numberText(costs.fees + costs.slippage)} ${currency}`],
    ["Net profit", `${numberText(costs.net)} ${currency}`],
    ["Time invested", percentText(result.exposure, 0)],
    ["Refused signals and orders", countText(refusals.length)],
  ];
}

function fillsFigure(result: BacktestResult): Figure {
  const marks = result.fills
    .filter(({ instrument }) => instrument === 0)
    .map(({ time, price, side, quantity, purpose }) => ({
      time,
      price,
      side,
      text: `${side > 0 ? "bought" : purpose === "stop" ? "stopped out of" : "sold"} ${numberText(quantity, 3)} at ${numberText(price)}`,
    }));
  return tradesFigure(result.time, result.benchmark, result.symbols[0] ?? "", marks);
}
