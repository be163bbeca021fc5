/** What a column's numbers are like; found in one pass, so that a dataset larger than memory can be told about. */
export interface ColumnStatistics {
  readonly name: string;
  /** Finite values. */
  readonly count: number;
  /** NaN: what is not known. */
  readonly missing: number;
  readonly infinite: number;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  /** Sample standard deviation; NaN of fewer than two values. */
  readonly deviation: number;
}

/** Counts, extremes, and mean and deviation by Welford's method, which loses no digits on long columns. */
export function createColumnStatistics(name: string) {
  let [count, missing, infinite, min, max, mean, squares] = [0, 0, 0, Infinity, -Infinity, 0, 0];
  return {
    add(column: Float64Array): void {
      for (const value of column) {
        if (Number.isNaN(value)) missing++;
        else if (!Number.isFinite(value)) infinite++;
        else {
          count++;
          const away = value - mean;
          mean += away / count;
          squares += away * (value - mean);
          if (value < min) min = value;
          if (value > max) max = value;
        }
      }
    },
    result(): ColumnStatistics {
      const known = count > 0;
      return {
        name,
        count,
        missing,
        infinite,
        min: known ? min : Number.NaN,
        mean: known ? mean : Number.NaN,
        max: known ? max : Number.NaN,
        deviation: count > 1 ? Math.sqrt(squares / (count - 1)) : Number.NaN,
      };
    },
  };
}
