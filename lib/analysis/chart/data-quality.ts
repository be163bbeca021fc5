import { escapeHtml, timeText } from "#core";
import { axis, baseLayout, COLOR, type Figure, lineMode, plotTime } from "./figure.ts";
import { drawnBars } from "./thin.ts";

/** What to draw of a dataset of bars. */
export interface DataQuality {
  readonly title: string;
  /** Starts of the bars (UTC ms), rising, and their closes. */
  readonly time: Float64Array;
  readonly close: Float64Array;
  /** Length of a bar (ms); a longer step is drawn as a gap. */
  readonly stepMs: number;
  /** Longest step that is in order: weekends and holidays. */
  readonly allowedMs: number;
  /** Indices of bars to look at, and what they are. */
  readonly marks: readonly { readonly name: string; readonly indices: readonly number[] }[];
}

/** More gaps than this make one grey ground. */
const GAPS_MAX = 500;

/** The price with its gaps as grey bands and what was found as marks. */
export function dataQualityFigure(quality: DataQuality): Figure {
  const { time, close, marks, title } = quality;
  const drawn = drawnBars(close);
  const gaps = gapsOf(quality);
  const x = Array.from(drawn, (i) => plotTime(time[i]!));
  const symbols = ["x", "triangle-up", "circle", "diamond", "square"];
  return {
    data: [
      {
        type: "scatter",
        mode: lineMode(drawn.length),
        x,
        y: Array.from(drawn, (i) => close[i]!),
        line: { color: COLOR.accent, width: 1 },
        hovertemplate: "%{y}<extra></extra>",
        name: "close",
      },
      ...marks
        .filter(({ indices }) => indices.length > 0)
        .map(({ name, indices }, k) => ({
          type: "scatter",
          mode: "markers",
          x: indices.map((i) => plotTime(time[i]!)),
          y: indices.map((i) => close[i]!),
          marker: { color: COLOR.loss, size: 9, symbol: symbols[k % symbols.length] },
          name: escapeHtml(`${name} (${indices.length})`),
          hovertemplate: `%{x}: ${escapeHtml(name)}<extra></extra>`,
          showlegend: true,
        })),
    ],
    layout: {
      ...baseLayout(380, title),
      hovermode: "closest",
      showlegend: true,
      legend: { orientation: "h", y: -0.12 },
      xaxis: axis({ type: "date" }),
      yaxis: axis({}),
      shapes: gaps.slice(0, GAPS_MAX).map(([from, to]) => ({
        type: "rect",
        x0: plotTime(from),
        x1: plotTime(to),
        yref: "paper",
        y0: 0,
        y1: 1,
        layer: "below",
        fillcolor: COLOR.loss,
        opacity: 0.25,
        line: { color: COLOR.loss, width: 1 },
      })),
      annotations: gaps.length === 0 ? [] : [gapNote(gaps)],
    },
  };
}

/** Spans without a bar: from the end of the last to the start of the next. */
function gapsOf({ time, stepMs, allowedMs }: DataQuality): [number, number][] {
  const gaps: [number, number][] = [];
  for (let i = 1; i < time.length; i++) {
    if (time[i]! - time[i - 1]! > allowedMs) gaps.push([time[i - 1]! + stepMs, time[i]!]);
  }
  return gaps;
}

function gapNote(gaps: readonly [number, number][]): Record<string, unknown> {
  const [first] = gaps;
  const text = `${gaps.length} ${gaps.length === 1 ? "gap" : "gaps"}, the first from ${timeText(first![0])}`;
  return {
    text,
    xref: "paper",
    yref: "paper",
    x: 0.5,
    y: 1.02,
    xanchor: "center",
    yanchor: "bottom",
    showarrow: false,
  };
}
