import type { BacktestResult } from "#backtest";
import type { DataReport } from "#data";
import type { ParityReport } from "#exports";
import type { Study } from "#optimize";
import type { CellFact, TrainingFact } from "#session";

export interface ExportFact {
  /** sha256 of the model's file. */
  readonly hash: string;
  readonly inputs: readonly string[];
  readonly parity: ParityReport;
}

export interface StudyFact extends Study {
  readonly strategy: string;
  readonly objective: string;
  /** First and last bar of every trial. */
  readonly from: number;
  readonly to: number;
  readonly seconds: number;
}

/** What the cells recorded, by kind, in order. */
export interface ReportFacts {
  readonly data: readonly DataReport[];
  readonly trainings: readonly TrainingFact[];
  readonly exports: readonly ExportFact[];
  readonly studies: readonly StudyFact[];
  readonly backtests: readonly BacktestResult[];
}

/** Sorts the facts. Data and models that were recorded again are listed once. */
export function factsFrom(facts: readonly CellFact[]): ReportFacts {
  const of = <T>(kind: CellFact["fact"]["kind"]) =>
    facts.filter(({ fact }) => fact.kind === kind).map(({ fact }) => fact.value as T);
  return {
    data: firstOfEach(of<DataReport>("data"), ({ hash }) => hash),
    trainings: of<TrainingFact>("training"),
    exports: firstOfEach(of<ExportFact>("export"), ({ hash }) => hash),
    studies: of<StudyFact>("study"),
    backtests: of<BacktestResult>("backtest"),
  };
}

function firstOfEach<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  return [...new Map(items.toReversed().map((item) => [keyOf(item), item])).values()].toReversed();
}
