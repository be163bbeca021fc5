import type { BacktestResult } from "#backtest";
import { countText, numberText, percentText, timeText } from "#core";

/** A backtest's main figures, as rows of a table. */
export function backtestRows(result: BacktestResult): string[][] {
  const { performance: own, benchmarkPerformance: held, orders, fills, trades, refusals } = result;
  const closed = trades.filter(({ closedAt }) => closedAt !== undefined).length;
  const open = trades.length - closed;
  return [
    ["backtest", `${result.strategy}, ${timeText(result.from)} to ${timeText(result.to)}`],
    ["  Sharpe", `${numberText(own.sharpe)}, held ${numberText(held.sharpe)}`],
    ["  return", `${percentText(own.annualReturn)} a year, largest drawdown ${percentText(own.maxDrawdown)}`],
    [
      "  orders",
      `${countText(orders.length)}, ${countText(fills.length)} fills, ${countText(closed)} trades closed` +
        `${open > 0 ? `, ${countText(open)} open` : ""}`,
    ],
    ...(refusals.length > 0
      ? [["  refused", `${countText(refusals.length)}, the first with ${refusals[0]!.code}`]]
      : []),
  ];
}
