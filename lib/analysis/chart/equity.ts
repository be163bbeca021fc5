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

/** Pixels of a letter of a label, and of a row of them. */
const LETTER_WIDTH = 7;
const ROW_HEIGHT = 15;
const DAY_MS = 864e5;

/** Growth of 1 on a log scale with the drawdown below, both against holding the first instrument. */
export function equityFigure(curve: EquityCurve, spans: readonly Span[] = []): Figure {
  const { capital, benchmark } = curve;
  const start = benchmark.find(Number.isFinite) ?? Number.NaN;
  const held = benchmark.map((price) => price / start);
  const growth = curve.equity.map((value) => value / capital);
  const heldBelow = drawdowns(benchmark, start).map((share) => share * 100);
  const below = drawdowns(curve.equity, capital).map((share) => share * 100);
  const bars = drawnBars(held, growth, heldBelow, below);
  const time = Array.from(bars, (i) => plotTime(curve.time[i]!));
  const end = time.at(-1);
  const heldName = `${escapeHtml(curve.symbols[0] ?? "benchmark")} held`;
  const range = rangeOf(growth.map(Math.log10), held.map(Math.log10));
  const line = (column: Float64Array, yaxis: string) => ({
    type: "scatter",
    mode: lineMode(time.length),
    connectgaps: true,
    x: time,
    y: Array.from(bars, (i) => column[i]!),
    yaxis,
    hovertemplate: yaxis === "y" ? "%{y:.2f}×" : "%{y:.1f} %",
  });
  const quiet = { name: heldName, line: { color: COLOR.bench, width: 1.1, dash: "5px,3px" } };
  const strong = { name: "Strategy", line: { color: COLOR.accent, width: 1.75 } };
  return {
    data: [
      { ...line(held, "y"), ...quiet },
      { ...line(growth, "y"), ...strong },
      { ...line(below, "y2"), ...strong, fill: "tozeroy", fillcolor: COLOR.accentTint },
      { ...line(heldBelow, "y2"), ...quiet },
    ],
    layout: {
      ...baseLayout(440),
      margin: {
        l: 56,
        r: Math.max(96, 20 + LETTER_WIDTH * heldName.length),
        t: spans.length > 1 ? 40 : 24,
        b: 28,
      },
      xaxis: axis({ anchor: "y2", type: "date", range: timeRange(curve.time) }),
      yaxis: axis({ domain: [0.36, 1], type: "log", range, ...growthTicks(10 ** range[0], 10 ** range[1]) }),
      yaxis2: axis({
        domain: [0, 0.3],
        range: rangeOf(below, heldBelow, [-1, 0]),
        ticksuffix: " %",
        nticks: 4,
      }),
      shapes: spans.map(spanShape),
      annotations: [
        ...endLabels(
          [
            lineEnd("<b>Strategy</b>", growth, COLOR.accent, range[0]),
            lineEnd(heldName, held, COLOR.bench, range[0]),
          ],
          end,
          range,
        ),
        depthLabel(below, end),
        ...spans.map((span, i) => spanLabel(span, curve.time[0] ?? span.from, spans.length - 1 - i)),
      ],
    },
  };
}

/** From the first bar to the last; a day around a bar that stands alone. */
function timeRange(time: Float64Array): string[] {
  const [first = 0, last = first] = [time[0], time.at(-1)];
  return (first < last ? [first, last] : [first - DAY_MS, last + DAY_MS]).map(plotTime);
}

/** The end of a curve that lost everything, which a log scale has no place for, stands at the bottom. */
function lineEnd(name: string, growth: Float64Array, color: string, bottom: number) {
  const last = growth.findLast(Number.isFinite) ?? Number.NaN;
  return { text: `${name}<br>${numberText(last)}×`, y: last <= 0 ? bottom : Math.log10(last), color };
}

function depthLabel(below: Float64Array, end: unknown): Record<string, unknown> {
  const lowest = below.reduce((least, value) => Math.min(least, value), 0);
  const place = { yref: "y2", yanchor: "top", xshift: 6 };
  return label(`<b>Drawdown</b><br>max ${percentText(lowest / 100)}`, end, 0, COLOR.accent, place);
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

/** The names stand in two rows by turns: a short span has no room for its own beside the next one's. */
function spanLabel(
  { name, from, to, highlight }: Span,
  first: number,
  after: number,
): Record<string, unknown> {
  const text = `${escapeHtml(name)} ${spanText(from, to)}`;
  const place = topLabel(highlight ? `<b>${text}</b>` : text, plotTime(Math.max(from, first)));
  return { ...place, yshift: (after % 2) * ROW_HEIGHT };
}
