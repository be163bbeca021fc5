import type { Millis } from "#core";
import type { FailedPredictions } from "../strategy/types.ts";

/** By model: how often it did not predict a bar, and the last time. */
export type ModelFailures = Readonly<Record<string, ModelFailure>>;

export interface ModelFailure {
  readonly count: number;
  /** Venue time of the decision. */
  readonly time: Millis;
  readonly instrument: number;
  readonly reason: string;
}

/**
 * Adds those of one decision. @param bars by instrument, undefined where none closed: what failed for an earlier bar is
 * counted already.
 */
export function withFailures(
  before: ModelFailures,
  failed: FailedPredictions,
  bars: readonly unknown[],
  time: Millis,
): ModelFailures {
  const after: Record<string, ModelFailure> = { ...before };
  failed.forEach((models, instrument) => {
    if (bars[instrument] === undefined) return;
    for (const [name, reason] of Object.entries(models))
      after[name] = { count: (after[name]?.count ?? 0) + 1, time, instrument, reason };
  });
  return after;
}
