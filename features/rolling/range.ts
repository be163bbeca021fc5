/**
 * The highest of one series and the lowest of another over the last n bars: two of ./extremes.ts with one cut, which
 * stands at the start of the ring, because n bars lie from cut to cut.
 */
export type Range = {
  /** A ring of two numbers a bar: high and low since the cut; before it the extremes from there up to the cut. NaN before the first. */
  readonly ring: Float64Array;
  /** Extremes since the cut. */
  highest: number;
  lowest: number;
  /** Where the next bar goes. */
  next: number;
  /** 1 once n bars were taken. */
  full: number;
};

/** @param n bars, at least 1. */
export function createRange(n: number): Range {
  return {
    ring: new Float64Array(2 * n).fill(Number.NaN),
    highest: Number.NEGATIVE_INFINITY,
    lowest: Number.POSITIVE_INFINITY,
    next: 0,
    full: 0,
  };
}

/** Takes a bar. */
export function pushRange(r: Range, high: number, low: number): void {
  const { ring, next } = r;
  if (next === 0) moveCut(r);
  ring[next] = high;
  ring[next + 1] = low;
  if (high > r.highest) r.highest = high;
  if (low < r.lowest) r.lowest = low;
  r.next = next + 2;
  if (r.next === ring.length) {
    r.next = 0;
    r.full = 1;
  }
}

/** Before a bar is taken: all others become those before the cut. */
function moveCut(r: Range): void {
  const { ring } = r;
  let highest = Number.NEGATIVE_INFINITY;
  let lowest = Number.POSITIVE_INFINITY;
  r.highest = highest;
  r.lowest = lowest;
  if (r.full === 0) return;
  for (let i = ring.length - 2; i >= 0; i -= 2) {
    const high = ring[i]!;
    const low = ring[i + 1]!;
    if (high > highest) highest = high;
    if (low < lowest) lowest = low;
    ring[i] = highest;
    ring[i + 1] = lowest;
  }
}

/** True once n bars were taken. */
export function isFullRange(r: Range): boolean {
  return r.full === 1;
}

// The next place holds what the oldest bar left, or, where none is before the cut, the first since the cut.

/** Of the bars that were taken, at most n. */
export function highestOf(r: Range): number {
  const before = r.ring[r.next]!;
  return before > r.highest ? before : r.highest;
}

/** Of the bars that were taken, at most n. */
export function lowestOf(r: Range): number {
  const before = r.ring[r.next + 1]!;
  return before < r.lowest ? before : r.lowest;
}
