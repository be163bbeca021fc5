import { fail } from "#core";
import type { Dataset } from "../dataset/dataset.ts";
import { checkBootstrap, intervalOf, resampleWeights } from "./bootstrap.ts";
import { blockOf, type Estimate, type ScoreOptions, scoreMetrics } from "./scores.ts";

export interface ModelComparison {
  readonly metric: string;
  readonly rows: number;
  readonly champion: number;
  readonly challenger: number;
  /** How much better the challenger is, in the metric's unit: above 0 is better, whichever way the metric points. */
  readonly gain: Estimate;
  /** Share of resamples in which the challenger is better. */
  readonly chance: number;
}

interface Contender {
  readonly predictions: readonly Float64Array[];
  readonly outputs: readonly string[];
}

/** Metrics of which less is better. */
export const LOSSES: readonly string[] = ["logLoss", "brier", "calibrationError", "rmse", "mae", "pinball"];

/**
 * Two models on the same rows: both are drawn from the same resamples of a block bootstrap, so that what makes rows easy
 * or hard for both cancels out. Rows that either cannot predict are left out of both.
 * @param metric one of `score`. Errors: `ml.bad-option`.
 */
export function compareModels(
  dataset: Dataset,
  champion: Contender,
  challenger: Contender,
  { metric, confidence = 0.95, resamples = 500, seed = 1, block }: ScoreOptions & { readonly metric: string },
): ModelComparison {
  checkBootstrap("compareModels", { confidence, resamples, seed, block });
  const isGood = dataset.target.map((_, i) => {
    const both = [...champion.predictions, ...challenger.predictions];
    return Number(both.every((column) => !Number.isNaN(column[i])));
  });
  const masked = ({ predictions, outputs }: Contender) => ({
    dataset,
    outputs,
    predictions: predictions.map((column) => column.map((p, i) => (isGood[i] === 1 ? p : Number.NaN))),
  });
  const [before, after] = [scoreMetrics(masked(champion)), scoreMetrics(masked(challenger))];
  const [old, fresh] = [before.metrics[metric], after.metrics[metric]];
  if (old === undefined || fresh === undefined) {
    return fail("ml.bad-option", {
      message: `compareModels: there is no metric "${metric}" of both; there are ${Object.keys(after.metrics).join(", ")}`,
      fields: { metric },
    });
  }
  const { dataset: rows } = after;
  const gainOf = (weights: Float64Array) =>
    LOSSES.includes(metric) ? old(weights) - fresh(weights) : fresh(weights) - old(weights);
  const gains = resampleWeights(rows.length, block ?? blockOf(rows), resamples, seed).map((draws) =>
    gainOf(draws.map((count, i) => count * rows.weight[i]!)),
  );
  return {
    metric,
    rows: rows.length,
    champion: old(rows.weight),
    challenger: fresh(rows.weight),
    gain: { value: gainOf(rows.weight), ...intervalOf(gains, confidence) },
    chance: gains.filter((gain) => gain > 0).length / gains.length,
  };
}
