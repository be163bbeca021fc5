/**
 * Highest and lowest of the last n values, by the same cut as rolling sums: the extreme of the values before the cut is
 * kept for each of them, that of the values after it runs. Exact, whenever the cut was made.
 */
export type Extreme = {
  readonly x: Float64Array;
  /** Extreme from each older value up to the cut, NaN where there is none: no comparison with it holds. */
  readonly before: Float64Array;
  newest: number;
  newer: number;
  filled: number;
  next: number;
};

/** @param n values, at least 1. */
export function createExtreme(n: number): Extreme {
  const before = new Float64Array(n).fill(Number.NaN);
  return { x: new Float64Array(n), before, newest: 0, newer: n, filled: 0, next: 0 };
}

/** Takes a value; the highest of the last n, of fewer while there are fewer. */
export function pushHighest(e: Extreme, value: number): number {
  if (e.newer === e.x.length) {
    let best = Number.NEGATIVE_INFINITY;
    for (let k = 0, i = e.next; k < e.filled; k++) {
      i = i === 0 ? e.filled - 1 : i - 1;
      if (e.x[i]! > best) best = e.x[i]!;
      e.before[i] = best;
    }
    beginAnew(e, Number.NEGATIVE_INFINITY);
  }
  if (value > e.newest) e.newest = value;
  advance(e, value);
  const before = e.before[e.next]!;
  return before > e.newest ? before : e.newest;
}

/** Takes a value; the lowest of the last n, of fewer while there are fewer. */
export function pushLowest(e: Extreme, value: number): number {
  if (e.newer === e.x.length) {
    let best = Number.POSITIVE_INFINITY;
    for (let k = 0, i = e.next; k < e.filled; k++) {
      i = i === 0 ? e.filled - 1 : i - 1;
      if (e.x[i]! < best) best = e.x[i]!;
      e.before[i] = best;
    }
    beginAnew(e, Number.POSITIVE_INFINITY);
  }
  if (value < e.newest) e.newest = value;
  advance(e, value);
  const before = e.before[e.next]!;
  return before < e.newest ? before : e.newest;
}

/** The value that leaves with the next one stands at its place when that is the only one left: nothing is before it. */
function beginAnew(e: Extreme, worst: number): void {
  e.before[e.next] = Number.NaN;
  e.newest = worst;
  e.newer = 0;
}

function advance(e: Extreme, value: number): void {
  const n = e.x.length;
  e.x[e.next] = value;
  e.next = e.next + 1 === n ? 0 : e.next + 1;
  if (e.filled < n) e.filled++;
  e.newer++;
}

/** True once n values were taken. */
export function isFullExtreme(e: Extreme): boolean {
  return e.filled === e.x.length;
}
