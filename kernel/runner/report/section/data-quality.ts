import { countText, shortText } from "#core";
import type { DataCheck, DataReport } from "#data";
import { type Html, html } from "../html.ts";
import { icon } from "../icon.ts";
import { hash, type ReportContext, section, table } from "../section.ts";

export function dataQuality({ facts }: ReportContext): Html {
  return html`${facts.data.map(one)}`;
}

function one({ source, symbol, timeframe, rows, checks, hash: version }: DataReport): Html {
  const head = html`<th scope="col">Check</th><th class="right" scope="col">Found</th><th class="right" scope="col">Allowed</th><th scope="col">Where</th><th class="right" scope="col">Verdict</th>`;
  const note = html`${symbol} ${timeframe} from ${source}, ${countText(rows)} rows, ${hash(version)}`;
  return section("Data quality", note, table("quiet", head, html`<tbody>${checks.map(row)}</tbody>`));
}

function row({ name, found, unit, allowed, where, verdict }: DataCheck): Html {
  const isFine = verdict === "in order";
  const more = found > where.length && where.length > 1 ? ", …" : "";
  return html`<tr><td>${name}</td><td class="right">${shortText(found)} ${unit}</td><td class="right soft">${allowed === undefined ? "any" : shortText(allowed)}</td><td class="soft">${where.join(", ")}${more}</td><td class="right">${icon(isFine ? "check" : "look", isFine ? "ok" : "look")} ${verdict}</td></tr>`;
}
