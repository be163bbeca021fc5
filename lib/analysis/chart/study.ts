import { axis, baseLayout, COLOR, type Figure } from "./figure.ts";

export interface StudyPoint {
  readonly x: number;
  readonly y: number;
  readonly value: number;
}

/** Every trial of a study over two of its parameters, coloured by its score; the best one is ringed. */
export function studyFigure(
  points: readonly StudyPoint[],
  names: { readonly title: string; readonly x: string; readonly y: string; readonly value: string },
): Figure {
  const best = points.reduce(
    (a, b) => (b.value > a.value ? b : a),
    points[0] ?? { x: 0, y: 0, value: Number.NaN },
  );
  return {
    data: [
      {
        type: "scatter",
        mode: "markers",
        x: points.map(({ x }) => x),
        y: points.map(({ y }) => y),
        marker: {
          color: points.map(({ value }) => value),
          colorscale: [
            [0, "#e0802a"],
            [0.5, "#e8eef4"],
            [1, COLOR.accent],
          ],
          cmid: 0,
          size: 9,
          line: { width: 0.5, color: COLOR.bench },
          colorbar: { title: { text: names.value, side: "right" }, thickness: 10, outlinewidth: 0 },
        },
        hovertemplate: `${names.x} %{x:.3f}<br>${names.y} %{y:.3f}<br>${names.value} %{marker.color:.2f}<extra></extra>`,
      },
      {
        type: "scatter",
        mode: "markers",
        x: [best.x],
        y: [best.y],
        marker: { symbol: "circle-open", size: 18, line: { width: 2, color: COLOR.gain } },
        hoverinfo: "skip",
      },
    ],
    layout: {
      ...baseLayout(360, names.title),
      hovermode: "closest",
      xaxis: axis({ title: { text: names.x } }),
      yaxis: axis({ title: { text: names.y } }),
    },
  };
}
