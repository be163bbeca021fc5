import { escapeHtml } from "#core";
import { axis, baseLayout, COLOR, type Figure } from "../figure.ts";

/** Feature importances as bars, the largest on top, with one standard error either side where it is known. */
export function importanceFigure(
  features: readonly { readonly name: string; readonly value: number; readonly error?: number }[],
  title: string,
): Figure {
  const sorted = features.toSorted((a, b) => a.value - b.value);
  const errors = sorted.map(({ error }) => error ?? Number.NaN);
  return {
    data: [
      {
        type: "bar",
        orientation: "h",
        x: sorted.map(({ value }) => value),
        y: sorted.map(({ name }) => escapeHtml(name)),
        marker: { color: sorted.map(({ value }) => (value > 0 ? COLOR.accent : COLOR.bench)) },
        ...(errors.some(Number.isFinite)
          ? { error_x: { type: "data", array: errors, color: COLOR.bench, thickness: 1, width: 3 } }
          : {}),
        hovertemplate: "%{y}: %{x:.4~g}<extra></extra>",
      },
    ],
    layout: {
      ...baseLayout(70 + 24 * Math.max(2, features.length), title),
      margin: { l: 8, r: 16, t: 40, b: 36 },
      hovermode: "closest",
      bargap: 0.25,
      xaxis: axis({ zeroline: true, zerolinecolor: COLOR.bench }),
      yaxis: axis({ showgrid: false }),
    },
  };
}
