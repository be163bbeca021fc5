import { axis, baseLayout, COLOR, type Figure } from "./figure.ts";

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
        text: rows.map((count) => (count > 0 ? count.toLocaleString("en-US") : "")),
        textposition: "outside",
        cliponaxis: false,
        marker: { color: COLOR.accent },
        hovertemplate: "error %{x}: %{y:,} rows<extra></extra>",
      },
    ],
    layout: {
      ...baseLayout(180),
      bargap: 0.08,
      hovermode: "closest",
      xaxis: axis({ type: "category", showgrid: false }),
      yaxis: axis({ visible: false }),
      shapes: [
        {
          type: "line",
          x0: limitAt,
          x1: limitAt,
          yref: "paper",
          y0: 0,
          y1: 1,
          line: { color: COLOR.bench, width: 1, dash: "dot" },
        },
      ],
      annotations: [
        {
          text: "tolerance",
          x: limitAt,
          y: 1,
          yref: "paper",
          xanchor: "left",
          yanchor: "top",
          xshift: 4,
          showarrow: false,
          font: { size: 11, color: COLOR.bench },
        },
      ],
    },
  };
}

function binName({ from, to }: ErrorBin, index: number, bins: readonly ErrorBin[]): string {
  if (index === 0) return `< ${power(to)}`;
  return index === bins.length - 1 ? `≥ ${power(from)}` : power(from);
}

function power(value: number): string {
  return value.toExponential(0).replace("-", "−");
}
