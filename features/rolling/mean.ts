/**
 * Mean of the last n values: the first half of ./moments.ts, in the same way and with the same symbols, for those who
 * need no squares. Up to SMALL values are summed anew for each bar, relative to the oldest: that costs less than an anchor.
 */
export const SMALL = 8;

export type Mean = {
  readonly x: Float64Array;
  /** S from each older value up to the anchor. */
  readonly older: Float64Array;
  newest: number;
  /** Values since the anchor, itself included. */
  newer: number;
  anchor: number;
  filled: number;
  next: number;
  /** Time of the next anchor (UTC ms), and how far anchors are apart. */
  until: number;
  readonly span: number;
};

/** @param n values, at least 1. @param barMs length of a bar (ms). */
export function createMean(n: number, barMs: number): Mean {
  return {
    x: new Float64Array(n),
    older: new Float64Array(n),
    newest: 0,
    newer: 0,
    anchor: 0,
    filled: 0,
    next: 0,
    until: Number.NEGATIVE_INFINITY,
    span: n * barMs,
  };
}

/** Takes a value. @param time of its bar (UTC ms). */
export function pushMean(m: Mean, value: number, time: number): void {
  const n = m.x.length;
  if (n > SMALL) {
    if (time >= m.until || m.newer === n) moveAnchor(m, value, time);
    m.newest += value - m.anchor;
    m.newer++;
  }
  m.x[m.next] = value;
  m.next = m.next + 1 === n ? 0 : m.next + 1;
  if (m.filled < n) m.filled++;
}

function moveAnchor(m: Mean, value: number, time: number): void {
  const n = m.x.length;
  m.anchor = value;
  m.until = (Math.floor(time / m.span) + 1) * m.span;
  m.newer = 0;
  m.newest = 0;
  let s = 0;
  for (let k = 0, i = m.next; k < m.filled; k++) {
    i = i === 0 ? n - 1 : i - 1;
    s += m.x[i]! - value;
    m.older[i] = s;
  }
}

export function isFullMean(m: Mean): boolean {
  return m.filled === m.x.length;
}

/** Of a full window. */
export function meanOf(m: Mean): number {
  const n = m.x.length;
  return n > SMALL ? m.anchor + offsetOf(m) * (1 / n) : m.x[m.next]! + smallOffsetOf(m) * (1 / n);
}

/** Of a full window. */
export function sumOf(m: Mean): number {
  const n = m.x.length;
  return n > SMALL ? m.anchor * n + offsetOf(m) : m.x[m.next]! * n + smallOffsetOf(m);
}

function offsetOf(m: Mean): number {
  return (m.newer === m.x.length ? 0 : m.older[m.next]!) + m.newest;
}

/** Sum of the distances from the oldest value, oldest first. */
function smallOffsetOf({ x, next }: Mean): number {
  const oldest = x[next]!;
  let sum = 0;
  for (let i = next + 1; i < x.length; i++) sum += x[i]! - oldest;
  for (let i = 0; i < next; i++) sum += x[i]! - oldest;
  return sum;
}
