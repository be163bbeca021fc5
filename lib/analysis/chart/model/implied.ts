import { axis, baseLayout, COLOR, endLabels, type Figure, lineMode, plotTime, rangeOf } from "../figure.ts";

/** Points drawn a line. */
const POINTS_MAX = 1500;

/**
 * The sum of outcomes of the positions that predictions stand for, one thin line a path and a thick one for their mean.
 * @param time starts of the rows' bars, rising; @param paths outcomes by row, NaN for none.
 */
export function impliedFigure(
  time: Float64Array,
  paths: readonly { readonly name: string; readonly outcomes: Float64Array; readonly isMain: boolean }[],
): Figure {
  const stride = Math.max(1, Math.ceil(time.length / POINTS_MAX));
  const lines = paths.map(({ name, outcomes, isMain }) => {
    const [x, y]: [string[], number[]] = [[], []];
    let sum = 0;
    outcomes.forEach((outcome, i) => {
      if (!Number.isNaN(outcome)) sum += outcome;
      if (i % stride !== 0 && i !== outcomes.length - 1) return;
      x.push(plotTime(time[i]!));
      y.push(sum);
    });
    return { name, isMain, x, y };
  });
  const main = lines.filter(({ isMain }) => isMain);
  const range = rangeOf(...lines.map(({ y }) => y));
  return {
    data: lines
      .toSorted((a, b) => Number(a.isMain) - Number(b.isMain))
      .map(({ name, isMain, x, y }) => ({
        type: "scatter",
        mode: lineMode(y.length),
        name,
        x,
        y,
        line: { color: isMain ? COLOR.accent : COLOR.bench, width: isMain ? 1.75 : 0.75 },
        opacity: isMain ? 1 : 0.55,
        hovertemplate: "%{y:.2%}",
      })),
    layout: {
      ...baseLayout(300, "Return of the implied positions, added up, before costs"),
      margin: { l: 56, r: 90, t: 40, b: 36 },
      xaxis: axis({ type: "date" }),
      yaxis: axis({ tickformat: ".0%", range, zeroline: true, zerolinecolor: COLOR.bench }),
      annotations: endLabels(
        main.map(({ name, y }) => ({ text: name, y: y.at(-1) ?? Number.NaN, color: COLOR.accent })),
        main[0]?.x.at(-1),
        range,
      ),
    },
  };
}
