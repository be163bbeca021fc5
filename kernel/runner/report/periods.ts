import type { Span } from "#analysis";
import type { BacktestResult } from "#backtest";
import type { ReportFacts } from "./facts.ts";

/** A backtest and what its span was to the strategy. */
export interface Period {
  readonly name: "Trained" | "Tuned" | "Out of sample" | "Backtest" | "Earlier";
  readonly backtest: BacktestResult;
}

export interface Periods {
  /** The last backtest of the run: what the report is about. */
  readonly main: Period;
  /** With the main one, by start. */
  readonly all: readonly Period[];
  /** One that spans all of them, if there is one, else the main one: for the equity, its months and its trades. */
  readonly curve: BacktestResult;
  /** Empty where the curve is the main backtest alone. */
  readonly spans: readonly Span[];
}

const EARLIER_SHOWN = 3;

/**
 * Arranges the backtests of the last one's strategy, with the last one's parameters: those with others tell nothing
 * about it. Of several over one span the last counts.
 */
export function arrangePeriods(facts: ReportFacts): Periods | undefined {
  const last = facts.backtests.at(-1);
  if (!last) return undefined;
  const same = facts.backtests.filter((each) => identity(each) === identity(last));
  const bySpan = [...new Map(same.map((each) => [`${each.from} ${each.to}`, each])).values()];
  const others = bySpan.filter((each) => each !== last && !(each.from === last.from && each.to === last.to));
  const whole = others.find((each) => bySpan.every(({ from, to }) => each.from <= from && each.to >= to));
  const earlier = others.filter((each) => each !== whole).slice(-EARLIER_SHOWN);
  const main: Period = { name: mainName(last, facts), backtest: last };
  const all = [
    ...earlier.map((backtest): Period => ({ name: earlierName(backtest, facts), backtest })),
    main,
  ].sort((a, b) => a.backtest.from - b.backtest.from);
  return { main, all, curve: whole ?? last, spans: whole ? all.map((period) => spanOf(period, main)) : [] };
}

function identity({ strategy, symbols, params }: BacktestResult): string {
  const sorted = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([strategy, symbols, sorted]);
}

/** Out of sample is only what begins after everything that was learnt from or searched on. */
function mainName(last: BacktestResult, facts: ReportFacts): Period["name"] {
  const fitted = fittedSpans(last, facts);
  if (fitted.length === 0) return "Backtest";
  return fitted.every(({ to }) => last.from > to) ? "Out of sample" : "Backtest";
}

function earlierName(backtest: BacktestResult, facts: ReportFacts): Period["name"] {
  const mostlyIn = (span: { readonly from: number; readonly to: number }) =>
    Math.min(span.to, backtest.to) - Math.max(span.from, backtest.from) > (backtest.to - backtest.from) / 2;
  if (facts.studies.some((study) => study.strategy === backtest.strategy && mostlyIn(study))) return "Tuned";
  return facts.trainings.some(mostlyIn) ? "Trained" : "Earlier";
}

function fittedSpans({ strategy }: BacktestResult, { trainings, studies }: ReportFacts) {
  return [...trainings, ...studies.filter((study) => study.strategy === strategy)];
}

function spanOf(period: Period, main: Period): Span {
  const { from, to } = period.backtest;
  return { name: period.name, from, to, highlight: period === main };
}
