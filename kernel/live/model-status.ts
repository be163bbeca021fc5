import type { Millis } from "#core";
import type { Manifest } from "#exports";
import type { Drift } from "#ml";
import type { TradingCore } from "./core/trading-core.ts";

/** How a model does: what `tickbook live status` shows, and what any page of figures can show. */
export interface ModelStatus {
  readonly name: string;
  /** Rows that one prediction looks at. */
  readonly window: number;
  /** Bars that it did not predict, since trading began. */
  readonly failures: number;
  readonly lastFailure: { readonly time: Millis; readonly symbol: string; readonly reason: string } | null;
  /** Null until it was measured. */
  readonly drift: ModelDrift | null;
}

/** What it was fed of late against what it was trained on. */
export interface ModelDrift {
  readonly word: DriftWord;
  /** Of its inputs, those of the warm-up too; predictions come with bars only. */
  readonly rows: number;
  /** The largest PSI of an input or the prediction, as `word` judges it; null without any. */
  readonly psi: number | null;
  /** Largest PSI first. */
  readonly lines: readonly DriftLine[];
}

/** `steady` below a PSI of 0.1, `moved` up to 0.25, `moved far` above. */
export type DriftWord = "too few rows" | "steady" | "moved" | "moved far";

/** Numbers that are not finite are null. */
export type DriftLine = {
  readonly [K in keyof Drift]: Drift[K] extends number ? number | null : Drift[K];
};

const MOVED = 0.1;
const MOVED_FAR = 0.25;
/** With fewer, ten bins differ by chance: a PSI of about 9 / rows is no drift. */
const ROWS_MIN = 200;

export function modelStatus(
  { models }: Pick<Manifest, "models">,
  { modelFailures, instruments }: Pick<TradingCore, "modelFailures" | "instruments">,
  drift: ReadonlyMap<string, readonly Drift[]>,
): ModelStatus[] {
  return Object.entries(models).map(([name, { window = 1 }]) => {
    const failure = modelFailures[name];
    const lines = drift.get(name);
    return {
      name,
      window,
      failures: failure?.count ?? 0,
      lastFailure: failure
        ? {
            time: failure.time,
            symbol: instruments[failure.instrument]!.symbol,
            reason: failure.reason,
          }
        : null,
      drift: lines ? driftStatus(lines) : null,
    };
  });
}

function driftStatus(lines: readonly Drift[]): ModelDrift {
  const sorted = [...lines].sort((a, b) => (b.psi || 0) - (a.psi || 0));
  // Predictions come only with bars, rows with the warm-up too.
  const judged = sorted.filter(({ rows, psi }) => rows >= ROWS_MIN && !Number.isNaN(psi));
  const psi = judged[0]?.psi;
  return {
    word: wordOf(psi),
    rows: Math.max(...lines.map(({ rows }) => rows)),
    psi: known(psi),
    lines: sorted.map((line) => ({
      name: line.name,
      rows: line.rows,
      missing: known(line.missing),
      psi: known(line.psi),
      ks: known(line.ks),
      pValue: known(line.pValue),
      mean: known(line.mean),
    })),
  };
}

function wordOf(psi: number | undefined): DriftWord {
  if (psi === undefined) return "too few rows";
  if (psi < MOVED) return "steady";
  return psi <= MOVED_FAR ? "moved" : "moved far";
}

/** JSON has no NaN. */
function known(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
