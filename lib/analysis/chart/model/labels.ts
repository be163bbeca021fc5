import { escapeHtml } from "#core";
import { axis, baseLayout, COLOR, type Figure, plotTime } from "../figure.ts";

const STRETCHES = 60;

/**
 * Labels over time: the share of each class, or the mean of a value with its deviation, in stretches of equally many
 * rows. A label whose mix changes over time is hard to learn from its past.
 */
export function labelFigure(
  time: Float64Array,
  target: Float64Array,
  classes: number,
  label: string,
): Figure {
  const count = Math.min(STRETCHES, target.length);
  const stretches = Array.from({ length: count }, (_, s) => {
    const from = Math.floor((s * target.length) / count);
    const to = Math.floor(((s + 1) * target.length) / count);
    return { at: plotTime(time[from]!), values: target.subarray(from, to) };
  });
  const x = stretches.map(({ at }) => at);
  const shades = [COLOR.loss, COLOR.bench, COLOR.accent, "#8e6bbf", "#3d8f6b"];
  const shareOf = (c: number) =>
    stretches.map(({ values }) => values.reduce((sum, y) => sum + Number(y === c), 0) / values.length);
  const means = stretches.map(({ values }) => values.reduce((sum, y) => sum + y / values.length, 0));
  const data =
    classes > 0
      ? Array.from({ length: classes }, (_, c) => ({
          type: "bar",
          name: `class ${c}`,
          x,
          y: shareOf(c),
          marker: { color: shades[classes === 2 ? 2 * c : c % shades.length] },
          hovertemplate: "%{y:.1%}",
        }))
      : [
          {
            type: "bar",
            name: "mean",
            x,
            y: means,
            marker: { color: means.map((mean) => (mean >= 0 ? COLOR.accent : COLOR.loss)) },
            hovertemplate: "%{y:.5~g}",
          },
        ];
  return {
    data,
    layout: {
      ...baseLayout(240, `${escapeHtml(label)} over time`),
      barmode: "stack",
      bargap: 0.06,
      showlegend: classes > 0,
      legend: { orientation: "h", x: 0.5, xanchor: "center", y: 1.02, yanchor: "bottom" },
      xaxis: axis({ type: "date" }),
      yaxis: axis(classes > 0 ? { tickformat: ".0%", range: [0, 1] } : {}),
    },
  };
}
