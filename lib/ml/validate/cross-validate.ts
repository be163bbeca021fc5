import { fail, type StartProgress, silentProgress } from "#core";
import { type Dataset, subset } from "../dataset/dataset.ts";
import { needOption } from "../dataset/label/labels.ts";
import { assertSplits, type CombinatorialSplits, type Split } from "../dataset/splits.ts";
import type { TrainedModel } from "../model.ts";
import { type ScoreOptions, type Scores, score, scoreValues } from "./scores.ts";

export interface CrossValidateOptions<M extends TrainedModel> {
  readonly dataset: Dataset;
  /** Of {@link walkForward}, {@link purgedKFold} or {@link combinatorialPurged}. */
  readonly splits: readonly Split[] | CombinatorialSplits;
  /** Trains on the rows of one split, and sees no others. */
  readonly train: (dataset: Dataset, split: Split) => Promise<M>;
  /** Splits trained at a time; trainings run in workers of their own. Default 2. */
  readonly parallel?: number;
  readonly scores?: ScoreOptions;
  readonly startProgress?: StartProgress;
  /** Stops before the next split: rejects with `ml.interrupted`. */
  readonly signal?: AbortSignal | undefined;
}

export interface Fold<M extends TrainedModel = TrainedModel> {
  readonly split: Split;
  readonly model: M;
  /** Predictions of the split's test rows, one array an output. */
  readonly predictions: readonly Float64Array[];
  readonly metrics: Readonly<Record<string, number>>;
}

export interface CrossValidation<M extends TrainedModel = TrainedModel> {
  readonly dataset: Dataset;
  readonly folds: readonly Fold<M>[];
  readonly outputs: readonly string[];
  /** One a row of the dataset and output, by models that did not learn from it; NaN where none was tested. */
  readonly predictions: readonly Float64Array[];
  /** Means over the test blocks, each row counting the same. */
  readonly scores: Scores;
  /** Of combinatorial splits: each path's own predictions and scores. */
  readonly paths: readonly { readonly predictions: readonly Float64Array[]; readonly scores: Scores }[];
}

/**
 * Trains on each split and predicts its test rows. Rows that several splits test (combinatorial) get the mean of their
 * predictions; `paths` keeps them apart.
 * Errors: those of training, `ml.bad-option` (also for splits that leak), `ml.interrupted`.
 */
export async function crossValidate<M extends TrainedModel>(
  options: CrossValidateOptions<M>,
): Promise<CrossValidation<M>> {
  const { dataset, train, signal, startProgress = silentProgress, parallel = 2 } = options;
  const { combined, splits } = splitsOf(options.splits);
  assertSplits(dataset, splits);
  const isCount = Number.isInteger(parallel) && parallel >= 1;
  needOption(isCount, "crossValidate", "parallel", parallel, "a whole number, at least 1");
  const folds: Fold<M>[] = new Array(splits.length);
  const progress = startProgress("cross-validate", splits.length);
  let [next, done] = [0, 0];
  const goOn = () => {
    if (!signal?.aborted) return;
    fail("ml.interrupted", {
      message: `cross-validation was stopped after ${done} of ${splits.length} splits`,
    });
  };
  const work = async () => {
    while (next < splits.length) {
      goOn();
      const at = next++;
      const split = splits[at]!;
      const model = await train(subset(dataset, split.train), split);
      // A training that was stopped gives what it had: no model of the split.
      goOn();
      const tested = subset(dataset, split.test);
      const predictions = await predictRows(model, tested);
      const metrics = scoreValues({ dataset: tested, predictions, outputs: model.outputs });
      folds[at] = { split, model, predictions, metrics };
      progress.update(++done, split.name);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(parallel, splits.length) }, work));
  } catch (error) {
    // The others end with the split that they are at.
    next = splits.length;
    throw error;
  } finally {
    progress.end();
  }
  const { outputs } = folds[0]!.model;
  const predictions = meanPredictions(dataset.length, outputs.length, folds);
  const parts = partsOf(dataset.length, combined?.blocks ?? splits.map((split) => split.test));
  const scoreOf = (each: readonly Float64Array[]) =>
    score({ dataset, predictions: each, outputs, parts }, options.scores);
  const paths = (combined?.paths ?? []).map((path) => {
    const own = pathPredictions(dataset.length, outputs.length, folds, combined!, path);
    return { predictions: own, scores: scoreOf(own) };
  });
  return { dataset, folds, outputs, predictions, scores: scoreOf(predictions), paths };
}

function splitsOf(given: readonly Split[] | CombinatorialSplits) {
  const combined = typeof given === "object" && given !== null && "paths" in given ? given : undefined;
  const splits = combined?.splits ?? (given as readonly Split[]);
  const isList = Array.isArray(splits) && splits.length > 0;
  const shown = Array.isArray(splits) ? `${splits.length} splits` : typeof splits;
  needOption(isList, "crossValidate", "splits", shown, "a list of splits, at least one");
  return { combined, splits };
}

/** The predictions of a dataset's rows, one array an output; windows reach into the whole columns. */
export async function predictRows(
  model: TrainedModel,
  dataset: Pick<Dataset, "length" | "source" | "series" | "place">,
): Promise<Float64Array[]> {
  const { length, source, series, place } = dataset;
  const out = model.outputs.map(() => new Float64Array(length).fill(Number.NaN));
  for (const [s, columns] of source.entries()) {
    const rows = Uint32Array.from(place.keys()).filter((i) => series[i] === s);
    if (rows.length === 0) continue;
    let [from, to] = [Number.POSITIVE_INFINITY, 0];
    for (const row of rows) {
      from = Math.min(from, place[row]!);
      to = Math.max(to, place[row]! + 1);
    }
    from = Math.max(0, from - model.window + 1);
    const found = await model.predict(columns.map((column) => column.subarray(from, to)));
    for (const row of rows)
      for (const [o, column] of found.entries()) out[o]![row] = column[place[row]! - from]!;
  }
  return out;
}

/** The test block of each row. */
function partsOf(rows: number, blocks: readonly Uint32Array[]): Uint32Array {
  const parts = new Uint32Array(rows);
  blocks.forEach((block, b) => {
    for (const row of block) parts[row] = b + 1;
  });
  return parts;
}

function meanPredictions(rows: number, outputs: number, folds: readonly Fold[]): Float64Array[] {
  const counts = new Uint32Array(rows);
  const sums = Array.from({ length: outputs }, () => new Float64Array(rows));
  for (const { split, predictions } of folds) {
    split.test.forEach((row, i) => {
      counts[row]!++;
      for (let o = 0; o < outputs; o++) sums[o]![row]! += predictions[o]![i]!;
    });
  }
  return sums.map((sum) => sum.map((each, row) => each / counts[row]!));
}

function pathPredictions(
  rows: number,
  outputs: number,
  folds: readonly Fold[],
  { blocks }: CombinatorialSplits,
  path: readonly number[],
): Float64Array[] {
  const out = Array.from({ length: outputs }, () => new Float64Array(rows).fill(Number.NaN));
  path.forEach((s, block) => {
    const { split, predictions } = folds[s]!;
    const wanted = new Set(blocks[block]);
    split.test.forEach((row, i) => {
      if (wanted.has(row)) for (let o = 0; o < outputs; o++) out[o]![row] = predictions[o]![i]!;
    });
  });
  return out;
}
