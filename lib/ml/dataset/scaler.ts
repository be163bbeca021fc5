/**
 * Standard scaling: z = (x - mean) / deviation, in float64.
 *
 * Shapes: k columns of n rows. mean_j = x_1 + sum(x_i - x_1) / n (exact for a constant column), deviation_j the
 * population deviation in a second pass. A column that does not move has deviation 1, so that z = 0.
 */
export interface Scaler {
  readonly mean: Float64Array;
  /** Above 0. */
  readonly deviation: Float64Array;
}

/** @param columns of the rows to learn from only: rows to test on must not be among them. n >= 1. */
export function fitScaler(columns: readonly Float64Array[]): Scaler {
  const mean = Float64Array.from(columns, meanOf);
  const deviation = Float64Array.from(columns, (column, j) => deviationOf(column, mean[j]!) || 1);
  return { mean, deviation };
}

/** n rows of k scaled values, row by row; rounded to float32 once, after the division. */
export function scaleRows({ mean, deviation }: Scaler, columns: readonly Float64Array[]): Float32Array {
  const k = columns.length;
  const n = columns[0]?.length ?? 0;
  const rows = new Float32Array(n * k);
  columns.forEach((column, j) => {
    for (let i = 0; i < n; i++) rows[i * k + j] = (column[i]! - mean[j]!) / deviation[j]!;
  });
  return rows;
}

function meanOf(column: Float64Array): number {
  const anchor = column[0]!;
  let sum = 0;
  for (const x of column) sum += x - anchor;
  return anchor + sum / column.length;
}

function deviationOf(column: Float64Array, mean: number): number {
  let sum = 0;
  for (const x of column) sum += (x - mean) ** 2;
  return Math.sqrt(sum / column.length);
}
