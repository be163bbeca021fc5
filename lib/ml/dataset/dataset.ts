import { fail, type Millis, parseTime, parseTimeEnd, timeText } from "#core";
import type { FeatureTable } from "#features";
import { type Labels, needOption, needOptions } from "./label/labels.ts";

/** Rows in time order: what a model is trained on. */
export interface Dataset {
  readonly names: readonly string[];
  /** The features' ids, in the order of the names. */
  readonly ids: readonly string[];
  readonly length: number;
  /** One column a feature; every value is finite, or NaN where missing values were kept. */
  readonly columns: readonly Float64Array[];
  readonly target: Float64Array;
  /** What the label's trade makes from the bar's close until the label ends, a fraction: see `Labels`. */
  readonly returns: Float64Array;
  /** How much each row counts, above 0; 1 without weights. */
  readonly weight: Float64Array;
  /** Start of each row's bar. */
  readonly time: Float64Array;
  /** Length of a bar, milliseconds: a row's outcome begins where its bar ends. */
  readonly timeframeMs: number;
  /** When each row's label is known. */
  readonly labelEnd: Float64Array;
  readonly label: string;
  readonly kind: Labels["kind"];
  /** Of a class label: 2 for 0 and 1, 3 for 0, 1 and 2. 0 for a real one. */
  readonly classes: number;
  readonly dataHash: string;
  readonly dropped: DroppedRows;
  /** Rows that one prediction looks at, its own included. */
  readonly window: number;
  /** The whole columns of each table, dropped rows included: a window reaches into them. */
  readonly source: readonly (readonly Float64Array[])[];
  /** The table and the place in it that each row was taken from. */
  readonly series: Uint32Array;
  readonly place: Uint32Array;
}

/** Rows of the time range that are not in the dataset, by reason; each is counted once. */
export interface DroppedRows {
  /** A feature has no value: warm-up, or a gap. */
  readonly missing: number;
  /** The future of the row is not in the bars. */
  readonly unlabelled: number;
  /** The label is known only after the range has ended. */
  readonly purged: number;
}

export interface DatasetSpec {
  /** One, or one an instrument with equal features: their rows are merged in the order of time. */
  readonly table: FeatureTable | readonly FeatureTable[];
  /** Of the same bars as the table; one for each. */
  readonly labels: Labels | readonly Labels[];
  /** One a row of the table (for each): see `uniqueness`. Default 1. */
  readonly weights?: Float64Array | readonly Float64Array[];
  /** First bar's start; the first of the table without it. */
  readonly from?: string | Millis | Date;
  /** Last of the range ("2015" means all of 2015): bars start before its end and labels are known by it. */
  readonly to?: string | Millis | Date;
  /** Rows that one prediction looks at, at least 1: all of them must be complete. Default 1. */
  readonly window?: number;
  /** "keep" leaves rows with missing values in, but for those that have no value at all: for trees, or a net that fills. */
  readonly missing?: "drop" | "keep";
}

const SPEC_NAMES = ["table", "labels", "weights", "from", "to", "window", "missing"];

/**
 * Joins features and labels, and keeps what can be learnt from: rows whose every value is finite and whose label is
 * known by the end of `to`, so that nothing of a test range after it is in it.
 * Errors: `ml.ragged-rows`, `ml.bad-option`, `ml.empty-dataset`, `core.bad-time`.
 */
export function makeDataset(spec: DatasetSpec): Dataset {
  needOptions("dataset", spec, SPEC_NAMES);
  const tables = listOf<FeatureTable>(spec.table);
  const labels = listOf<Labels>(spec.labels);
  const weights = spec.weights === undefined ? [] : listOf<Float64Array>(spec.weights);
  const window = spec.window ?? 1;
  assertSameBars(tables, labels, weights);
  assertWindow(window);
  const { missing = "drop" } = spec;
  needOption(["drop", "keep"].includes(missing), "dataset", "missing", missing, '"drop" or "keep"');
  const start = spec.from === undefined ? Number.NEGATIVE_INFINITY : parseTime(spec.from);
  const end = spec.to === undefined ? Number.POSITIVE_INFINITY : parseTimeEnd(spec.to);
  const kept: { series: number; place: number; time: number }[] = [];
  const dropped = { missing: 0, unlabelled: 0, purged: 0 };
  tables.forEach((table, series) => {
    const { values, endTime } = labels[series]!;
    const weight = weights[series];
    const complete = completeRows(table, window, missing === "keep");
    for (let i = 0; i < table.length; i++) {
      const time = table.time[i]!;
      if (!(time >= start && time < end)) continue;
      if (complete[i] === 0) dropped.missing++;
      else if (Number.isNaN(values[i]! + endTime[i]!) || !((weight?.[i] ?? 1) > 0)) dropped.unlabelled++;
      else if (endTime[i]! > end) dropped.purged++;
      else kept.push({ series, place: i, time });
    }
  });
  if (kept.length === 0) refuseEmpty(tables, start, end, dropped);
  // Stable: rows of one time stay in the order of their tables.
  if (tables.length > 1) kept.sort((a, b) => a.time - b.time);
  const [table, label] = [tables[0]!, labels[0]!];
  const pick = (of: (series: number) => Float64Array) =>
    Float64Array.from(kept, ({ series, place }) => of(series)[place]!);
  const target = pick((series) => labels[series]!.values);
  return {
    names: table.names,
    ids: table.ids,
    length: kept.length,
    columns: table.columns.map((_, j) => pick((series) => tables[series]!.columns[j]!)),
    target,
    returns: pick((series) => labels[series]!.returns),
    weight: weights.length > 0 ? pick((series) => weights[series]!) : new Float64Array(kept.length).fill(1),
    time: pick((series) => tables[series]!.time),
    timeframeMs: label.timeframeMs,
    labelEnd: pick((series) => labels[series]!.endTime),
    label: label.name,
    kind: label.kind,
    classes: label.kind === "class" ? Math.max(label.classes ?? 2, 1 + maxOf(target)) : 0,
    dataHash: [...new Set(labels.map((each) => each.dataHash))].join("+"),
    dropped,
    window,
    source: tables.map((each) => each.columns),
    series: Uint32Array.from(kept, ({ series }) => series),
    place: Uint32Array.from(kept, ({ place }) => place),
  };
}

/** The rows with these indices, in this order. */
export function subset(dataset: Dataset, rows: ArrayLike<number>): Dataset {
  const pick = (column: Float64Array) => Float64Array.from(rows, (i) => column[i]!);
  return {
    ...dataset,
    length: rows.length,
    columns: dataset.columns.map(pick),
    target: pick(dataset.target),
    returns: pick(dataset.returns),
    weight: pick(dataset.weight),
    time: pick(dataset.time),
    labelEnd: pick(dataset.labelEnd),
    series: Uint32Array.from(rows, (i) => dataset.series[i]!),
    place: Uint32Array.from(rows, (i) => dataset.place[i]!),
  };
}

/**
 * Cuts the last `share` of the rows off for validation. Training rows whose label is known only after the first
 * validation bar starts are left out: their labels look into it.
 * @param share in [0, 1). @returns row indices of either part.
 */
export function splitInTime(
  dataset: Dataset,
  share: number,
): { train: Uint32Array; validation: Uint32Array } {
  const { length, time, labelEnd } = dataset;
  let first = length - Math.floor(length * share);
  // Rows of one moment stay together.
  while (first > 0 && first < length && time[first - 1] === time[first]) first--;
  const starts = first < length ? time[first]! : Number.POSITIVE_INFINITY;
  const train = [];
  for (let i = 0; i < first; i++) if (labelEnd[i]! <= starts) train.push(i);
  return {
    train: Uint32Array.from(train),
    validation: Uint32Array.from({ length: length - first }, (_, i) => first + i),
  };
}

/** 1 for a row that has all it needs, windows included. */
function completeRows({ columns, length }: FeatureTable, window: number, keepsMissing: boolean): Uint8Array {
  const complete = new Uint8Array(length);
  // Kept rows may miss values, but not all, and none may be infinite.
  const isGood = (i: number) =>
    keepsMissing
      ? columns.some((column) => Number.isFinite(column[i])) &&
        columns.every((column) => Math.abs(column[i]!) !== Number.POSITIVE_INFINITY)
      : columns.every((column) => Number.isFinite(column[i]));
  let run = 0;
  for (let i = 0; i < length; i++) {
    run = isGood(i) ? run + 1 : 0;
    if (run >= window) complete[i] = 1;
  }
  return complete;
}

function listOf<T extends object>(given: T | readonly T[]): readonly T[] {
  return Array.isArray(given) ? given : [given as T];
}

function maxOf(values: Float64Array): number {
  return values.reduce((a, b) => Math.max(a, b), 0);
}

function assertWindow(window: number): void {
  const isGood = Number.isInteger(window) && window >= 1 && window <= 10_000;
  needOption(isGood, "dataset", "window", window, "a whole number of rows from 1 to 10000");
}

function refuseEmpty(
  tables: readonly FeatureTable[],
  start: number,
  end: number,
  dropped: DroppedRows,
): never {
  const { missing, unlabelled, purged } = dropped;
  const range = Number.isFinite(start) ? timeText(start) : "the first bar";
  return fail("ml.empty-dataset", {
    message: `no row is left from ${range} to ${Number.isFinite(end) ? timeText(end) : "the last bar"}: ${missing} without a feature value, ${unlabelled} without a label, ${purged} purged`,
    hint: "Widen the range, or use features with a shorter warm-up.",
    fields: { rows: tables.reduce((sum, { length }) => sum + length, 0), ...dropped },
  });
}

function assertSameBars(
  tables: readonly FeatureTable[],
  labels: readonly Labels[],
  weights: readonly Float64Array[],
): void {
  const ragged = (what: string, fields: object): never =>
    fail("ml.ragged-rows", {
      message: what,
      hint: "Make tables, labels and weights from the same bars, one of each an instrument.",
      fields: { ...fields },
    });
  const isPaired = tables.length === labels.length && [0, tables.length].includes(weights.length);
  if (tables.length === 0 || !isPaired)
    ragged(`${tables.length} tables, ${labels.length} labels and ${weights.length} weights do not pair`, {});
  const areTables = tables.every((table) => Array.isArray(table?.columns) && table.time !== undefined);
  needOption(areTables, "dataset", "table", typeof tables[0], "what `compute` of a feature set gives");
  const areLabels = labels.every((each) => each?.endTime !== undefined && each.values !== undefined);
  needOption(areLabels, "dataset", "labels", typeof labels[0], "what `direction` and the like give");
  tables.forEach((table, s) => {
    const { time, endTime, name, kind, classes, timeframeMs, symbol } = labels[s]!;
    if (symbol !== undefined && table.symbol !== undefined && symbol !== table.symbol)
      ragged(`labels ${s + 1} are of ${symbol}, and table ${s + 1} is of ${table.symbol}`, { symbol });
    if (table.length !== time.length || !table.time.every((each, i) => each === time[i]))
      ragged(`features (${table.length} rows) and labels (${time.length} rows) are not of the same bars`, {
        features: table.length,
        labels: time.length,
      });
    if (weights.length > 0 && weights[s]!.length !== table.length)
      ragged(`features (${table.length} rows) and weights (${weights[s]!.length} rows) differ in length`, {});
    if (table.ids.join() !== tables[0]!.ids.join() || table.names.join() !== tables[0]!.names.join())
      ragged(`table ${s + 1} has other features than the first`, { ids: table.ids });
    const first = labels[0]!;
    if (name !== first.name || kind !== first.kind || classes !== first.classes)
      ragged(`label ${s + 1} is ${name}, and the first is ${first.name}`, {});
    if (timeframeMs !== first.timeframeMs)
      ragged(`label ${s + 1} is of bars of ${timeframeMs} ms, and the first of ${first.timeframeMs} ms`, {});
    const early = endTime.findIndex((end, i) => end <= time[i]!);
    if (early >= 0)
      ragged(`label ${name} of ${timeText(time[early]!)} is known when its bar starts, or before`, { early });
    const endless = weights[s]?.indexOf(Number.POSITIVE_INFINITY) ?? -1;
    if (endless >= 0) ragged(`the weight of ${timeText(time[endless]!)} is infinite`, { row: endless });
  });
}
