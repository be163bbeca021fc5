// What of a Plotly figure depends on JupyterLab's theme, and what is too large to draw as it is.

export interface Figure {
  readonly data: readonly Readonly<Record<string, unknown>>[];
  readonly layout: Readonly<Record<string, unknown>>;
  readonly config: Readonly<Record<string, unknown>>;
}

export interface ThemeColours {
  readonly text: string;
  readonly rule: string;
  readonly font: string;
}

/** A figure from whatever a notebook holds; missing parts are empty. */
export function figureOf(value: unknown): Figure {
  const { data, layout, config } = (value ?? {}) as Partial<Figure>;
  return {
    data: Array.isArray(data) ? (data as Figure["data"]) : [],
    layout: isObject(layout) ? layout : {},
    config: isObject(config) ? config : {},
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Points in all traces. Plotly keeps packed arrays as `{ bdata, dtype }`. */
export function pointCount({ data }: Figure): number {
  return data.reduce(
    (sum, trace) => sum + Math.max(...["x", "y", "z", "open"].map((key) => lengthOf(trace[key]))),
    0,
  );
}

function lengthOf(value: unknown): number {
  if (Array.isArray(value)) return Array.isArray(value[0]) ? value.length * value[0].length : value.length;
  if (isObject(value) && typeof value.bdata === "string") return Math.floor((value.bdata.length * 3) / 4 / 8);
  return 0;
}

/** Beyond this many points a chart is drawn only when asked: it would freeze the page. */
export const POINTS_MAX = 2_000_000;

/** The layout on the theme's ground: what the figure itself sets stays. */
export function themed(layout: Figure["layout"], colours: ThemeColours): Record<string, unknown> {
  const axis = { gridcolor: colours.rule, zerolinecolor: colours.rule, linecolor: colours.rule };
  const themedAxes = Object.fromEntries(
    axesOf(layout).map((name) => [name, { ...axis, ...(isObject(layout[name]) ? layout[name] : {}) }]),
  );
  const font = { color: colours.text, family: colours.font, size: 12 };
  return {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    ...layout,
    ...themedAxes,
    font: { ...font, ...(isObject(layout.font) ? layout.font : {}) },
    autosize: layout.width === undefined,
  };
}

function axesOf(layout: Figure["layout"]): string[] {
  const named = Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key));
  return [...new Set(["xaxis", "yaxis", ...named])];
}
