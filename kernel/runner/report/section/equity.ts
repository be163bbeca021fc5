import { drawdowns, equityFigure } from "#analysis";
import { plotlyText } from "../chart.ts";
import { numberText, percentText, spanText } from "../format.ts";
import type { Html } from "../html.ts";
import { type ReportContext, section } from "../section.ts";
import { drawnBars } from "../thin.ts";
import { type EquityEnds, equityLayout } from "./equity-layout.ts";

const HEIGHT = 440;

export function equity({ periods, charts }: ReportContext): Html | undefined {
  if (!periods) return undefined;
  const { curve, spans } = periods;
  const { strategy, capital, performance } = curve;
  const bars = drawnBars(curve.equity, curve.benchmark, capital);
  const pick = (column: Float64Array) => Float64Array.from(bars, (i) => column[i]!);
  const drawn = { time: pick(curve.time), equity: pick(curve.equity), benchmark: pick(curve.benchmark) };
  const prices = drawn.benchmark.filter(Number.isFinite);
  const symbol = curve.symbols[0] ?? "";
  const ends: EquityEnds = {
    symbol,
    from: curve.from,
    to: curve.to,
    grown: drawn.equity.at(-1)! / capital,
    held: prices.at(-1)! / prices[0]!,
    maxDrawdown: performance.maxDrawdown,
    range: rangeOf([
      ...drawn.equity.map((value) => value / capital),
      ...prices.map((price) => price / prices[0]!),
    ]),
  };
  const text =
    `Equity of ${strategy}, ${spanText(curve.from, curve.to)}: 1 became ${numberText(ends.grown)}, ` +
    `with a largest drawdown of ${percentText(performance.maxDrawdown)}. ${symbol} held became ` +
    `${numberText(ends.held)}, with a largest drawdown of ${percentText(Math.min(...drawdowns(prices, prices[0]!)))}.`;
  const figure = equityFigure({ ...drawn, capital, benchmarkName: `${plotlyText(symbol)} held` }, spans);
  const box = charts.add(figure, { text, height: HEIGHT, layout: equityLayout(figure, ends, spans) });
  return section(
    "Equity",
    `${spanText(curve.from, curve.to)}, start = 1, log scale, against ${symbol} held unlevered`,
    box,
  );
}

function rangeOf(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}
