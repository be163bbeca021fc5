/**
 * The highest of one series and the lowest of another over the last n bars: two of ./extremes.ts with one cut, which
 * stands at the start of the ring, because n bars lie from cut to cut.
 *
 * Prices wander, so no predictor guesses which of two is the higher. Both are written into neighbouring places instead,
 * and the comparison, 0 or 1, says from which of them to read.
 */
import { pinnedNumbers } from "./pinned.ts";

export type Range = {
  /**
   * Two numbers a bar: high and low since the cut; where none was taken since, the extremes from there up to the cut, NaN
   * before the first. Two NaN at the end.
   */
  readonly ring: Float64Array;
  /**
   * Highest since the cut and a high beside it, lowest since the cut and a low beside it; then highest and lowest of the
   * bars that were taken, at most n.
   */
  readonly best: Float64Array;
  /** Where the next bar goes. */
  next: number;
  /** 1 once n bars were taken. */
  full: number;
};

/** @param n bars, at least 1. */
export function createRange(n: number): Range {
  const best = pinnedNumbers(6);
  beginAnew(best);
  return { ring: pinnedNumbers(2 * n + 2).fill(Number.NaN), best, next: 0, full: 0 };
}

function beginAnew(best: Float64Array): void {
  best[0] = Number.NEGATIVE_INFINITY;
  best[2] = Number.POSITIVE_INFINITY;
}

/** Takes a bar; true once n were taken, and `best[4]` and `best[5]` are the highest and the lowest of the last n. */
export function pushRange(r: Range, high: number, low: number): boolean {
  const { ring, best } = r;
  let i = r.next;
  ring[i] = high;
  best[1] = high;
  best[0] = best[+(high > best[0]!)]!;
  ring[i + 1] = low;
  best[3] = low;
  best[2] = best[2 + +(low < best[2]!)]!;
  // The next place holds what the oldest bar left.
  i += 2;
  r.next = i;
  best[1] = ring[i]!;
  best[4] = best[+(best[1] > best[0]!)]!;
  best[3] = ring[i + 1]!;
  best[5] = best[2 + +(best[3] < best[2]!)]!;
  if (i === ring.length - 2) moveCut(r);
  return r.full === 1;
}

/** All bars become those before the cut. */
function moveCut(r: Range): void {
  const { ring, best } = r;
  beginAnew(best);
  for (let i = ring.length - 4; i >= 0; i -= 2) {
    best[1] = ring[i]!;
    best[0] = best[+(best[1] > best[0]!)]!;
    ring[i] = best[0];
    best[3] = ring[i + 1]!;
    best[2] = best[2 + +(best[3] < best[2]!)]!;
    ring[i + 1] = best[2];
  }
  beginAnew(best);
  r.next = 0;
  r.full = 1;
}
