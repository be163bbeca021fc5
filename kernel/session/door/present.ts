import type { Figure } from "#analysis";
import { escapeHtml } from "#core";

/** A result that can draw itself. */
export type Plotted<T> = T & {
  /** The figure; as the last line of a cell it is shown below it. */
  plot(): Figure;
};

const DISPLAY = Symbol.for("Jupyter.display");

export type SummaryRow = readonly [label: string, value: string];

interface Look {
  readonly title: string;
  readonly rows: readonly SummaryRow[];
}

/**
 * Gives a result its figure, and a table as what a notebook shows for it. Both are hidden properties: the value
 * stays plain data that can be copied and stored.
 */
export function present<T extends object>(
  value: T,
  look: Look & { readonly plot: () => Figure },
): Plotted<T> {
  Object.defineProperty(value, "plot", { value: look.plot });
  return presentTable(value, look) as Plotted<T>;
}

/** The same for a result that there is nothing to draw of. */
export function presentTable<T extends object>(value: T, { title, rows }: Look): T {
  Object.defineProperty(value, DISPLAY, {
    value: () => ({ "text/html": tableHtml(title, rows), "text/plain": tableText(title, rows) }),
  });
  return value;
}

function tableText(title: string, rows: readonly SummaryRow[]): string {
  const width = Math.max(28, ...rows.map(([label]) => label.length + 2));
  return [title, ...rows.map(([label, text]) => `  ${label.padEnd(width)}${text}`)].join("\n");
}

function tableHtml(title: string, rows: readonly SummaryRow[]): string {
  const body = rows.map(
    ([label, text]) =>
      `<tr><td style="text-align:left">${escapeHtml(label)}</td><td>${escapeHtml(text)}</td></tr>`,
  );
  return `<table><caption style="text-align:left;font-weight:600">${escapeHtml(title)}</caption><tbody>${body.join("")}</tbody></table>`;
}
