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
    markIncomplete(column, required[j]!, bad);
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

/** A function of its own: over many columns it is compiled once, for one kind of array. */
function markIncomplete(column: Float64Array, isRequired: boolean, bad: Uint8Array): void {
  for (let i = 0; i < column.length; i++) {
    const x = column[i]!;
    // x - x is 0 for finite numbers, NaN for all others.
    if (x - x !== 0 && (isRequired || !Number.isNaN(x))) bad[i] = 1;
  }
}

/**
 * For each row the `window` rows that end with it, row by row: [rows, window, k] values.
 * @param out is filled from its start; a new array without it.
 */
export function gatherWindows(
  columns: readonly Float64Array[],
  rows: Uint32Array,
  window: number,
  out = new Float64Array(rows.length * window * columns.length),
): Float64Array {
  const k = columns.length;
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

/**
 * The rows from `from` to before `to`, row by row, in one pass over the columns.
 * @returns whether all of their values are finite.
 */
export function fillRows(
  columns: readonly Float64Array[],
  from: number,
  to: number,
  out: Float64Array,
): boolean {
  const k = columns.length;
  let isWhole = true;
  let j = 0;
  // Four columns at a time write whole stretches of a row: a column alone touches a line of the cache for each value.
  for (; j + 3 < k; j += 4) {
    const [a, b, c, d] = [columns[j]!, columns[j + 1]!, columns[j + 2]!, columns[j + 3]!];
    isWhole = fillFour(a, b, c, d, from, to, out, j, k) && isWhole;
  }
  for (; j < k; j++) isWhole = fillOne(columns[j]!, from, to, out, j, k) && isWhole;
  return isWhole;
}

function fillFour(
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  d: Float64Array,
  from: number,
  to: number,
  out: Float64Array,
  j: number,
  k: number,
): boolean {
  let at = j;
  let odd = 0;
  for (let i = from; i < to; i++) {
    const w = a[i]!;
    const x = b[i]!;
    const y = c[i]!;
    const z = d[i]!;
    out[at] = w;
    out[at + 1] = x;
    out[at + 2] = y;
    out[at + 3] = z;
    at += k;
    if (w - w + (x - x) + (y - y) + (z - z) !== 0) odd++;
  }
  return odd === 0;
}

function fillOne(
  a: Float64Array,
  from: number,
  to: number,
  out: Float64Array,
  j: number,
  k: number,
): boolean {
  let at = j;
  let odd = 0;
  for (let i = from; i < to; i++) {
    const x = a[i]!;
    out[at] = x;
    at += k;
    if (x - x !== 0) odd++;
  }
  return odd === 0;
}
