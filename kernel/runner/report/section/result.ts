import type { Performance } from "#analysis";
import type { BacktestResult } from "#backtest";
import { countText, numberText, percentText, spanText } from "#core";
import { countOf } from "../format.ts";
import { type Html, type HtmlValue, html } from "../html.ts";
import { icon } from "../icon.ts";
import type { Period, Periods } from "../periods.ts";
import { type ReportContext, section, table } from "../section.ts";
import { luck } from "./luck.ts";
import { REFUSALS_ID, refusalGroups } from "./refusals.ts";
import { tradeCount } from "./trades.ts";

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
  return section(
    "Result",
    note,
    html`${callouts(periods)}<div class="two uneven"><div>${metrics(periods)}</div>${side}</div>`,
  );
}

/** What kept the strategy from trading as it wanted, over the span of the sections below. */
function callouts({ main, curve }: Periods): Html[] {
  const span = curve === main.backtest ? "" : `${spanText(curve.from, curve.to)}: `;
  const { orders, refusals } = curve;
  const list: Html[] = [];
  const cut = orders.filter(({ state }) => state === "expired").length;
  if (cut > 0) {
    list.push(
      html`${span}${countText(cut)} of ${countOf(orders.length, "order")} ${cut === 1 ? "was" : "were"} filled only in part or not at all: the bars' volume was too small.`,
    );
  }
  if (refusals.length > 0) {
    const what = refusals.length === 1 ? "signal or order was" : "signals or orders were";
    const why = refusalGroups(refusals).map((group) => `${group.why} (${countText(group.list.length)})`);
    list.push(
      html`${span}<a href="#${REFUSALS_ID}">${countText(refusals.length)} ${what} refused</a>: ${why.join("; ")}.`,
    );
  }
  return list.map((text) => html`<p class="callout">${icon("look", "look")}<span>${text}</span></p>`);
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

function tradesText(backtest: BacktestResult): Html {
  const closed = backtest.trades.filter(({ closedAt }) => closedAt !== undefined);
  const won = closed.filter(({ profit }) => profit > 0).length;
  return html`${tradeCount(backtest)} <span class="soft small">${percentText(won / closed.length, 0)}</span>`;
}
