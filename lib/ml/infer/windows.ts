/**
 * Rows of columns that can be predicted, and what a model is fed for them.
 *
 * A row is complete if no value in it is infinite and none that is required is missing (NaN).
 */

/** The rows that end `window` complete rows, in order. */
export function completeRows(
  columns: readonly Float64Array[],
  required: readonly boolean[],
  window: number,
): Uint32Array {
  const n = columns[0]?.length ?? 0;
  const bad = new Uint8Array(n);
  columns.forEach((column, j) => {
    const mayMiss = !required[j]!;
    for (let i = 0; i < n; i++) {
      const x = column[i]!;
      // x - x is NaN for all but finite numbers.
      if (x - x !== 0 && !(mayMiss && Number.isNaN(x))) bad[i] = 1;
    }
  });
  const rows = new Uint32Array(n);
  let count = 0;
  let run = 0;
  for (let i = 0; i < n; i++) {
    run = bad[i] === 0 ? run + 1 : 0;
    if (run >= window) rows[count++] = i;
  }
  return rows.subarray(0, count);
}

/** For each row the `window` rows that end with it, row by row: [rows, window, k] values. */
export function gatherWindows(
  columns: readonly Float64Array[],
  rows: Uint32Array,
  window: number,
): Float64Array {
  const k = columns.length;
  const out = new Float64Array(rows.length * window * k);
  columns.forEach((column, j) => {
    let to = j;
    for (let i = 0; i < rows.length; i++) {
      const last = rows[i]!;
      for (let at = last - window + 1; at <= last; at++) {
        out[to] = column[at]!;
        to += k;
      }
    }
  });
  return out;
}
