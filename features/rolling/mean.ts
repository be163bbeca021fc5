/**
 * Mean of the last n values: the first half of ./moments.ts, in the same way and with the same symbols, for those who
 * need no squares. Up to SMALL values are summed anew for each bar, relative to the oldest: that costs less than an anchor.
 */
import { pinnedNumbers } from "./pinned.ts";

export const SMALL = 8;

// Of this module alone, so that V8 knows it for a constant.
const LIMIT = SMALL;

export type Mean = {
  /**
   * A ring of two numbers a value: itself, and S from there up to the anchor, 0 where it is not older than that. Up to
   * SMALL values alone, in their order, the oldest first, and a place for the newest while the others move.
   */
  readonly ring: Float64Array;
  /** S since the anchor. */
  newest: number;
  anchor: number;
  /** Where the next value goes, and where the anchor stands. Up to SMALL: how many there are. */
  next: number;
  cut: number;
  /** 1 once n values were taken. */
  full: number;
  /** Time of the next anchor (UTC ms), and how far anchors are apart. */
  until: number;
  readonly span: number;
  readonly n: number;
  /** 1 / n: a division costs more than the rest. */
  readonly share: number;
};

/** @param n values, at least 1. @param barMs length of a bar (ms). */
export function createMean(n: number, barMs: number): Mean {
  return {
    ring: pinnedNumbers(n <= SMALL ? n + 1 : 2 * n),
    newest: 0,
    anchor: 0,
    next: 0,
    cut: 0,
    full: 0,
    until: Number.NEGATIVE_INFINITY,
    span: n * barMs,
    n,
    share: 1 / n,
  };
}

/** Takes a value. @param time of its bar (UTC ms). */
export function pushMean(m: Mean, value: number, time: number): void {
  if (m.n <= LIMIT) pushSmall(m, value);
  else pushLarge(m, value, time);
}

/** Takes a value; the mean, NaN while the window is not full. @param time of its bar (UTC ms). */
export function takeMean(m: Mean, value: number, time: number): number {
  return m.n <= LIMIT ? takeSmall(m, value) : takeLarge(m, value, time);
}

function takeLarge(m: Mean, value: number, time: number): number {
  pushLarge(m, value, time);
  return m.full === 1 ? largeMeanOf(m) : Number.NaN;
}

/** {@link pushSmall} and {@link smallMeanOf} in one loop. */
function takeSmall(m: Mean, value: number): number {
  const { ring, n } = m;
  ring[n] = value;
  const oldest = ring[1]!;
  ring[0] = oldest;
  let sum = 0;
  for (let i = 1; i < n; i++) {
    const one = ring[i + 1]!;
    ring[i] = one;
    sum += one - oldest;
  }
  const mean = oldest + sum * m.share;
  return m.full === 1 ? mean : +beginSmall(m, mean);
}

/** {@link takeMean} of three values, without a loop. */
export function takeThree(m: Mean, value: number): number {
  const { ring } = m;
  const oldest = ring[1]!;
  const middle = ring[2]!;
  ring[0] = oldest;
  ring[1] = middle;
  ring[2] = value;
  const mean = oldest + (middle - oldest + (value - oldest)) * m.share;
  return m.full === 1 ? mean : +beginSmall(m, mean);
}

function beginSmall(m: Mean, mean: number): number {
  countSmall(m);
  return m.full === 1 ? mean : Number.NaN;
}

function pushSmall(m: Mean, value: number): void {
  const { ring, n } = m;
  ring[n] = value;
  for (let i = 0; i < n; i++) ring[i] = ring[i + 1]!;
  if (m.full === 0) countSmall(m);
}

function countSmall(m: Mean): void {
  m.next++;
  if (m.next === m.n) m.full = 1;
}

function pushLarge(m: Mean, value: number, time: number): void {
  const { ring, next } = m;
  if (time >= m.until || next === m.cut) moveAnchor(m, value, time);
  ring[next] = value;
  m.newest += value - m.anchor;
  m.next = next + 2;
  if (m.next === ring.length) {
    m.next = 0;
    m.full = 1;
  }
}

function moveAnchor(m: Mean, value: number, time: number): void {
  const { ring, next } = m;
  m.anchor = value;
  m.until = (Math.floor(time / m.span) + 1) * m.span;
  m.newest = 0;
  m.cut = next;
  let s = 0;
  for (let i = next - 2; i >= 0; i -= 2) {
    s += ring[i]! - value;
    ring[i + 1] = s;
  }
  if (m.full === 1) {
    for (let i = ring.length - 2; i >= next; i -= 2) {
      s += ring[i]! - value;
      ring[i + 1] = s;
    }
  }
  // The oldest value leaves with this one; when its place is the next again, nothing is older than the anchor.
  ring[next + 1] = 0;
}

export function isFullMean(m: Mean): boolean {
  return m.full === 1;
}

/** Of a full window. */
export function meanOf(m: Mean): number {
  return m.n <= LIMIT ? smallMeanOf(m) : largeMeanOf(m);
}

function smallMeanOf(m: Mean): number {
  return m.ring[0]! + smallOffsetOf(m) * m.share;
}

function largeMeanOf(m: Mean): number {
  return m.anchor + (m.ring[m.next + 1]! + m.newest) * m.share;
}

/** Of a full window. */
export function sumOf(m: Mean): number {
  if (m.n <= LIMIT) return m.ring[0]! * m.n + smallOffsetOf(m);
  return m.anchor * m.n + (m.ring[m.next + 1]! + m.newest);
}

/** Sum of the distances from the oldest value, oldest first. */
function smallOffsetOf({ ring, n }: Mean): number {
  const oldest = ring[0]!;
  let sum = 0;
  for (let i = 1; i < n; i++) sum += ring[i]! - oldest;
  return sum;
}
