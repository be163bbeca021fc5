import { escapeHtml, numberText, percentText, shortText, spanText } from "#core";
import { drawdowns } from "../risk/performance.ts";
import {
  axis,
  baseLayout,
  COLOR,
  endLabels,
  type Figure,
  label,
  lineMode,
  plotTime,
  rangeOf,
  rule,
  topLabel,
} from "./figure.ts";
import { drawnBars } from "./thin.ts";

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
  /** Price of the first symbol, which is compared with; NaN where it has none. */
  readonly benchmark: Float64Array;
  readonly symbols: readonly string[];
  readonly capital: number;
}

/** Growth of 1 on a log scale with the drawdown below, both against holding the first instrument. */
export function equityFigure(curve: EquityCurve, spans: readonly Span[] = []): Figure {
  const { capital, benchmark } = curve;
  const start = benchmark.find(Number.isFinite) ?? Number.NaN;
  const columns = [
    benchmark.map((price) => price / start),
    curve.equity.map((value) => value / capital),
    drawdowns(benchmark, start).map((share) => share * 100),
    drawdowns(curve.equity, capital).map((share) => share * 100),
  ];
  const bars = drawnBars(...columns);
  const time = Array.from(bars, (i) => plotTime(curve.time[i]!));
  const [held, growth, heldBelow, below] = columns.map((column) => Array.from(bars, (i) => column[i]!)) as [
    number[],
    number[],
    number[],
    number[],
  ];
  const end = time.at(-1);
  const heldName = `${escapeHtml(curve.symbols[0] ?? "benchmark")} held`;
  const range = rangeOf(growth.map(Math.log10), held.map(Math.log10));
  const lowest = below.reduce((least, value) => Math.min(least, value), 0);
  const line = (y: readonly number[], yaxis: string) => ({
    type: "scatter",
    mode: lineMode(time.length),
    connectgaps: true,
    x: time,
    y,
    yaxis,
    hovertemplate: yaxis === "y" ? "%{y:.2f}×" : "%{y:.1f} %",
  });
  const quiet = { name: heldName, line: { color: COLOR.bench, width: 1.1, dash: "dash" } };
  const strong = { name: "Strategy", line: { color: COLOR.accent, width: 1.75 } };
  return {
    data: [
      { ...line(held, "y"), ...quiet },
      { ...line(growth, "y"), ...strong },
      { ...line(heldBelow, "y2"), ...quiet },
      { ...line(below, "y2"), ...strong, fill: "tozeroy", fillcolor: COLOR.accentTint },
    ],
    layout: {
      ...baseLayout(440),
      margin: { l: 56, r: 112, t: 24, b: 28 },
      xaxis: axis({ anchor: "y2", type: "date", ...(time.length > 1 ? { range: [time[0], end] } : {}) }),
      yaxis: axis({ domain: [0.36, 1], type: "log", range, ...growthTicks(10 ** range[0], 10 ** range[1]) }),
      yaxis2: axis({ domain: [0, 0.3], range: rangeOf(below, heldBelow, [-1, 0]), ticksuffix: " %", nticks: 4 }),
      shapes: spans.map(spanShape),
      annotations: [
        ...endLabels([lineEnd("<b>Strategy</b>", growth, COLOR.accent), lineEnd(heldName, held, COLOR.bench)], end, range),
        label(`<b>Drawdown</b><br>max ${percentText(lowest / 100)}`, end, 0, COLOR.accent, {
          yref: "y2",
          yanchor: "top",
          xshift: 6,
        }),
        ...spans.map((span) => spanLabel(span, curve.time[0] ?? span.from)),
      ],
    },
  };
}

function lineEnd(name: string, growth: readonly number[], color: string) {
  const last = growth.findLast(Number.isFinite) ?? Number.NaN;
  return { text: `${name}<br>${numberText(last)}×`, y: Math.log10(last), color };
}

/** Powers of two where the curves go that far, else even steps: about 9 at most. */
function growthTicks(low: number, high: number): { tickvals: number[]; ticktext: string[] } {
  const every = Math.ceil(Math.log2(high / low) / 8);
  const powers = multiples(every, Math.log2(low), Math.log2(high)).map((power) => 2 ** power);
  const unit = 10 ** Math.floor(Math.log10((high - low) / 8));
  const step = unit * [1, 2, 5, 10].find((each) => each * unit >= (high - low) / 8)!;
  const tickvals = powers.length >= 3 ? powers : multiples(step, low, high);
  return { tickvals, ticktext: tickvals.map((value) => `${shortText(value)}×`) };
}

function multiples(step: number, low: number, high: number): number[] {
  const first = Math.ceil(low / step);
  const count = Math.max(0, Math.floor(high / step) - first + 1);
  return Array.from({ length: count }, (_, i) => (first + i) * step);
}

function spanShape({ from, to, highlight }: Span): Record<string, unknown> {
  const edge = rule(plotTime(from));
  return highlight
    ? { ...edge, type: "rect", x1: plotTime(to), fillcolor: COLOR.accentTint, line: { width: 0 } }
    : edge;
}

function spanLabel({ name, from, to, highlight }: Span, first: number): Record<string, unknown> {
  const text = `${escapeHtml(name)} ${spanText(from, to)}`;
  return topLabel(highlight ? `<b>${text}</b>` : text, plotTime(Math.max(from, first)));
}
