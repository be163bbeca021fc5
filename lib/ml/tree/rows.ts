/** From a dataset to the rows that engines train on: float32 columns in shared memory, targets, weights, groups. */
import { countText, fail, numberText } from "#core";
import type { Dataset } from "../dataset/dataset.ts";
import { splitInTime } from "../dataset/dataset.ts";
import { need, needWeights } from "../train-options.ts";
import { ABOVE_ALL } from "./boost/grow.ts";
import { chunksOf, type TrainingRows } from "./boost/memory.ts";
import { classCount, type TreeSettings } from "./options.ts";

/** So that gains and covers stay within float32. */
const TARGET_MAX = 1e12;
const CLASSES_MAX = 1000;
const GRADE_MAX = 31;
const CATEGORY_MAX = 254;

export interface PreparedRows {
  readonly data: TrainingRows;
  /** The training rows' places in the dataset. */
  readonly train: Uint32Array;
  /** One a column: whether training rows lack no value there. */
  readonly required: readonly boolean[];
  /** Training rows left out because their label looks into validation. */
  readonly purged: number;
}

/**
 * Gives way after each column, so that the host can draw and take an interrupt.
 * Errors: `ml.empty-dataset`, `ml.bad-option`, `ml.bad-target`, `ml.bad-category`, `ml.extreme-feature`.
 */
export async function prepareRows(dataset: Dataset, settings: TreeSettings): Promise<PreparedRows> {
  const { train, validation } = splitInTime(dataset, settings.validation);
  if (train.length === 0) {
    fail("ml.empty-dataset", {
      message: `no row is left to learn from: of ${dataset.length} rows ${validation.length} are for validation, the others' labels look into those`,
      hint: "Use more bars, a shorter horizon or less validation.",
      fields: { rows: dataset.length, validation: settings.validation },
    });
  }
  const picked = new Uint32Array(train.length + validation.length);
  picked.set(train);
  picked.set(validation, train.length);
  await new Promise(setImmediate);
  const groupStart =
    settings.objective === "ranking" ? groupsOf(dataset, picked, train.length) : new Int32Array(0);
  const target = targetsOf(dataset, settings, picked, train.length, groupStart);
  await new Promise(setImmediate);
  const weight = weightsOf(dataset, settings, picked, target, train.length);
  const isWeighted = weight.some((each) => each !== weight[0]);
  const columns: Float32Array[] = [];
  const required: boolean[] = [];
  for (let f = 0; f < dataset.names.length; f++) {
    await new Promise(setImmediate);
    const column = columnOf(dataset, picked, f, settings.categorical[f]!);
    columns.push(column);
    required.push(!column.subarray(0, train.length).some(Number.isNaN));
  }
  await new Promise(setImmediate);
  const data: TrainingRows = {
    rows: train.length,
    total: picked.length,
    columns,
    target,
    weight,
    isWeighted,
    outputs: settings.objective === "multiclass" ? classCount(dataset, settings.objective) : 1,
    groupStart,
    ...chunksOf(train.length, picked.length, groupStart),
  };
  return { data, train, required, purged: dataset.length - picked.length };
}

function columnOf(dataset: Dataset, picked: Uint32Array, f: number, isCategorical: boolean): Float32Array {
  const name = dataset.names[f]!;
  const source = dataset.columns[f]!;
  const column = new Float32Array(new SharedArrayBuffer(4 * picked.length));
  for (let i = 0; i < picked.length; i++) {
    const x = source[picked[i]!]!;
    column[i] = x;
    if (Math.abs(column[i]!) >= ABOVE_ALL) {
      fail("ml.extreme-feature", {
        message: `row ${countText(picked[i]! + 1)} of feature "${name}" is ${x}, which float32 cannot hold`,
        hint: "Look at the feature's column; use a ratio or a logarithm.",
        fields: { feature: name, row: picked[i], value: x },
      });
    }
    if (isCategorical && !Number.isNaN(x) && !(Number.isInteger(x) && x >= 0 && x <= CATEGORY_MAX)) {
      fail("ml.bad-category", {
        message: `row ${countText(picked[i]! + 1)} of the categorical feature "${name}" is ${x}; categories are whole numbers from 0 to ${CATEGORY_MAX}`,
        hint: "Number the categories from 0, the rare ones together, or leave the feature out of categorical.",
        fields: { feature: name, row: picked[i], value: x },
      });
    }
  }
  return column;
}

/** First row of each group of one bar time, training before validation. */
function groupsOf({ time, label }: Dataset, picked: Uint32Array, rows: number): Int32Array {
  const starts: number[] = [];
  for (let i = 0; i < picked.length; i++)
    if (i === 0 || i === rows || time[picked[i]!] !== time[picked[i - 1]!]) starts.push(i);
  if (starts.length === picked.length) {
    fail("ml.bad-target", {
      message: `every bar time has one row: there is nothing to rank ${label} within`,
      hint: "Make the dataset of the tables of several instruments.",
      fields: { label, rows: picked.length },
    });
  }
  return Int32Array.from([...starts, picked.length]);
}

function targetsOf(
  dataset: Dataset,
  settings: TreeSettings,
  picked: Uint32Array,
  rows: number,
  groupStart: Int32Array,
): Float64Array {
  const { label } = dataset;
  const { objective } = settings;
  const target = new Float64Array(new SharedArrayBuffer(8 * picked.length));
  for (let i = 0; i < picked.length; i++) target[i] = dataset.target[picked[i]!]!;
  const classes = classCount(dataset, objective);
  need(classes <= CLASSES_MAX, "objective", objective, `of a label with at most ${CLASSES_MAX} classes`);
  const isGood = (y: number) =>
    classes > 0 ? Number.isInteger(y) && y >= 0 && y < classes : Math.abs(y) <= TARGET_MAX;
  const at = target.findIndex((y) => !isGood(y));
  if (at !== -1) {
    fail("ml.bad-target", {
      message: `row ${countText(picked[at]! + 1)} of the label ${label} is ${target[at]}; ${objective} takes ${classes > 0 ? `the classes 0 to ${classes - 1}` : `numbers of a size of at most ${TARGET_MAX}`}`,
      hint: "Choose the objective that fits the label, or mend the label.",
      fields: { label, row: picked[at], value: target[at] },
    });
  }
  const learnt = target.subarray(0, rows);
  if (classes > 0 && learnt.every((y) => y === learnt[0])) {
    fail("ml.bad-target", {
      message: `all ${rows} training labels ${label} are ${learnt[0]}: there is nothing to tell apart`,
      hint: "Widen the range of the dataset.",
      fields: { label, rows, value: learnt[0] },
    });
  }
  if (objective === "ranking") gradeGroups(target, groupStart);
  return target;
}

/** Grades 0 to 31 stay; other numbers become the fifth of their group, 0 the lowest. Equal ones have equal grades. */
function gradeGroups(target: Float64Array, groupStart: Int32Array): void {
  if (target.every((y) => Number.isInteger(y) && y >= 0 && y <= GRADE_MAX)) return;
  for (let group = 0; group + 1 < groupStart.length; group++) {
    const own = target.subarray(groupStart[group]!, groupStart[group + 1]!);
    const sorted = own.toSorted();
    for (let i = 0; i < own.length; i++) {
      const below = sorted.indexOf(own[i]!);
      const upTo = sorted.lastIndexOf(own[i]!) + 1;
      own[i] = Math.min(4, Math.floor((5 * (below + upTo)) / 2 / own.length));
    }
  }
}

/** Row weight times class weight. */
function weightsOf(
  { weight, classes }: Dataset,
  { classWeights, objective, minChildWeight }: TreeSettings,
  picked: Uint32Array,
  target: Float64Array,
  rows: number,
): Float64Array {
  const out = new Float64Array(new SharedArrayBuffer(8 * picked.length));
  let total = 0;
  needWeights(weight);
  for (let i = 0; i < picked.length; i++) {
    out[i] = weight[picked[i]!]!;
    if (i < rows) total += out[i]!;
  }
  assertEnough(total, rows, minChildWeight);
  const isClass = objective === "binary" || objective === "multiclass";
  if (!isClass || (classWeights !== "balanced" && classWeights.length === 0)) return out;
  const mass = new Float64Array(Math.max(2, classes));
  for (let i = 0; i < rows; i++) mass[target[i]!]! += out[i]!;
  const present = mass.filter((each) => each > 0).length;
  for (let i = 0; i < out.length; i++) {
    const c = target[i]!;
    // A class that only validation has is not weighed.
    const balanced = mass[c]! > 0 ? total / (present * mass[c]!) : 1;
    out[i]! *= classWeights === "balanced" ? balanced : classWeights[c]!;
  }
  return out;
}

/** A weight of w counts as w rows: so light that no tree could ever split, they would teach nothing, and nobody would see. */
function assertEnough(total: number, rows: number, minChildWeight: number): void {
  const least = 2 * minChildWeight;
  if (total >= least || rows < least) return;
  fail("ml.bad-option", {
    message: `train: the weights of ${countText(rows)} rows add up to ${numberText(total, 4)}, as if so many rows had a weight of 1, and minChildWeight is ${minChildWeight}: no tree could split`,
    hint: "Multiply the weights, so that they are around 1, or lower minChildWeight and lambda.",
    fields: { option: "dataset.weight", total, minChildWeight },
  });
}
