import type { MimeBundle } from "../ports.ts";

export const PLOTLY_MIME = "application/vnd.plotly.v1+json";
/** Only where the page that shows the figure has not loaded Plotly itself, as our reports do. */
const PLOTLY_SCRIPT = "https://cdn.plot.ly/plotly-3.3.1.min.js";

/** A Plotly figure: `{ data: [trace, ...], layout }`. */
export interface PlotlyFigure {
  readonly data: readonly Readonly<Record<string, unknown>>[];
  readonly layout: Readonly<Record<string, unknown>>;
  readonly config?: Readonly<Record<string, unknown>>;
}

export function isPlotlyFigure(value: object): value is PlotlyFigure {
  const { data, layout } = value as { data?: unknown; layout?: unknown };
  return Array.isArray(data) && data.length > 0 && data.every(isObject) && isObject(layout);
}

/** The figure for viewers that draw Plotly, as HTML for those that do not, and as a line of text. */
export function plotlyBundle(figure: PlotlyFigure): MimeBundle {
  const { data, layout, config } = figure;
  const content = plainJson({ data, layout, ...(config ? { config } : {}) });
  const traces = data.map(({ type }) => (typeof type === "string" ? type : "scatter"));
  return {
    [PLOTLY_MIME]: content,
    "text/html": figureHtml(JSON.stringify(content), Number(layout.height) || 450),
    "text/plain": `Plotly figure: ${traces.length} ${traces.length === 1 ? "trace" : "traces"} (${[...new Set(traces)].join(", ")})`,
  };
}

/** JSON without loss of shape: typed arrays become lists; what JSON lacks (NaN, infinities) becomes null. */
function plainJson(value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return Array.from(value as unknown as ArrayLike<unknown>, plainJson);
  }
  if (Array.isArray(value)) return value.map(plainJson);
  if (!isObject(value)) return typeof value === "function" || typeof value === "symbol" ? undefined : value;
  return Object.fromEntries(Object.entries(value).map(([name, content]) => [name, plainJson(content)]));
}

/** @param height in pixels: the page keeps its place until the figure is drawn. */
function figureHtml(json: string, height: number): string {
  // "</script>" inside a text of the figure would end the script early.
  const safe = json.replaceAll("<", "\\u003c");
  return `<div class="tickbook-plotly" style="min-height:${height}px"></div>
<script>
(function () {
  var box = document.currentScript.previousElementSibling;
  var figure = ${safe};
  function draw() { window.Plotly.newPlot(box, figure.data, figure.layout, Object.assign({ responsive: true }, figure.config)); }
  if (window.Plotly) return draw();
  var script = document.createElement("script");
  script.src = "${PLOTLY_SCRIPT}";
  script.onload = draw;
  script.onerror = function () { box.style.minHeight = "0"; box.textContent = "The figure is not shown: Plotly, which draws it, could not be loaded from ${PLOTLY_SCRIPT}. Go online and reload this page, or open the notebook in JupyterLab."; };
  document.head.appendChild(script);
})();
</script>`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
