import { type MonthReturn, monthlyReturns } from "#analysis";
import { monthName, numberText } from "#core";
import { type Html, html } from "../html.ts";
import type { Periods } from "../periods.ts";
import { type ReportContext, section, table } from "../section.ts";

/** A return this far out among the months has the full colour. */
const FULL_QUANTILE = 0.97;
/** The full colour, in percent of the fill: text stays readable on it. */
const FULL_PERCENT = 55;

export function months({ periods }: ReportContext): Html | undefined {
  if (!periods) return undefined;
  const { time, equity, capital, trades } = periods.curve;
  const list = monthlyReturns(time, equity, capital);
  if (list.length < 2) return undefined;
  const held = ({ year, month }: MonthReturn) =>
    trades.some(
      ({ openedAt, closedAt = Number.POSITIVE_INFINITY }) =>
        openedAt < Date.UTC(year, month) && closedAt >= Date.UTC(year, month - 1),
    );
  const full = fullReturn(list);
  const years = [...new Set(list.map(({ year }) => year))];
  const cuts = cutYears(periods);
  const rows = years.map((year) => {
    const own = list.filter((each) => each.year === year);
    const whole = own.reduce((product, { value }) => product * (1 + value), 1) - 1;
    const cells = Array.from({ length: 12 }, (_, i) =>
      cell(
        own.find(({ month }) => month === i + 1),
        full,
        held,
      ),
    );
    return html`<tr${cuts.has(year) ? html` class="cut"` : ""}><th scope="row">${year}</th>${cells}<td class="total">${percent(whole)}</td></tr>`;
  });
  const names = Array.from(
    { length: 12 },
    (_, i) => html`<th class="right" scope="col">${monthName(i + 1)}</th>`,
  );
  const marks = cuts.size > 0 ? ` Rules mark where another span begins: ${[...cuts].join(", ")}.` : "";
  return section(
    "Monthly returns",
    "% of equity; blue with + gains, orange with − losses",
    html`${table("heat months", html`<th></th>${names}<th class="right" scope="col">Year</th>`, html`<tbody>${rows}</tbody>`)}<p class="soft small">A dot is a month without a position.${marks}</p>`,
  );
}

function cell(month: MonthReturn | undefined, full: number, held: (month: MonthReturn) => boolean): Html {
  if (!month) return html`<td></td>`;
  if (!held(month)) return html`<td class="soft">·</td>`;
  const share = Math.min(1, Math.abs(month.value) / full) * FULL_PERCENT;
  const look = month.value < 0 ? "down" : "up";
  return html`<td class="${look}" style="--heat:${share.toFixed(0)}%">${percent(month.value)}</td>`;
}

function percent(value: number): string {
  return numberText(value * 100, 1, true);
}

function fullReturn(list: readonly MonthReturn[]): number {
  const sizes = list.map(({ value }) => Math.abs(value)).sort((a, b) => a - b);
  return sizes[Math.floor((sizes.length - 1) * FULL_QUANTILE)] || 1;
}

/** Years in which a span but the first begins. */
function cutYears({ spans }: Periods): Set<number> {
  return new Set(spans.slice(1).map(({ from }) => new Date(from).getUTCFullYear()));
}
