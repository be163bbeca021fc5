import { numberText, shortText } from "#core";
import { type Html, html } from "../html.ts";
import type { GridSlice } from "../neighbours.ts";

/** The full colour, in percent of the fill: text stays readable on it. */
const FULL_PERCENT = 55;

/** The trials of a grid over two parameters as a heat table; the used one is framed. */
export function gridTable({ x, y, xs, ys, valueAt, used }: GridSlice): Html {
  const values = ys
    .flatMap((_, row) => xs.map((__, column) => valueAt(column, row) ?? Number.NaN))
    .filter(Number.isFinite);
  const full = Math.max(...values.map(Math.abs)) || 1;
  const rows = ys.map((value, row) => {
    const cells = xs.map((_, column) =>
      cell(valueAt(column, row), full, column === used.column && row === used.row),
    );
    return html`<tr><th scope="row">${y === undefined ? "" : shortText(value)}</th>${cells}</tr>`;
  });
  const names = xs.map((value) => html`<th scope="col">${shortText(value)}</th>`);
  const caption = y === undefined ? x : `${y} down, ${x} across`;
  return html`<div class="wide"><table class="heat grid"><tbody>${rows.reverse()}</tbody><tfoot><tr><th></th>${names}</tr></tfoot></table></div><p class="soft small">${caption}</p>`;
}

function cell(value: number | undefined, full: number, isUsed: boolean): Html {
  if (value === undefined) return html`<td></td>`;
  const share = Number.isFinite(value) ? (Math.abs(value) / full) * FULL_PERCENT : 0;
  const look = `${value < 0 ? "down" : "up"}${isUsed ? " used" : ""}`;
  return html`<td class="${look}" style="--heat:${share.toFixed(0)}%">${numberText(value, 1)}</td>`;
}
