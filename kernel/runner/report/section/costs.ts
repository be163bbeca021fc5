import { numberText, percentText, spanText } from "#core";
import { countOf } from "../format.ts";
import { type Html, html } from "../html.ts";
import { type ReportContext, section, table } from "../section.ts";

export function costs({ periods }: ReportContext): Html | undefined {
  const curve = periods?.curve;
  if (!curve || curve.fills.length === 0) return undefined;
  const { gross, fees, slippage, net } = curve.costs;
  const rows: readonly (readonly [string, string, number, string])[] = [
    ["", "Gross profit", gross, ""],
    ["fees", "Fees", -fees, `${numberText(curve.feesBps, 1)} bps`],
    ["slippage", "Slippage", -slippage, `${numberText(curve.slippageBps, 1)} bps`],
    ["net", "Net profit", net, ""],
  ];
  const body = rows.map(
    ([look, name, value, rate]) =>
      html`<tr${look === "net" ? html` class="strong"` : ""}><td>${look ? html`<i class="swatch ${look}"></i>` : ""}${name}</td><td class="right">${numberText(value)}</td><td class="right">${shareText(value, gross)}</td><td class="right soft">${rate}</td></tr>`,
  );
  const head = html`<th></th><th class="right" scope="col">${curve.currency}</th><th class="right" scope="col">Of gross</th><th class="right" scope="col">Rate</th>`;
  return section(
    "Costs",
    `${spanText(curve.from, curve.to)}, ${curve.currency}`,
    html`${stack(gross, fees, slippage, net)}${table("", head, html`<tbody>${body}</tbody>`)}<p class="soft small after">${countOf(curve.fills.length, "fill")}. Exposure ${percentText(curve.exposure, 0)} of equity on average, turnover ${numberText(curve.turnover, 1)} times a year.</p>`,
  );
}

/** Only a gross profit can be split into what was paid and what was left. */
function shareText(value: number, gross: number): string {
  return gross > 0 ? percentText(value / gross) : "–";
}

function stack(gross: number, fees: number, slippage: number, net: number): Html | undefined {
  if (!(gross > 0 && net >= 0 && slippage >= 0)) return undefined;
  const part = (look: string, value: number) =>
    html`<i class="${look}" style="width:${((100 * value) / gross).toFixed(2)}%"></i>`;
  const text = `Of the gross profit, ${percentText(net / gross)} was left, ${percentText(fees / gross)} went to fees and ${percentText(slippage / gross)} to slippage.`;
  return html`<div class="stack" role="img" aria-label="${text}">${part("net", net)}${part("fees", fees)}${part("slippage", slippage)}</div>`;
}
