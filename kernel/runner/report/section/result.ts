import type { Performance } from "#analysis";
import type { BacktestResult } from "#backtest";
import { countText, numberText, percentText, spanText } from "#core";
import { type Html, type HtmlValue, html } from "../html.ts";
import type { Period, Periods } from "../periods.ts";
import { type ReportContext, section, table } from "../section.ts";
import { luck } from "./luck.ts";

type Row = readonly [name: string, note: string, text: (performance: Performance) => string];

const ROWS: readonly Row[] = [
  ["Sharpe ratio", "yearly, no risk-free rate", ({ sharpe }) => numberText(sharpe)],
  ["Return a year", "", ({ annualReturn }) => percentText(annualReturn, 1, true)],
  ["Volatility", "", ({ volatility }) => percentText(volatility)],
  ["Largest drawdown", "", ({ maxDrawdown }) => percentText(maxDrawdown)],
  ["Sortino ratio", "", ({ sortino }) => numberText(sortino)],
  ["Calmar ratio", "", ({ calmar }) => numberText(calmar)],
  ["Mean of worst 5 % of bars", "", ({ expectedShortfall }) => percentText(expectedShortfall, 2)],
];

export function result(context: ReportContext): Html | undefined {
  const { periods } = context;
  if (!periods) return undefined;
  const side = luck(context.facts, periods);
  const { feesBps, slippageBps } = periods.main.backtest;
  const note = `net of fees (${numberText(feesBps, 1)} bps) and slippage (${numberText(slippageBps, 1)} bps)`;
  return section("Result", note, html`<div class="two uneven"><div>${metrics(periods)}</div>${side}</div>`);
}

function metrics({ main, all }: Periods): Html {
  const { backtest } = main;
  const lookOf = (period: Period) => (period === main ? "right main" : "right");
  const head = all.map(
    (period) =>
      html`<th class="${lookOf(period)}" scope="col">${period.name}<br>${spanText(period.backtest.from, period.backtest.to)}</th>`,
  );
  const rows = ROWS.map(([name, note, text]) => {
    const cells = all.map(
      (period) => html`<td class="${lookOf(period)}">${text(period.backtest.performance)}</td>`,
    );
    const held = html`<td class="right soft">${text(backtest.benchmarkPerformance)}</td>`;
    return row(name, note, [cells, held]);
  });
  const counts = all.map((period) => html`<td class="${lookOf(period)}">${tradesText(period.backtest)}</td>`);
  const held = html`<th class="right" scope="col">${backtest.symbols[0] ?? ""} held<br>${spanText(backtest.from, backtest.to)}</th>`;
  return table(
    "metrics",
    html`<th></th>${head}${held}`,
    html`<tbody>${rows}${row("Trades", "won", [counts, html`<td class="right soft">–</td>`])}</tbody>`,
  );
}

function row(name: string, note: string, cells: HtmlValue): Html {
  return html`<tr><th scope="row">${name}${note ? html` <span class="soft small">${note}</span>` : ""}</th>${cells}</tr>`;
}

function tradesText({ trades }: BacktestResult): Html {
  const closed = trades.filter(({ closedAt }) => closedAt !== undefined);
  const won = closed.filter(({ profit }) => profit > 0).length;
  return html`${countText(closed.length)} <span class="soft small">${percentText(won / closed.length, 0)}</span>`;
}
