/**
 * Highest and lowest of the last n values, by the same cut as rolling sums: the extreme of the values before the cut is
 * kept for each of them, that of the values after it runs. Exact, whenever the cut was made.
 */
export type Extreme = {
  readonly x: Float64Array;
  /** Extreme from each older value up to the cut. */
  readonly older: Float64Array;
  newest: number;
  newer: number;
  filled: number;
  next: number;
};

/** @param n values, at least 1. */
export function createExtreme(n: number): Extreme {
  return { x: new Float64Array(n), older: new Float64Array(n), newest: 0, newer: n, filled: 0, next: 0 };
}

/** Takes a value; the highest of the last n, of fewer while there are fewer. */
export function pushHighest(e: Extreme, value: number): number {
  const n = e.x.length;
  if (e.newer === n) {
    let best = Number.NEGATIVE_INFINITY;
    for (let k = 0, i = e.next; k < e.filled; k++) {
      i = i === 0 ? n - 1 : i - 1;
      if (e.x[i]! > best) best = e.x[i]!;
      e.older[i] = best;
    }
    e.newer = 0;
    e.newest = value;
  } else if (value > e.newest) e.newest = value;
  advance(e, value);
  if (e.newer === n) return e.newest;
  const oldest = e.filled < n ? 0 : e.next;
  const before = e.newer === e.filled ? Number.NEGATIVE_INFINITY : e.older[oldest]!;
  return before > e.newest ? before : e.newest;
}

/** Takes a value; the lowest of the last n, of fewer while there are fewer. */
export function pushLowest(e: Extreme, value: number): number {
  const n = e.x.length;
  if (e.newer === n) {
    let best = Number.POSITIVE_INFINITY;
    for (let k = 0, i = e.next; k < e.filled; k++) {
      i = i === 0 ? n - 1 : i - 1;
      if (e.x[i]! < best) best = e.x[i]!;
      e.older[i] = best;
    }
    e.newer = 0;
    e.newest = value;
  } else if (value < e.newest) e.newest = value;
  advance(e, value);
  if (e.newer === n) return e.newest;
  const oldest = e.filled < n ? 0 : e.next;
  const before = e.newer === e.filled ? Number.POSITIVE_INFINITY : e.older[oldest]!;
  return before < e.newest ? before : e.newest;
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
