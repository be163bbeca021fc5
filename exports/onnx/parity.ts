/**
 * Whether the exported file predicts what the trainer predicts.
 *
 * Symbols: p trainer, q onnxruntime, both float32, every output of the model.
 *   absolute error |p - q|; relative error |p - q| / max(|p|, |q|), shown only: chances next to 0 differ relatively by
 *   design of the sigmoid kernels
 *   error |p - q| / P: what is held against the limit. P is 1 for chances, else the largest |p| of the group or of the
 *   training rows, so that returns of 0.001 are held to five digits too. NaN on one side only is an infinite error.
 * Far from the training rows a network may cancel large numbers: where its trainer's own predictions move by an eighth of
 * the error when its inputs move by two float32 steps, neither side is right, and the row counts as unsteady instead.
 */
import { createRng, fail, type Rng } from "#core";
import type { OnnxPredictor, TrainedModel } from "#ml";
import { type Columns, rowGroups } from "./parity-rows.ts";

export type { Columns };

/** Largest error that an export may have: of networks, and of trees, whose classes must be equal as well. */
export const PARITY_LIMIT = 1e-5;
export const TREE_PARITY_LIMIT = 1e-6;

export interface ParityReport {
  readonly limit: number;
  readonly rows: number;
  readonly maxAbsolute: number;
  readonly maxRelative: number;
  /** The largest that is held against the limit. */
  readonly maxError: number;
  readonly passed: boolean;
  /** The same by kind of rows. */
  readonly groups: readonly ParityGroup[];
  /** Rows far from those of training on which float32 itself cannot tell the prediction; they are not held to the limit. */
  readonly unsteadyRows: number;
  /** Rows whose predictions are equal in every bit. */
  readonly exactRows: number;
  /** Rows whose likeliest class differs: none may, for trees. Undefined for a model of no classes. */
  readonly classErrors?: number;
  /** The other rows by size of the absolute error: from <= error < to; the last bin takes all above. */
  readonly histogram: readonly { readonly from: number; readonly to: number; readonly rows: number }[];
  /** Training rows predicted by onnxruntime alone and together, and those that are equal in every bit. */
  readonly batch: {
    /** False for a model whose batches differ: it is run row by row everywhere. */
    readonly isBatched: boolean;
    readonly rows: number;
    readonly equalRows: number;
  };
}

export interface ParityGroup {
  readonly name: "training" | "random" | "prices" | "extreme" | "missing" | "edges";
  readonly rows: number;
  readonly maxAbsolute: number;
  readonly maxRelative: number;
}

const BATCH_ROWS = 512;
/** Rows unlike those of training. */
const FAR: readonly string[] = ["random", "prices", "extreme"];
const EDGES = [0, 1e-9, 1e-8, 1e-7, 1e-6, PARITY_LIMIT, 1];

/** The part of a model that parity needs. */
export type Trainer = Pick<
  TrainedModel,
  "names" | "window" | "required" | "outputs" | "sample" | "origin" | "predict"
> & { readonly ensemble?: Parameters<typeof rowGroups>[0]["ensemble"] };

/** Compares the two on training rows, random rows, raw price levels, rows far outside, missing values and edges of trees. */
export async function checkParity(trainer: Trainer, predictor: OnnxPredictor): Promise<ParityReport> {
  const limit = trainer.ensemble === undefined ? PARITY_LIMIT : TREE_PARITY_LIMIT;
  const groups: ParityGroup[] = [];
  const errors: number[] = [];
  const rng = createRng(trainer.origin.seed);
  const isOfClasses = trainer.outputs.every((output) => /^(probability|p\d+)$/.test(output));
  let [maxError, classErrors, usual, unsteadyRows] = [0, 0, 0, 0];
  for (const { name, columns } of rowGroups(trainer, rng)) {
    const p = await trainer.predict(columns);
    const q = await predictor.predictAll(columns);
    const compared = compare(p, q);
    groups.push({ name, ...compared.group });
    errors.push(...compared.errors);
    if (name === "training") {
      usual = compared.scale;
      assertPredicted([...p, ...q]);
    }
    const unit = isOfClasses ? 1 : Math.max(usual, compared.scale) || 1;
    let largest = compared.group.maxAbsolute;
    if (largest > limit * unit && FAR.includes(name) && trainer.ensemble === undefined) {
      const steps = await stepsOf(trainer, columns, p, rng);
      const isUnsteady = (error: number, i: number) => error > limit * unit && error <= 8 * steps[i]!;
      unsteadyRows += compared.errors.reduce((count, error, i) => count + Number(isUnsteady(error, i)), 0);
      largest = maxOf(compared.errors.map((error, i) => (isUnsteady(error, i) ? 0 : error)));
    }
    maxError = Math.max(maxError, largest / unit);
    classErrors += classDifferences(p, q);
  }
  const classesHold = !isOfClasses || trainer.ensemble === undefined || classErrors === 0;
  return {
    limit,
    rows: errors.length,
    maxAbsolute: maxOf(groups.map((group) => group.maxAbsolute)),
    maxRelative: maxOf(groups.map((group) => group.maxRelative)),
    maxError,
    passed: maxError <= limit && classesHold,
    groups,
    unsteadyRows,
    exactRows: errors.filter((error) => error === 0).length,
    ...(isOfClasses ? { classErrors } : {}),
    histogram: histogramOf(errors.filter((error) => error > 0)),
    batch: await compareBatch(trainer, predictor),
  };
}

/** How far the trainer's predictions of each row move at most when inputs move by two float32 steps either way. */
async function stepsOf(trainer: Trainer, columns: Columns, p: Columns, rng: Rng): Promise<Float64Array> {
  const steps = new Float64Array(p[0]!.length);
  for (let draw = 0; draw < 8; draw++) {
    const moved = columns.map((column) =>
      column.map((x) => x * (1 + (rng.next() < 0.5 ? -1 : 1) * 2 ** -22)),
    );
    compare(p, await trainer.predict(moved)).errors.forEach((error, i) => {
      if (Number.isFinite(error)) steps[i] = Math.max(steps[i]!, error);
    });
  }
  return steps;
}

/** Rows without a prediction agree with anything. Errors: `exports.bad-option`. */
function assertPredicted(predictions: Columns): void {
  if (predictions.some((column) => column.some((value) => !Number.isNaN(value)))) return;
  const rows = predictions[0]?.length ?? 0;
  fail("exports.bad-option", {
    message: `the model predicts none of the ${rows} rows that it keeps of its training: all are NaN`,
    hint: "Look for NaN among its weights, and train it again.",
    fields: { rows },
  });
}

/** The largest error of each row over its outputs. */
export function compare(p: Columns, q: Columns) {
  const rows = p[0]!.length;
  const errors = new Float64Array(rows);
  const relative = new Float64Array(rows);
  let scale = 0;
  p.forEach((column, o) => {
    for (let i = 0; i < rows; i++) {
      const [a, b] = [column[i]!, q[o]![i]!];
      const error = errorOf(a, b);
      if (Number.isFinite(a)) scale = Math.max(scale, Math.abs(a));
      errors[i] = Math.max(errors[i]!, error);
      if (error > 0)
        relative[i] = Math.max(relative[i]!, error / (Math.max(Math.abs(a), Math.abs(b)) || 1) || 0);
    }
  });
  return { errors, scale, group: { rows, maxAbsolute: maxOf(errors), maxRelative: maxOf(relative) } };
}

function errorOf(p: number, q: number): number {
  if (Object.is(p, q) || p === q) return 0;
  const error = Math.abs(p - q);
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
}

/** Rows whose largest output is another one; of a single output, those on the other side of 1/2. */
function classDifferences(p: Columns, q: Columns): number {
  const classAt = (outputs: Columns, i: number) =>
    outputs.length === 1
      ? Number(outputs[0]![i]! >= 0.5)
      : outputs.reduce((best, output, o) => (output[i]! > outputs[best]![i]! ? o : best), 0);
  let count = 0;
  for (let i = 0; i < p[0]!.length; i++) if (classAt(p, i) !== classAt(q, i)) count++;
  return count;
}

function histogramOf(errors: readonly number[]): ParityReport["histogram"] {
  return EDGES.slice(1).map((to, i) => {
    const from = EDGES[i]!;
    const isLast = i === EDGES.length - 2;
    return { from, to, rows: errors.filter((error) => error >= from && (isLast || error < to)).length };
  });
}

function maxOf(values: ArrayLike<number>): number {
  let max = 0;
  for (let i = 0; i < values.length; i++) max = Math.max(max, values[i]!);
  return max;
}

async function compareBatch(
  { sample, window }: Trainer,
  predictor: OnnxPredictor,
): Promise<ParityReport["batch"]> {
  const columns = sample.map((column) => column.subarray(0, BATCH_ROWS));
  const together = await predictor.predict(columns);
  const k = columns.length;
  const rows = new Float64Array(window * k);
  let [equalRows, count] = [0, 0];
  for (let i = window - 1; i < together.length; i++) {
    for (let at = 0; at < window; at++)
      for (let j = 0; j < k; j++) rows[at * k + j] = columns[j]![i - window + 1 + at]!;
    count++;
    if (Object.is(await predictor.predictRow(rows), together[i])) equalRows++;
  }
  return { isBatched: predictor.isBatched, rows: count, equalRows };
}
