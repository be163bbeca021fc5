import { escapeHtml } from "#core";
import { axis, baseLayout, COLOR, type Figure, rule, topLabel } from "../figure.ts";

/** PSI by feature; what is beyond 0.25 has moved much, beyond 0.1 somewhat. */
export function driftFigure(
  features: readonly { readonly name: string; readonly psi: number; readonly ks: number }[],
): Figure {
  const sorted = features.toSorted((a, b) => (a.psi || 0) - (b.psi || 0));
  const color = (psi: number) => (psi > 0.25 ? COLOR.loss : psi > 0.1 ? COLOR.bench : COLOR.accent);
  return {
    data: [
      {
        type: "bar",
        orientation: "h",
        x: sorted.map(({ psi }) => psi),
        y: sorted.map(({ name }) => escapeHtml(name)),
        customdata: sorted.map(({ ks }) => ks),
        marker: { color: sorted.map(({ psi }) => color(psi)) },
        hovertemplate: "%{y}: PSI %{x:.3f}, KS %{customdata:.3f}<extra></extra>",
      },
    ],
    layout: {
      ...baseLayout(80 + 24 * Math.max(2, features.length), "Drift since training (PSI)"),
      margin: { l: 8, r: 16, t: 56, b: 36 },
      hovermode: "closest",
      bargap: 0.25,
      xaxis: axis({ range: [0, 1.1 * Math.max(0.3, ...sorted.map(({ psi }) => psi || 0))] }),
      yaxis: axis({ showgrid: false }),
      shapes: [rule(0.1), rule(0.25)],
      annotations: [topLabel("some", 0.1), topLabel("much", 0.25)],
    },
  };
}
