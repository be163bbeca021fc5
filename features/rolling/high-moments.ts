/**
 * Sums of powers of distances from the mean up to the fourth, of n values, by the cut of ./moments.ts.
 *
 * Symbols: y_i = x_i - c, c the value at the cut; S_k = sum y_i^k; a = S_1 / n.
 *   M2 = S2 - a S1
 *   M3 = S3 - 3 a S2 + 2 a^2 S1
 *   M4 = S4 - 4 a S3 + 6 a^2 S2 - 3 a^3 S1
 */
export type HighMoments = {
  readonly x: Float64Array;
  /** The four sums from each older value up to the cut, side by side. */
  readonly older: Float64Array;
  readonly newest: Float64Array;
  newer: number;
  anchor: number;
  filled: number;
  next: number;
  until: number;
  readonly span: number;
};

const SUMS = 4;

/** @param n values, at least 1. @param barMs length of a bar (ms). */
export function createHighMoments(n: number, barMs: number): HighMoments {
  return {
    x: new Float64Array(n),
    older: new Float64Array(SUMS * n),
    newest: new Float64Array(SUMS),
    newer: 0,
    anchor: 0,
    filled: 0,
    next: 0,
    until: Number.NEGATIVE_INFINITY,
    span: n * barMs,
  };
}

/** Takes a value. @param time of its bar (UTC ms). */
export function pushHighMoments(m: HighMoments, value: number, time: number): void {
  const n = m.x.length;
  if (time >= m.until || m.newer === n) moveAnchor(m, value, time);
  const y = value - m.anchor;
  const yy = y * y;
  const s = m.newest;
  s[0] = s[0]! + y;
  s[1] = s[1]! + yy;
  s[2] = s[2]! + yy * y;
  s[3] = s[3]! + yy * yy;
  m.newer++;
  m.x[m.next] = value;
  m.next = m.next + 1 === n ? 0 : m.next + 1;
  if (m.filled < n) m.filled++;
}

function moveAnchor(m: HighMoments, value: number, time: number): void {
  const n = m.x.length;
  m.anchor = value;
  m.until = (Math.floor(time / m.span) + 1) * m.span;
  m.newer = 0;
  m.newest.fill(0);
  let [s1, s2, s3, s4] = [0, 0, 0, 0];
  for (let k = 0, i = m.next; k < m.filled; k++) {
    i = i === 0 ? n - 1 : i - 1;
    const y = m.x[i]! - value;
    const yy = y * y;
    s1 += y;
    s2 += yy;
    s3 += yy * y;
    s4 += yy * yy;
    const at = SUMS * i;
    m.older[at] = s1;
    m.older[at + 1] = s2;
    m.older[at + 2] = s3;
    m.older[at + 3] = s4;
  }
}

export function isFullHighMoments(m: HighMoments): boolean {
  return m.filled === m.x.length;
}

function sum(m: HighMoments, k: number): number {
  return m.newer === m.x.length ? m.newest[k]! : m.older[SUMS * m.next + k]! + m.newest[k]!;
}

/** Sum of squared distances from the mean, of a full window; never below 0. */
export function secondOf(m: HighMoments): number {
  const s = sum(m, 0);
  const squares = sum(m, 1) - (s * s) / m.x.length;
  return squares > 0 ? squares : 0;
}

/** Sum of third powers of the distances, of a full window. */
export function thirdOf(m: HighMoments): number {
  const s1 = sum(m, 0);
  const a = s1 / m.x.length;
  return sum(m, 2) - 3 * a * sum(m, 1) + 2 * a * a * s1;
}

/** Sum of fourth powers of the distances, of a full window; never below 0. */
export function fourthOf(m: HighMoments): number {
  const s1 = sum(m, 0);
  const a = s1 / m.x.length;
  const powers = sum(m, 3) - 4 * a * sum(m, 2) + 6 * a * a * sum(m, 1) - 3 * a * a * a * s1;
  return powers > 0 ? powers : 0;
}
