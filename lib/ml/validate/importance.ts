/**
 * Which features a model lives on, judged on rows that it did not learn from.
 *
 *   permutation   how much worse a metric gets when a feature's values are shuffled among the test rows (Breiman 2001),
 *                 by fold: mean and standard error over folds and repeats
 */
import { createRng, fail, type Rng } from "#core";
import { type Dataset, subset } from "../dataset/dataset.ts";
import type { TrainedModel } from "../model.ts";
import { LOSSES } from "./compare.ts";
import { type CrossValidation, predictRows } from "./cross-validate.ts";
import { scoreValues } from "./scores.ts";

export interface FeatureImportance {
  readonly name: string;
  /** Mean over folds. */
  readonly value: number;
  /** Standard error of the mean; NaN of a single value. */
  readonly error: number;
}

export interface PermutationOptions {
  /** Default "logLoss" of classes, "rmse" of values, "pinball" of a quantile. */
  readonly metric?: string;
  /** Shuffles a fold, at least 1. Default 3. */
  readonly repeats?: number;
  /** Default 1. */
  readonly seed?: number;
}

/** By falling importance. Errors: `ml.bad-option`. */
export async function permutationImportance(
  { dataset, folds, outputs }: CrossValidation,
  options: PermutationOptions = {},
): Promise<FeatureImportance[]> {
  const { repeats = 3, seed = 1 } = options;
  const names = Object.keys(folds[0]!.metrics);
  const metric = options.metric ?? ["logLoss", "pinball", "rmse"].find((each) => names.includes(each))!;
  if (!names.includes(metric) || !(Number.isInteger(repeats) && repeats >= 1)) {
    fail("ml.bad-option", {
      message: `permutationImportance: metric is "${metric}" and repeats ${repeats}; the metrics are ${names.join(", ")}`,
      fields: { metric, repeats, names },
    });
  }
  const sign = LOSSES.includes(metric) ? 1 : -1;
  const losses = dataset.names.map((): number[] => []);
  for (const [f, { model, split, metrics }] of folds.entries()) {
    const tested = subset(dataset, split.test);
    for (let j = 0; j < dataset.names.length; j++) {
      for (let r = 0; r < repeats; r++) {
        const rng = createRng(seed, (f * dataset.names.length + j) * repeats + r);
        const predictions = await predictRows(model, shuffledColumn(tested, model, j, rng));
        const after = scoreValues({ dataset: tested, predictions, outputs })[metric]!;
        losses[j]!.push(sign * (after - metrics[metric]!));
      }
    }
  }
  return ranked(dataset.names, losses);
}

/** The mean and its error of values of each feature, by falling mean. */
export function ranked(
  names: readonly string[],
  values: readonly (readonly number[])[],
): FeatureImportance[] {
  return names
    .map((name, j) => {
      // A fold that cannot tell the metric (a single class) says nothing of its features.
      const list = values[j]!.filter((each) => !Number.isNaN(each));
      const value = list.reduce((sum, each) => sum + each / list.length, 0);
      const variance = list.reduce((sum, each) => sum + (each - value) ** 2, 0) / (list.length - 1);
      return { name, value: list.length > 0 ? value : Number.NaN, error: Math.sqrt(variance / list.length) };
    })
    .sort((a, b) => b.value - a.value);
}

/** The rows' own values of feature j, and those their windows reach, in another order. */
function shuffledColumn(dataset: Dataset, { window }: TrainedModel, j: number, rng: Rng): Dataset {
  const source = dataset.source.map((columns, s) => {
    const reached = new Uint8Array(columns[j]!.length);
    dataset.place.forEach((place, i) => {
      if (dataset.series[i] === s) reached.fill(1, Math.max(0, place - window + 1), place + 1);
    });
    const places = Uint32Array.from(reached.keys()).filter((at) => reached[at] === 1);
    const shuffled = columns[j]!.slice();
    for (let i = places.length - 1; i > 0; i--) {
      const [a, b] = [places[i]!, places[rng.nextInt(i + 1)]!];
      [shuffled[a], shuffled[b]] = [shuffled[b]!, shuffled[a]!];
    }
    return columns.map((column, k) => (k === j ? shuffled : column));
  });
  return { ...dataset, source };
}
