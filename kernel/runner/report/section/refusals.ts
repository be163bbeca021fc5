import { countText, ERROR_CODES, shortText } from "#core";
import type { Refusal } from "#engine";
import { stampText } from "../format.ts";
import { type Html, html } from "../html.ts";
import { type ReportContext, section, table } from "../section.ts";

/** Signals and orders that were not acted on, by why. */
export function refusals({ periods }: ReportContext): Html | undefined {
  const curve = periods?.curve;
  if (!curve || curve.refusals.length === 0) return undefined;
  const codes = [...new Set(curve.refusals.map(({ code }) => code))];
  const groups = codes.map((code) => curve.refusals.filter((each) => each.code === code));
  const rows = groups.sort((a, b) => b.length - a.length).map((list) => row(list, curve.timeframe));
  const head = html`<th scope="col">Why</th><th class="right" scope="col">Times</th><th scope="col">First</th><th class="right" scope="col">Value</th><th class="right" scope="col">Bound</th>`;
  return section(
    "Refused signals and orders",
    countText(curve.refusals.length),
    table("quiet", head, html`<tbody>${rows}</tbody>`),
  );
}

function row(list: readonly Refusal[], timeframe: string): Html {
  const { code, time, value, bound } = list[0]!;
  const meaning = ERROR_CODES[code]?.meaning;
  return html`<tr><td><code>${code}</code>${meaning ? html`<br><span class="soft small">${meaning}</span>` : ""}</td><td class="right">${countText(list.length)}</td><td class="keep">${stampText(time, timeframe)}</td><td class="right">${shortText(value)}</td><td class="right soft">${shortText(bound)}</td></tr>`;
}
