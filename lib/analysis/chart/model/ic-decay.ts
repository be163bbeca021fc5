import { axis, baseLayout, COLOR, type Figure } from "../figure.ts";

export interface IcBar {
  /** Bars ahead. */
  readonly lag: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** The information coefficient by horizon with its interval: how long a prediction holds. */
export function icDecayFigure(points: readonly IcBar[], title: string): Figure {
  return {
    data: [
      {
        type: "scatter",
        mode: "lines+markers",
        x: points.map(({ lag }) => String(lag)),
        y: points.map(({ value }) => value),
        customdata: points.map(({ low, high }) => [low, high]),
        line: { color: COLOR.accent, width: 1.75 },
        error_y: {
          type: "data",
          symmetric: false,
          array: points.map(({ value, high }) => high - value),
          arrayminus: points.map(({ value, low }) => value - low),
          color: COLOR.bench,
          thickness: 1,
          width: 4,
        },
        hovertemplate: "%{x} bars: %{y:.4f} (%{customdata[0]:.4f} to %{customdata[1]:.4f})<extra></extra>",
      },
    ],
    layout: {
      ...baseLayout(280, title),
      hovermode: "closest",
      xaxis: axis({ title: { text: "bars ahead" }, type: "category" }),
      yaxis: axis({ zeroline: true, zerolinecolor: COLOR.bench, title: { text: "IC", standoff: 8 } }),
    },
  };
}
