/**
 * What the training rows looked like, as a table that travels in the model's file.
 *
 * Shapes: one line a feature, and a last one for the prediction; each line
 *   [rows, share of missing values, the 0th, 1st, ... 100th percentile of the others]
 * Percentiles are linear between order statistics (type 7 of Hyndman and Fan 1996); NaN where there is no value.
 */
export const BASELINE_WIDTH = 103;
const PERCENTILES = 101;

/** @param columns one a feature, then the predictions. @returns lines one after another. */
export function baselineOf(columns: readonly Float64Array[]): Float64Array {
  const table = new Float64Array(columns.length * BASELINE_WIDTH).fill(Number.NaN);
  columns.forEach((column, line) => {
    const sorted = column.filter((value) => !Number.isNaN(value)).sort();
    const at = line * BASELINE_WIDTH;
    table[at] = column.length;
    table[at + 1] = column.length === 0 ? 0 : 1 - sorted.length / column.length;
    for (let q = 0; q < PERCENTILES && sorted.length > 0; q++) table[at + 2 + q] = percentile(sorted, q);
  });
  return table;
}

/** One line of the table. */
export interface Baseline {
  readonly rows: number;
  readonly missing: number;
  /** 101 of them, rising; all NaN without a value. */
  readonly percentiles: Float64Array;
}

export function baselineLines(table: Float64Array): Baseline[] {
  return Array.from({ length: table.length / BASELINE_WIDTH }, (_, line) => {
    const at = line * BASELINE_WIDTH;
    return {
      rows: table[at]!,
      missing: table[at + 1]!,
      percentiles: table.subarray(at + 2, at + BASELINE_WIDTH),
    };
  });
}

function percentile(sorted: Float64Array, q: number): number {
  const place = (q / 100) * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return below === place ? low : low + (high - low) * (place - below);
}
