/**
 * Rows as a network takes them, in memory that all threads see.
 *
 * Symbols: k features, L rows of a window. x of a series is [n, k] row by row, scaled, float32; the input of a row is
 * the L rows of x that end at its place, which lie one after the other. They are put together batch by batch: all
 * windows at once would take L times the memory.
 */
import { fail } from "#core";
import type { Dataset } from "../dataset/dataset.ts";
import { type Scaling, scaleRows } from "../dataset/scaling.ts";

/** What a network reads of rows. */
export interface Inputs {
  readonly features: number;
  readonly window: number;
  /** One a series. */
  readonly x: readonly Float32Array[];
  readonly series: Uint32Array;
  readonly place: Uint32Array;
}

export interface Rows extends Inputs {
  readonly y: Float64Array;
  /** Weights, 1 on average; undefined where all are equal. */
  readonly w: Float64Array | undefined;
}

/** The values of a column at some rows. Not `Float64Array.from`, which takes ten times as long. */
export function pickRows(column: Float64Array, rows: Uint32Array): Float64Array {
  const out = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) out[i] = column[rows[i]!]!;
  return out;
}

/** The scaled features of a dataset, for `rowsOf`. */
export function sharedFeatures(dataset: Dataset, scaling: Scaling): readonly Float32Array[] {
  const tables = dataset.window === 1 ? [dataset.columns] : dataset.source;
  return tables.map((columns) => shared(scaleRows(scaling, columns)));
}

/** Some rows of a dataset. @param factor a weight for each, besides the dataset's own. */
export function rowsOf(
  dataset: Dataset,
  x: readonly Float32Array[],
  rows: Uint32Array,
  factor: (row: number) => number = () => 1,
): Rows {
  const { window, names, series, place, target, weight } = dataset;
  assertWindows(dataset);
  const weights = pickRows(weight, rows);
  for (let i = 0; i < rows.length; i++) weights[i]! *= factor(rows[i]!);
  const mean = weights.reduce((sum, each) => sum + each, 0) / weights.length;
  const areEqual = weights.every((each) => each === weights[0]);
  return {
    features: names.length,
    window,
    x,
    series: shared(Uint32Array.from(rows, (i) => (window === 1 ? 0 : series[i]!))),
    place: shared(Uint32Array.from(rows, (i) => (window === 1 ? i : place[i]!))),
    y: shared(pickRows(target, rows)),
    w: areEqual ? undefined : shared(weights.map((each) => each / mean)),
  };
}

function assertWindows({ window, source, series, place, length }: Dataset): void {
  if (window === 1) return;
  for (let i = 0; i < length; i++) {
    const rows = source[series[i]!]?.[0]?.length ?? 0;
    if (place[i]! >= window - 1 && place[i]! < rows) continue;
    fail("ml.ragged-rows", {
      message: `row ${i + 1} of the dataset has no window of ${window} rows: it is row ${place[i]! + 1} of the ${rows} of its series`,
      hint: "Make it with dataset({ window: 20, ... }).",
      fields: { row: i, window, place: place[i], rows },
    });
  }
}

/** The inputs of rows `order[from]` to `order[to - 1]`, one after the other. */
export function gather(rows: Inputs, order: Uint32Array | undefined, from: number, to: number): Float32Array {
  const { features, window, x, series, place } = rows;
  const size = features * window;
  const out = new Float32Array((to - from) * size);
  for (let i = from; i < to; i++) {
    const row = order === undefined ? i : order[i]!;
    const end = (place[row]! + 1) * features;
    out.set(x[series[row]!]!.subarray(end - size, end), (i - from) * size);
  }
  return out;
}

/** The shape of a batch. */
export function batchShape(
  { features, window }: Pick<Inputs, "features" | "window">,
  rows: number,
): number[] {
  return window === 1 ? [rows, features] : [rows, window, features];
}

type Shareable = Float32Array | Float64Array | Uint32Array;

/** A copy that all threads see. */
export function shared<A extends Shareable>(values: A): A {
  const Kind = values.constructor as new (buffer: SharedArrayBuffer) => A;
  const copy = new Kind(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  return copy;
}
