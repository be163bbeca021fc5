import { countText, shortText } from "#core";
import { axis, baseLayout, COLOR, type Figure, rule, topLabel } from "./figure.ts";

/** Rows with from <= error < to. */
export interface ErrorBin {
  readonly from: number;
  readonly to: number;
  readonly rows: number;
}

/** Errors by decade, rows without any error first; the limit stands between the bins it parts. */
export function errorHistogramFigure(exactRows: number, bins: readonly ErrorBin[], limit: number): Figure {
  const names = ["none", ...bins.map(binName)];
  const rows = [exactRows, ...bins.map((bin) => bin.rows)];
  // Bars of a category axis stand at 0, 1, 2, ...: the first bin beyond the limit begins half a bar before its place.
  const beyond = bins.findIndex((bin) => bin.from >= limit);
  const limitAt = (beyond === -1 ? bins.length : beyond) + 0.5;
  return {
    data: [
      {
        type: "bar",
        x: names,
        y: rows,
        text: rows.map((count) => (count > 0 ? countText(count) : "")),
        textposition: "outside",
        cliponaxis: false,
        marker: { color: COLOR.accent },
        hovertemplate: "error %{x}: %{y:,} rows<extra></extra>",
      },
    ],
    layout: {
      ...baseLayout(150),
      margin: { l: 0, r: 0, t: 24, b: 24 },
      bargap: 0.08,
      hovermode: "closest",
      xaxis: axis({ type: "category", showgrid: false }),
      yaxis: axis({ visible: false }),
      shapes: [rule(limitAt)],
      annotations: [topLabel("tolerance", limitAt)],
    },
  };
}

function binName({ from, to }: ErrorBin, index: number, bins: readonly ErrorBin[]): string {
  if (index === 0) return `< ${shortText(to)}`;
  return index === bins.length - 1 ? `≥ ${shortText(from)}` : shortText(from);
}
