import { escapeHtml } from "#core";
import { axis, baseLayout, COLOR, type Figure } from "../figure.ts";

/** Rows drawn a feature. */
const POINTS_MAX = 600;

/**
 * What each feature did to each prediction: one point a row, to the right if it pushed the prediction up, coloured by the
 * feature's own value (its rank among the rows: pale low, dark high); the feature that does most on top.
 * @param values one column a feature: its contribution; @param features the feature's own values.
 */
export function shapFigure(
  names: readonly string[],
  values: readonly Float64Array[],
  features: readonly Float64Array[],
): Figure {
  const order = names
    .map((name, j) => ({ name, j, size: values[j]!.reduce((sum, v) => sum + Math.abs(v), 0) }))
    .sort((a, b) => a.size - b.size)
    .slice(-20);
  const rows = values[0]?.length ?? 0;
  const stride = Math.max(1, Math.ceil(rows / POINTS_MAX));
  const traces = order.map(({ name, j }, line) => {
    const picked = Array.from({ length: Math.ceil(rows / stride) }, (_, i) => i * stride);
    return {
      type: "scatter",
      mode: "markers",
      name: escapeHtml(name),
      x: picked.map((i) => values[j]![i]!),
      // Spread around the line, by a fixed sequence: the golden ratio's multiples lie evenly.
      y: picked.map((i) => line + 0.55 * (((i / stride) * 0.6180339887) % 1) - 0.275),
      customdata: picked.map((i) => features[j]![i]!),
      marker: {
        size: 4,
        opacity: 0.75,
        color: ranks(picked.map((i) => features[j]![i]!)),
        cmin: 0,
        cmax: 1,
        colorscale: [
          [0, "#9cc9f5"],
          [0.5, "#757575"],
          [1, COLOR.loss],
        ],
      },
      hovertemplate: `${escapeHtml(name)} = %{customdata:.4~g}: %{x:+.4f}<extra></extra>`,
    };
  });
  return {
    data: traces,
    layout: {
      ...baseLayout(
        90 + 34 * Math.max(2, order.length),
        "What each feature did (SHAP); colour: its value, pale low, dark high",
      ),
      margin: { l: 8, r: 16, t: 40, b: 40 },
      hovermode: "closest",
      xaxis: axis({ zeroline: true, zerolinecolor: COLOR.bench, title: { text: "push on the prediction" } }),
      yaxis: axis({
        showgrid: false,
        tickvals: order.map((_, line) => line),
        ticktext: order.map(({ name }) => escapeHtml(name)),
        range: [-0.6, order.length - 0.4],
      }),
    },
  };
}

/** Rank over the rows, 0 to 1. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const out = new Array<number>(values.length);
  order.forEach((i, rank) => {
    out[i] = rank / Math.max(1, values.length - 1);
  });
  return out;
}
