import { countText, ERROR_CODES, shortText } from "#core";
import type { Refusal } from "#engine";
import { stampText } from "../format.ts";
import { type Html, html } from "../html.ts";
import { type ReportContext, section, table } from "../section.ts";

/** Where a link to the section leads. */
export const REFUSALS_ID = "refusals";

/** Signals and orders that were not acted on, by why. */
export function refusals({ periods }: ReportContext): Html | undefined {
  const curve = periods?.curve;
  if (!curve || curve.refusals.length === 0) return undefined;
  const rows = refusalGroups(curve.refusals).map(({ list }) => row(list, curve.timeframe));
  const head = html`<th scope="col">Why</th><th class="right" scope="col">Times</th><th scope="col">First</th><th class="right" scope="col">Value</th><th class="right" scope="col">Bound</th>`;
  const body = table("quiet", head, html`<tbody>${rows}</tbody>`);
  const count = countText(curve.refusals.length);
  return html`<div id="${REFUSALS_ID}">${section("Refused signals and orders", count, body)}</div>`;
}

/** By code and, where the venue refused, by what it said; the most frequent first. */
export function refusalGroups(all: readonly Refusal[]): { why: string; list: readonly Refusal[] }[] {
  const whyOf = ({ code, reason }: Refusal) => (reason === undefined ? code : `${code}, ${reason}`);
  return [...new Set(all.map(whyOf))]
    .map((why) => ({ why, list: all.filter((each) => whyOf(each) === why) }))
    .sort((a, b) => b.list.length - a.list.length);
}

function row(list: readonly Refusal[], timeframe: string): Html {
  const { code, reason, time, value, bound } = list[0]!;
  const meaning = ERROR_CODES[code]?.meaning;
  return html`<tr><td><code>${code}</code>${reason ? ` ${reason}` : ""}${meaning ? html`<br><span class="soft small">${meaning}</span>` : ""}</td><td class="right">${countText(list.length)}</td><td class="keep">${stampText(time, timeframe)}</td><td class="right">${shortText(value)}</td><td class="right soft">${shortText(bound)}</td></tr>`;
}
