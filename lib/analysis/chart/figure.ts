import { escapeHtml } from "#core";

/** A Plotly figure as plain data: what a notebook shows and a report draws. Missing values are NaN. */
export interface Figure {
  readonly data: readonly Readonly<Record<string, unknown>>[];
  readonly layout: Readonly<Record<string, unknown>>;
}

/** One accent, one quiet grey that is read on white and on black, and a pair for gain and loss that no colour blindness merges. */
export const COLOR = {
  accent: "#1976d2",
  accentTint: "rgba(25, 118, 210, 0.12)",
  bench: "#757575",
  gain: "#0b559f",
  loss: "#a84300",
  rule: "rgba(128, 128, 128, 0.2)",
} as const;

/** Least distance of the names of two lines, as a share of their axis: two lines of letters. */
export const LABEL_SHARE = 0.14;

const CLEAR = "rgba(0,0,0,0)";
const FONT = 'system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif';
const QUIET = { size: 11, color: COLOR.bench };

/** The look all figures share: no box, no legend (lines carry their names), hairlines, tabular numbers. */
export function baseLayout(height: number, title?: string): Record<string, unknown> {
  return {
    height,
    margin: { l: 56, r: 16, t: title ? 40 : 24, b: 36 },
    showlegend: false,
    hovermode: "x unified",
    font: { family: FONT, size: 12, color: COLOR.bench },
    modebar: { bgcolor: CLEAR, color: COLOR.bench, activecolor: COLOR.accent },
    paper_bgcolor: CLEAR,
    plot_bgcolor: CLEAR,
    ...(title ? { title: { text: escapeHtml(title), x: 0, xanchor: "left", font: { size: 14 } } } : {}),
  };
}

/** An axis with a hairline grid and no zero line. */
export function axis(options: Record<string, unknown> = {}): Record<string, unknown> {
  return { gridcolor: COLOR.rule, zeroline: false, automargin: true, ...options };
}

/** A time as Plotly reads it, which takes it for UTC: "2019-03-09" at midnight, else "2019-03-09 14:30:00". */
export function plotTime(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace(/T00:00:00\.000Z$|(\.000)?Z$/, "")
    .replace("T", " ");
}

/** How a line of so many points is drawn: one point alone has no line. */
export function lineMode(points: number): "lines" | "markers" {
  return points > 1 ? "lines" : "markers";
}

/** Least and most of all finite values, with 5 % of room; finite whatever the values are. */
export function rangeOf(...columns: readonly ArrayLike<number>[]): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const column of columns) {
    for (let i = 0; i < column.length; i++) {
      const value = column[i]!;
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) return [-1, 1];
  const room = 0.05 * (high - low) || 0.05;
  return [low - room, high + room];
}

/** A line's end: its name as Plotly reads it, its last value in the axis's own unit, its colour. */
export interface LineEnd {
  readonly text: string;
  readonly y: number;
  readonly color: string;
}

/** The names of one or two lines at their right ends, moved apart to LABEL_SHARE of the axis where they would meet. */
export function endLabels(
  ends: readonly LineEnd[],
  x: unknown,
  [low, high]: readonly [number, number],
): Record<string, unknown>[] {
  const known = ends.filter(({ y }) => Number.isFinite(y)).toSorted((a, b) => a.y - b.y);
  const [lower = 0, upper = lower] = known.map(({ y }) => y);
  const gap = LABEL_SHARE * (high - low);
  const middle = Math.min(high - gap / 2, Math.max(low + gap / 2, (lower + upper) / 2));
  const isCrowded = known.length > 1 && upper - lower < gap;
  return known.map(({ text, y, color }, i) =>
    label(text, x, isCrowded ? middle + (i - 0.5) * gap : y, color, { xshift: 6 }),
  );
}

/** A text whose left edge stands at a place. */
export function label(
  text: string,
  x: unknown,
  y: number,
  color: string,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  const font = { ...QUIET, color };
  return { text, x, y, xanchor: "left", align: "left", showarrow: false, font, ...more };
}

/** A dotted line across the figure at x. */
export function rule(x: unknown): Record<string, unknown> {
  const line = { color: COLOR.bench, width: 1, dash: "dot" };
  return { type: "line", x0: x, x1: x, yref: "paper", y0: 0, y1: 1, layer: "below", line };
}

/** A name above the figure at x. */
export function topLabel(text: string, x: unknown): Record<string, unknown> {
  return label(text, x, 1, COLOR.bench, { yref: "paper", yanchor: "bottom", xshift: 2 });
}
