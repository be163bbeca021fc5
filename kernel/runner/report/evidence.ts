import type { Performance } from "#analysis";
import { countText, numberText, percentText, spanText } from "#core";
import type { CellFact } from "#session";
import { factsFrom } from "./facts.ts";
import { arrangePeriods, type Period } from "./periods.ts";
import { searchOf, warningTexts } from "./section/luck.ts";

/** What a run's backtests say of the strategy that was backtested last, as texts. */
export interface Evidence {
  readonly columns: readonly {
    readonly label: string;
    readonly detail: string;
    readonly isOutOfSample: boolean;
  }[];
  readonly rows: readonly { readonly label: string; readonly values: readonly string[] }[];
  /** How many trials stand behind it. */
  readonly note?: string;
  /** What to be wary of, a sentence each. */
  readonly warnings: readonly string[];
}

type Row = readonly [label: string, text: (performance: Performance) => string];

const ROWS: readonly Row[] = [
  ["Sharpe", ({ sharpe }) => numberText(sharpe)],
  ["Return a year", ({ annualReturn }) => percentText(annualReturn, 1, true)],
  ["Largest drawdown", ({ maxDrawdown }) => percentText(maxDrawdown)],
];

/** Undefined for a run without a backtest. */
export function evidenceOf(cellFacts: readonly CellFact[]): Evidence | undefined {
  const facts = factsFrom(cellFacts);
  const periods = arrangePeriods(facts);
  if (!periods) return undefined;
  const { main, all } = periods;
  const { own, search } = searchOf(facts, periods);
  const held = main.backtest.benchmarkPerformance;
  const rows = ROWS.map(([label, text]) => ({
    label,
    values: [...all.map(({ backtest }) => text(backtest.performance)), text(held)],
  }));
  const trades = { label: "Trades", values: [...all.map(tradesText), "–"] };
  return {
    columns: [
      ...all.map((period) => ({
        label: period.name,
        detail: spanText(period.backtest.from, period.backtest.to),
        isOutOfSample: period.name === "Out of sample",
      })),
      { label: `${main.backtest.symbols[0] ?? "Index"} held`, detail: "", isOutOfSample: false },
    ],
    rows: [...rows, trades],
    ...(search
      ? { note: `${countText(search.trials)} trials, deflated Sharpe ${numberText(search.deflated)}.` }
      : {}),
    warnings: [...lostText(all, main), ...warningTexts(main.name, main.backtest, own, search)],
  };
}

function tradesText({ backtest }: Period): string {
  return countText(backtest.trades.filter(({ closedAt }) => closedAt !== undefined).length);
}

/** A loss of more than a fifth from the span that was searched on. */
function lostText(all: readonly Period[], main: Period): string[] {
  const tuned = all.find(({ name }) => name === "Tuned")?.backtest.performance.sharpe ?? Number.NaN;
  const out = main.backtest.performance.sharpe;
  if (main.name !== "Out of sample" || !(tuned > 0 && out < 0.8 * tuned)) return [];
  return [
    `The Sharpe ratio falls ${percentText(1 - out / tuned, 0)} out of sample, from ${numberText(tuned)} to ${numberText(out)}.`,
  ];
}
