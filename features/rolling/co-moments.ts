/**
 * Sums of squares and products of n pairs about their means, by the cut of ./moments.ts.
 *
 * Symbols: (x_i, y_i) pairs; c, d the pair at the cut; u_i = x_i - c, v_i = y_i - d.
 *   S_u, S_v, S_uu, S_vv, S_uv   their sums
 *   sum (x - mean x)(y - mean y) = S_uv - S_u S_v / n;  likewise for the squares
 */
export type CoMoments = {
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** The five sums from each older pair up to the cut, side by side. */
  readonly older: Float64Array;
  /** Those of the pairs since the cut, itself included. */
  readonly newest: Float64Array;
  newer: number;
  anchorX: number;
  anchorY: number;
  filled: number;
  next: number;
  /** Time of the next cut (UTC ms), and how far cuts are apart. */
  until: number;
  readonly span: number;
};

const SUMS = 5;

/** @param n pairs, at least 1. @param barMs length of a bar (ms). */
export function createCoMoments(n: number, barMs: number): CoMoments {
  return {
    x: new Float64Array(n),
    y: new Float64Array(n),
    older: new Float64Array(SUMS * n),
    newest: new Float64Array(SUMS),
    newer: 0,
    anchorX: 0,
    anchorY: 0,
    filled: 0,
    next: 0,
    until: Number.NEGATIVE_INFINITY,
    span: n * barMs,
  };
}

/** Takes a pair. @param time of its bar (UTC ms). */
export function pushCoMoments(m: CoMoments, x: number, y: number, time: number): void {
  const n = m.x.length;
  if (time >= m.until || m.newer === n) moveAnchor(m, x, y, time);
  const u = x - m.anchorX;
  const v = y - m.anchorY;
  const s = m.newest;
  s[0] = s[0]! + u;
  s[1] = s[1]! + v;
  s[2] = s[2]! + u * u;
  s[3] = s[3]! + v * v;
  s[4] = s[4]! + u * v;
  m.newer++;
  m.x[m.next] = x;
  m.y[m.next] = y;
  m.next = m.next + 1 === n ? 0 : m.next + 1;
  if (m.filled < n) m.filled++;
}

function moveAnchor(m: CoMoments, x: number, y: number, time: number): void {
  const n = m.x.length;
  m.anchorX = x;
  m.anchorY = y;
  m.until = (Math.floor(time / m.span) + 1) * m.span;
  m.newer = 0;
  m.newest.fill(0);
  let [su, sv, suu, svv, suv] = [0, 0, 0, 0, 0];
  for (let k = 0, i = m.next; k < m.filled; k++) {
    i = i === 0 ? n - 1 : i - 1;
    const u = m.x[i]! - x;
    const v = m.y[i]! - y;
    su += u;
    sv += v;
    suu += u * u;
    svv += v * v;
    suv += u * v;
    const at = SUMS * i;
    m.older[at] = su;
    m.older[at + 1] = sv;
    m.older[at + 2] = suu;
    m.older[at + 3] = svv;
    m.older[at + 4] = suv;
  }
}

export function isFullCoMoments(m: CoMoments): boolean {
  return m.filled === m.x.length;
}

function sum(m: CoMoments, k: number): number {
  return m.newer === m.x.length ? m.newest[k]! : m.older[SUMS * m.next + k]! + m.newest[k]!;
}

/** Sum of squared distances of x from its mean, of a full window; never below 0. */
export function xSquaresOf(m: CoMoments): number {
  const s = sum(m, 0);
  const squares = sum(m, 2) - (s * s) / m.x.length;
  return squares > 0 ? squares : 0;
}

/** The same of y. */
export function ySquaresOf(m: CoMoments): number {
  const s = sum(m, 1);
  const squares = sum(m, 3) - (s * s) / m.x.length;
  return squares > 0 ? squares : 0;
}

/** Sum of the products of both distances, of a full window. */
export function productsOf(m: CoMoments): number {
  return sum(m, 4) - (sum(m, 0) * sum(m, 1)) / m.x.length;
}
