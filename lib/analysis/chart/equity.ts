import { timeText } from "#core";
import { drawdowns } from "../risk/performance.ts";
import { axis, baseLayout, COLOR, type Figure, lineLabel } from "./figure.ts";

/** A stretch of time with a name: trained on, tuned on, out of sample. */
export interface Span {
  readonly name: string;
  /** UTC milliseconds; the end is exclusive. */
  readonly from: number;
  readonly to: number;
  /** The stretch that counts. */
  readonly highlight?: boolean;
}

export interface EquityCurve {
  /** Start of each bar. */
  readonly time: Float64Array;
  /** After each bar. */
  readonly equity: Float64Array;
  /** Price of what is compared with; NaN where it has none. */
  readonly benchmark: Float64Array;
  readonly capital: number;
  readonly benchmarkName: string;
}

/** Growth of 1 on a log scale with the drawdown below, both against holding the instrument. */
export function equityFigure(curve: EquityCurve, spans: readonly Span[] = []): Figure {
  const { capital } = curve;
  const time = Array.from(curve.time, timeText);
  const growth = Array.from(curve.equity, (value) => value / capital);
  const first = curve.benchmark.find(Number.isFinite) ?? Number.NaN;
  const bench = Array.from(curve.benchmark, (price) => (Number.isFinite(price) ? price / first : null));
  const below = Array.from(drawdowns(curve.equity, capital), (value) => value * 100);
  const benchBelow = Array.from(drawdowns(fillGaps(curve.benchmark), first), (value) => value * 100);
  const end = time.at(-1);
  const line = (name: string, y: readonly unknown[], color: string, more: Record<string, unknown>) => ({
    type: "scatter",
    mode: "lines",
    name,
    x: time,
    y,
    ...more,
    line: { color, width: more.dash ? 1.1 : 1.75, dash: more.dash ?? "solid" },
  });
  const times = "%{y:.2f}×";
  const percent = "%{y:.1f} %";
  return {
    data: [
      line(curve.benchmarkName, bench, COLOR.bench, { dash: "dash", hovertemplate: times }),
      line("strategy", growth, COLOR.accent, { hovertemplate: times }),
      line(curve.benchmarkName, benchBelow, COLOR.bench, {
        dash: "dash",
        yaxis: "y2",
        hovertemplate: percent,
      }),
      line("strategy", below, COLOR.accent, {
        yaxis: "y2",
        fill: "tozeroy",
        fillcolor: COLOR.accentTint,
        hovertemplate: percent,
      }),
    ],
    layout: {
      ...baseLayout(420),
      xaxis: axis({ anchor: "y2", type: "date" }),
      yaxis: axis({ domain: [0.36, 1], type: "log", ticksuffix: "×", dtick: "D2" }),
      yaxis2: axis({ domain: [0, 0.3], ticksuffix: " %", nticks: 4 }),
      shapes: spans.map(spanShape),
      annotations: [
        lineLabel(
          `Strategy<br>${growth.at(-1)?.toFixed(2)}×`,
          end,
          Math.log10(growth.at(-1) ?? 1),
          COLOR.accent,
        ),
        lineLabel(
          curve.benchmarkName,
          end,
          Math.log10(bench.findLast((value) => value !== null) ?? 1),
          COLOR.bench,
        ),
        lineLabel(`Drawdown<br>max ${Math.min(0, ...below).toFixed(1)} %`, end, 0, COLOR.accent, "y2"),
        ...spans.map(spanLabel),
      ],
    },
  };
}

function spanShape(span: Span): Record<string, unknown> {
  const from = timeText(span.from);
  const common = { xref: "x", yref: "paper", y0: 0, y1: 1, x0: from, layer: "below" };
  return span.highlight
    ? { ...common, type: "rect", x1: timeText(span.to), fillcolor: COLOR.accentTint, line: { width: 0 } }
    : { ...common, type: "line", x1: from, line: { color: COLOR.bench, width: 1, dash: "dot" } };
}

function spanLabel(span: Span): Record<string, unknown> {
  return {
    text: span.highlight ? `<b>${span.name}</b>` : span.name,
    x: timeText(span.from),
    y: 1,
    yref: "paper",
    xanchor: "left",
    yanchor: "bottom",
    showarrow: false,
    font: { size: 11 },
  };
}

/** Carries the last price over missing bars. */
function fillGaps(prices: Float64Array): Float64Array {
  let last = prices.find(Number.isFinite) ?? Number.NaN;
  return prices.map((price) => {
    if (Number.isFinite(price)) last = price;
    return last;
  });
}
