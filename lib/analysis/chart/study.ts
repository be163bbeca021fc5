import { escapeHtml } from "#core";
import { axis, baseLayout, COLOR, type Figure } from "./figure.ts";

export interface StudyPoint {
  readonly x: number;
  readonly y: number;
  readonly value: number;
}

/**
 * Every trial of a study over two of its parameters, coloured by its score; the best one is ringed. With one parameter,
 * pass the score as `y` and its name as the name of `y`: then the height tells it, and no colour does.
 */
export function studyFigure(
  points: readonly StudyPoint[],
  names: { readonly title?: string; readonly x: string; readonly y: string; readonly value: string },
): Figure {
  const x = escapeHtml(names.x);
  const y = escapeHtml(names.y);
  const score = escapeHtml(names.value);
  const isScoreHeight = names.y === names.value;
  const best = points.toSorted((a, b) => b.value - a.value).slice(0, 1);
  const cloud = (list: readonly StudyPoint[]) => ({
    type: "scatter",
    mode: "markers",
    x: list.map((point) => point.x),
    y: list.map((point) => point.y),
  });
  return {
    data: [
      {
        ...cloud(points),
        marker: {
          ...(isScoreHeight ? { color: COLOR.accent } : scoreColors(points, score)),
          size: 9,
          line: { width: 0.5, color: COLOR.bench },
        },
        hovertemplate: isScoreHeight
          ? `${x} %{x:.4~r}<br>${score} %{y:.2f}<extra></extra>`
          : `${x} %{x:.4~r}<br>${y} %{y:.4~r}<br>${score} %{marker.color:.2f}<extra></extra>`,
      },
      {
        ...cloud(best),
        // An open symbol takes its line's colour from the marker.
        marker: { symbol: "circle-open", size: 18, color: COLOR.gain, line: { width: 2 } },
        hoverinfo: "skip",
      },
    ],
    layout: {
      ...baseLayout(360, names.title),
      hovermode: "closest",
      xaxis: axis({ title: { text: x } }),
      yaxis: axis({ title: { text: y } }),
    },
  };
}

/** Zero stays pale, so that gains and losses differ in hue. */
function scoreColors(points: readonly StudyPoint[], score: string): object {
  return {
    color: points.map(({ value }) => value),
    colorscale: [
      [0, "#e0802a"],
      [0.5, "#e8eef4"],
      [1, COLOR.accent],
    ],
    cmid: 0,
    colorbar: { title: { text: score, side: "right" }, thickness: 10, outlinewidth: 0 },
  };
}
