/** The page's charts: Plotly figures as data for the script, and the boxes they are drawn in. */
import type { Figure } from "#analysis";
import { type Html, html, trusted } from "./html.ts";

export interface ChartOptions {
  /** What the chart shows, with its main numbers: read instead of it, and shown where scripts do not run. */
  readonly text: string;
  /** Pixels. */
  readonly height: number;
}

export class Charts {
  private readonly figures: Figure[] = [];

  get isEmpty(): boolean {
    return this.figures.length === 0;
  }

  /** Keeps the figure for the script. @returns its box. */
  add(figure: Figure, { text, height }: ChartOptions): Html {
    const index = this.figures.length;
    this.figures.push({ data: figure.data, layout: { ...figure.layout, height } });
    return html`<figure class="chart" style="min-height:${height}px" data-chart="${index}" role="img" aria-label="${text}"><p class="soft">${text}</p></figure>`;
  }

  /** The figures as JSON that can stand in a script element: without "<", no text can end it. */
  json(): Html {
    return trusted(JSON.stringify(this.figures, plotlyValue).replaceAll("<", "\\u003c"));
  }
}

/** Seven digits are more than a screen shows. */
function plotlyValue(_name: string, value: unknown): unknown {
  return typeof value === "number" && Number.isFinite(value) ? Number(value.toPrecision(7)) : value;
}
