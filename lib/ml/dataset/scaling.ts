/**
 * Scaling and filling in float64, then one cast to float32: what a model's graph does with raw features.
 *
 * Symbols: x raw value, k columns of n rows.
 *   z = float32((x' - mean) / scale), x' = x, or fill where x is NaN and the column has a fill
 * Standard scaling: mean_j = x_1 + sum(x_i - x_1) / n (exact for a constant column), scale_j the population deviation
 * in a second pass; a column that does not move has scale 1, so that z = 0. Missing values are left out.
 */
import type { prepare } from "#features";

/** Numbers of `prepare.scaling`: mean 0, scale 1 leave a column as it is; fill NaN leaves missing values. */
export type Scaling = prepare.Scaling;

export type Fill = "none" | "mean" | "median";

/**
 * Standard scaling of columns.
 * @param columns of the rows to learn from only: rows to test on must not be among them. n >= 1.
 * @param fill what stands for a missing value; "none" leaves it missing.
 */
export function fitScaling(columns: readonly Float64Array[], fill: Fill = "none"): Scaling {
  const known = columns.map((column) => (column.some(Number.isNaN) ? column.filter(isKnown) : column));
  const mean = Float64Array.from(known, meanOf);
  return {
    mean,
    scale: Float64Array.from(known, (column, j) => deviationOf(column, mean[j]!) || 1),
    fill: Float64Array.from(known, (column, j) => {
      if (fill === "none") return Number.NaN;
      return fill === "mean" ? mean[j]! : medianOf(column);
    }),
  };
}

/** Leaves k columns as they are. */
export function noScaling(k: number): Scaling {
  return {
    mean: new Float64Array(k),
    scale: new Float64Array(k).fill(1),
    fill: new Float64Array(k).fill(Number.NaN),
  };
}

/** n rows of k scaled values, row by row; rounded to float32 once, after the division. Missing stays NaN without a fill. */
export function scaleRows({ mean, scale, fill }: Scaling, columns: readonly Float64Array[]): Float32Array {
  const k = columns.length;
  const n = columns[0]?.length ?? 0;
  const rows = new Float32Array(n * k);
  columns.forEach((column, j) => {
    const [centre, unit, missing] = [mean[j]!, scale[j]!, fill[j]!];
    for (let i = 0; i < n; i++) {
      const x = column[i]!;
      // biome-ignore lint/suspicious/noSelfCompare: NaN is the one value that differs from itself.
      rows[i * k + j] = ((x === x ? x : missing) - centre) / unit;
    }
  });
  return rows;
}

const isKnown = (x: number) => !Number.isNaN(x);

function meanOf(column: Float64Array): number {
  const anchor = column[0] ?? 0;
  let sum = 0;
  for (const x of column) sum += x - anchor;
  return anchor + sum / (column.length || 1);
}

function deviationOf(column: Float64Array, mean: number): number {
  let sum = 0;
  for (const x of column) sum += (x - mean) ** 2;
  return Math.sqrt(sum / (column.length || 1));
}

function medianOf(column: Float64Array): number {
  const sorted = column.toSorted();
  const middle = sorted.length / 2;
  if (sorted.length === 0) return 0;
  const high = sorted[Math.floor(middle)]!;
  return Number.isInteger(middle) ? sorted[middle - 1]! + (high - sorted[middle - 1]!) / 2 : high;
}
