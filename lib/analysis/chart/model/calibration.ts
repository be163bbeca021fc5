import { axis, baseLayout, COLOR, type Figure, label } from "../figure.ts";

export interface CalibrationPoint {
  readonly meanChance: number;
  /** Share of ones. */
  readonly rate: number;
  readonly rows: number;
}

/** What happened against what was said: points on the diagonal are chances that can be believed; size shows rows. */
export function calibrationFigure(bins: readonly CalibrationPoint[]): Figure {
  const most = Math.max(1, ...bins.map(({ rows }) => rows));
  return {
    data: [
      {
        type: "scatter",
        mode: "lines",
        x: [0, 1],
        y: [0, 1],
        line: { color: COLOR.bench, width: 1, dash: "dot" },
        hoverinfo: "skip",
      },
      {
        type: "scatter",
        mode: "lines+markers",
        x: bins.map(({ meanChance }) => meanChance),
        y: bins.map(({ rate }) => rate),
        customdata: bins.map(({ rows }) => rows),
        line: { color: COLOR.accent, width: 1.5 },
        marker: { color: COLOR.accent, size: bins.map(({ rows }) => 5 + 11 * Math.sqrt(rows / most)) },
        hovertemplate: "said %{x:.1%}, happened %{y:.1%}, %{customdata:,} rows<extra></extra>",
      },
    ],
    layout: {
      ...baseLayout(320, "Calibration"),
      margin: { l: 56, r: 16, t: 40, b: 44 },
      hovermode: "closest",
      xaxis: axis({ title: { text: "predicted chance" }, tickformat: ".0%", range: [-0.02, 1.02] }),
      yaxis: axis({ title: { text: "share of ones", standoff: 8 }, tickformat: ".0%", range: [-0.02, 1.02] }),
      annotations: [label("as said", 0.93, 0.84, COLOR.bench)],
    },
  };
}
