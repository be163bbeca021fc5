import { fail, type Millis, parseTime, parseTimeEnd, timeText } from "#core";
import type { FeatureTable } from "#features";
import type { Labels } from "./labels.ts";

/** Complete rows in time order: what a model is trained on. */
export interface Dataset {
  readonly names: readonly string[];
  /** The features' ids, in the order of the names. */
  readonly ids: readonly string[];
  readonly length: number;
  /** One column a feature; every value is finite. */
  readonly columns: readonly Float64Array[];
  readonly target: Float64Array;
  /** Start of each row's bar. */
  readonly time: Float64Array;
  /** When each row's label is known. */
  readonly labelEnd: Float64Array;
  readonly label: string;
  readonly kind: Labels["kind"];
  readonly dataHash: string;
  readonly dropped: DroppedRows;
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
  readonly table: FeatureTable;
  /** Of the same bars as the table. */
  readonly labels: Labels;
  /** First bar's start; the first of the table without it. */
  readonly from?: string | Millis | Date;
  /** Last of the range ("2015" means all of 2015): bars start before its end and labels are known by it. */
  readonly to?: string | Millis | Date;
}

/**
 * Joins features and labels, and keeps what can be learnt from: rows whose every value is finite and whose label is
 * known by the end of `to`, so that nothing of a test range after it is in it.
 * Errors: `ml.ragged-rows`, `ml.empty-dataset`, `core.bad-time`.
 */
export function makeDataset({ table, labels, from, to }: DatasetSpec): Dataset {
  assertSameBars(table, labels);
  const start = from === undefined ? Number.NEGATIVE_INFINITY : parseTime(from);
  const end = to === undefined ? Number.POSITIVE_INFINITY : parseTimeEnd(to);
  const kept: number[] = [];
  const dropped = { missing: 0, unlabelled: 0, purged: 0 };
  for (let i = 0; i < table.length; i++) {
    if (!(table.time[i]! >= start && table.time[i]! < end)) continue;
    if (!table.columns.every((column) => Number.isFinite(column[i]))) dropped.missing++;
    else if (Number.isNaN(labels.values[i])) dropped.unlabelled++;
    else if (labels.endTime[i]! > end) dropped.purged++;
    else kept.push(i);
  }
  if (kept.length === 0) {
    const { missing, unlabelled, purged } = dropped;
    const range = Number.isFinite(start) ? timeText(start) : "the first bar";
    fail("ml.empty-dataset", {
      message: `no row is left from ${range} to ${Number.isFinite(end) ? timeText(end) : "the last bar"}: ${missing} without a feature value, ${unlabelled} without a label, ${purged} purged`,
      hint: "Widen the range, or use features with a shorter warm-up.",
      fields: { rows: table.length, ...dropped },
    });
  }
  const pick = (column: Float64Array) => Float64Array.from(kept, (i) => column[i]!);
  return {
    names: table.names,
    ids: table.ids,
    length: kept.length,
    columns: table.columns.map(pick),
    target: pick(labels.values),
    time: pick(table.time),
    labelEnd: pick(labels.endTime),
    label: labels.name,
    kind: labels.kind,
    dataHash: labels.dataHash,
    dropped,
  };
}

function assertSameBars(table: FeatureTable, labels: Labels): void {
  const same = table.length === labels.time.length && table.time.every((time, i) => time === labels.time[i]);
  if (same) return;
  fail("ml.ragged-rows", {
    message: `features (${table.length} rows) and labels (${labels.time.length} rows) are not of the same bars`,
    hint: "Make both from the same bars.",
    fields: { features: table.length, labels: labels.time.length },
  });
}

/**
 * Cuts the last `share` of the rows off for validation. Training rows whose label is known only after the first
 * validation bar starts are left out: their labels look into it.
 * @param share in [0, 1). @returns row indices [0, train) and [validation, length).
 */
export function splitInTime(dataset: Dataset, share: number): { train: number; validation: number } {
  const validation = dataset.length - Math.floor(dataset.length * share);
  let train = validation;
  // Label ends rise with time, so the rows to leave out are the last ones.
  while (validation < dataset.length && train > 0 && dataset.labelEnd[train - 1]! > dataset.time[validation]!)
    train--;
  return { train, validation };
}
