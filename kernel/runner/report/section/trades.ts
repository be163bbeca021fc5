import type { BacktestResult, Trade } from "#backtest";
import { countText, numberText, percentText } from "#core";
import { stampText } from "../format.ts";
import { type Html, html } from "../html.ts";
import { icon } from "../icon.ts";
import { type ReportContext, section, table } from "../section.ts";

const SHOWN = 12;
/** More rows make the page slow, and nobody reads them here. */
const EARLIER_MAX = 2000;

export function trades({ periods }: ReportContext): Html | undefined {
  const curve = periods?.curve;
  if (!curve || curve.trades.length === 0) return undefined;
  const newest = curve.trades.map((trade, i) => ({ trade, number: i + 1 })).reverse();
  const earlier = newest.slice(SHOWN, SHOWN + EARLIER_MAX);
  const count = newest.length;
  const left = count - SHOWN - earlier.length;
  const rows = (list: typeof newest) =>
    tradesTable(
      curve,
      list.map(({ trade, number }) => row(trade, number, curve)),
    );
  const more =
    earlier.length > 0
      ? html`<details><summary>All ${countText(count)} trades</summary>${rows(earlier)}${
          left > 0 ? html`<p class="soft small">The first ${countText(left)} are left out.</p>` : ""
        }</details>`
      : "";
  const note = `${count > SHOWN ? `last ${SHOWN} of ` : ""}${tradeCount(curve)}, times in UTC`;
  return section("Trades", note, html`${rows(newest.slice(0, SHOWN))}${more}`);
}

/** "13", or "12 closed, 1 open". */
export function tradeCount({ trades: all }: BacktestResult): string {
  const open = all.filter(({ closedAt }) => closedAt === undefined).length;
  const closed = all.length - open;
  return open === 0 ? countText(closed) : `${countText(closed)} closed, ${countText(open)} open`;
}

function tradesTable({ currency, symbols }: BacktestResult, rows: readonly Html[]): Html {
  const head = html`<th class="right" scope="col">#</th>${
    symbols.length > 1 ? html`<th scope="col">Instrument</th>` : ""
  }<th scope="col">Opened</th><th scope="col">Closed</th><th class="right" scope="col">Bars</th><th class="right" scope="col">Notional, ${currency}</th><th class="right" scope="col">Price move</th><th class="right" scope="col">Worst on the way</th><th class="right" scope="col">Costs, ${currency}</th><th class="right" scope="col">P&amp;L, ${currency}</th><th class="right" scope="col">Of equity</th>`;
  return table("trades quiet", head, html`<tbody>${rows}</tbody>`);
}

function row(trade: Trade, number: number, { symbols, timeframe }: BacktestResult): Html {
  const { openedAt, closedAt, bars, notional, priceMove, worst, costs, profit, ofEquity } = trade;
  return html`<tr><td class="right soft">${countText(number)}</td>${
    symbols.length > 1 ? html`<td>${symbols[trade.instrument]}</td>` : ""
  }<td>${stampText(openedAt, timeframe)}</td><td>${closedAt === undefined ? html`<span class="soft">still open</span>` : stampText(closedAt, timeframe)}</td><td class="right">${countText(bars)}</td><td class="right">${countText(notional)}</td><td class="right">${percentText(priceMove, 1, true)}</td><td class="right soft">${percentText(worst)}</td><td class="right soft">${numberText(costs)}</td><td class="right">${gainText(profit)}</td><td class="right">${percentText(ofEquity, 2, true)}</td></tr>`;
}

function gainText(profit: number): Html {
  const isLoss = profit < 0;
  return html`<span class="${isLoss ? "loss" : "gain"}">${icon(isLoss ? "down" : "up", "tiny")} ${numberText(profit, 2, true)}</span>`;
}
