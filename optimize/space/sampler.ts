import type { Params } from "#model";

/** A point that was tried. */
export interface ToldTrial {
  readonly params: Params;
  /** Higher is better. Anything that is not finite means that the trial failed. */
  readonly value: number;
}

/**
 * Proposes points of a space to try.
 * Contract: `ask` depends on the space, the seed and what was told, in that order, and on nothing else. So asking
 * again without telling gives the same point, and a new sampler that is told the same goes on in the same way.
 * Points lie inside the space, on its steps. A failed trial is never taken for a good one.
 */
export interface Sampler {
  /** The next point; undefined when all have been tried (grid only). */
  ask(): Params | undefined;
  tell(trial: ToldTrial): void;
}

/** The value for ranking: a failed trial stands below every other. */
export function rankValue(value: number): number {
  return Number.isFinite(value) ? value : -Infinity;
}
