/** A Plotly figure as plain data: what a notebook shows and a report draws. */
export interface Figure {
  readonly data: readonly Readonly<Record<string, unknown>>[];
  readonly layout: Readonly<Record<string, unknown>>;
}

/** One accent, one quiet grey, and a pair for gain and loss that no colour blindness merges. */
export const COLOR = {
  accent: "#1976d2",
  accentTint: "rgba(25, 118, 210, 0.12)",
  bench: "#757575",
  gain: "#0b559f",
  loss: "#a84300",
  rule: "rgba(128, 128, 128, 0.2)",
} as const;

const FONT = 'system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif';

/** The look all figures share: no box, no legend (lines carry their names), hairlines, tabular numbers. */
export function baseLayout(height: number, title?: string): Record<string, unknown> {
  return {
    height,
    margin: { l: 56, r: 96, t: title ? 40 : 16, b: 36 },
    showlegend: false,
    hovermode: "x unified",
    font: { family: FONT, size: 12 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    ...(title ? { title: { text: title, x: 0, xanchor: "left", font: { size: 14 } } } : {}),
  };
}

/** An axis with a hairline grid and no zero line. */
export function axis(options: Record<string, unknown> = {}): Record<string, unknown> {
  return { gridcolor: COLOR.rule, zeroline: false, automargin: true, ...options };
}

/** A name at the right end of a line, in its colour. */
export function lineLabel(
  text: string,
  x: unknown,
  y: unknown,
  color: string,
  yref = "y",
): Record<string, unknown> {
  return {
    text,
    x,
    y,
    yref,
    xanchor: "left",
    xshift: 6,
    showarrow: false,
    align: "left",
    font: { color, size: 11 },
  };
}
