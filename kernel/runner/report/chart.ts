/** The page's charts: Plotly figures as data for the script, and the boxes they are drawn in. */
import type { Figure } from "#analysis";
import { escapeHtml, type Html, html, trusted } from "./html.ts";

export interface ChartOptions {
  /** What the chart shows, with its main numbers: read instead of it, and shown where scripts do not run. */
  readonly text: string;
  /** Pixels. */
  readonly height: number;
  /** Laid over the figure's own layout. */
  readonly layout?: Readonly<Record<string, unknown>>;
}

export class Charts {
  private readonly figures: Figure[] = [];

  get isEmpty(): boolean {
    return this.figures.length === 0;
  }

  /** Keeps the figure for the script. @returns its box. */
  add(figure: Figure, { text, height, layout }: ChartOptions): Html {
    const index = this.figures.length;
    this.figures.push({ data: figure.data, layout: { ...figure.layout, height, ...layout } });
    return html`<figure class="chart" style="min-height:${height}px" data-chart="${index}" role="img" aria-label="${text}"><p class="soft">${text}</p></figure>`;
  }

  /** The figures as JSON that can stand in a script element: without "<", no text can end it. */
  json(): Html {
    return trusted(JSON.stringify(this.figures, plotlyValue).replaceAll("<", "\\u003c"));
  }
}

/** A text from outside as Plotly shows it as it is: Plotly reads some markup in texts. */
export function plotlyText(text: string): string {
  return escapeHtml(text);
}

/** Seven digits are more than a screen shows; Plotly knows no "UTC" behind a time, and takes times for UTC. */
function plotlyValue(_name: string, value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? Number(value.toPrecision(7)) : null;
  if (typeof value === "string" && /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/.test(value))
    return value.slice(0, 19);
  return value;
}
