import { equityFigure } from "#analysis";
import { numberText, percentText, spanText } from "#core";
import type { Html } from "../html.ts";
import { type ReportContext, section } from "../section.ts";

export function equity({ periods, charts }: ReportContext): Html | undefined {
  if (!periods) return undefined;
  const { curve, spans } = periods;
  const { strategy, symbols, from, to, performance: own, benchmarkPerformance: held } = curve;
  const span = spanText(from, to);
  const text =
    `Equity of ${strategy}, ${span}: 1 became ${numberText(1 + own.totalReturn)}, ` +
    `with a largest drawdown of ${percentText(own.maxDrawdown)}. ${symbols[0] ?? ""} held became ` +
    `${numberText(1 + held.totalReturn)}, with a largest drawdown of ${percentText(held.maxDrawdown)}.`;
  const note = `${span}, start = 1, log scale, against ${symbols[0] ?? ""} held unlevered`;
  return section("Equity", note, charts.add(equityFigure(curve, spans), { text, height: 440 }));
}
