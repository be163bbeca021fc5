/**
 * Mean, and sum of squared distances from it, of the last n values.
 *
 * Symbols: x_1 (oldest) to x_n (newest); c a value of the window; y_i = x_i - c.
 *   mean    = c + S / n,         S = sum y_i
 *   squares = Q - S^2 / n,       Q = sum y_i^2
 *
 * S and Q are not rolled (adding the new and taking off the old drifts): the window is cut at one bar, its anchor. Older
 * values have their sums from the anchor backwards, kept for each; newer ones one running sum. A sum is one of each. The
 * anchor moves when no older value is left, or when time passes a multiple of n bars since 1970. So it costs two
 * additions a bar, and what a window gives depends on its values and its anchor's time only, not on where a series begins.
 * c is the anchor's value, which is in the window for as long as the anchor stands: |y| is never larger than the window
 * is wide, and a constant window gives exactly its value and 0.
 */
export type Moments = {
  readonly x: Float64Array;
  /** S and Q from each older value up to the anchor. */
  readonly olderS: Float64Array;
  readonly olderQ: Float64Array;
  newerS: number;
  newerQ: number;
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
export function createMoments(n: number, barMs: number): Moments {
  return {
    x: new Float64Array(n),
    olderS: new Float64Array(n),
    olderQ: new Float64Array(n),
    newerS: 0,
    newerQ: 0,
    newer: 0,
    anchor: 0,
    filled: 0,
    next: 0,
    until: Number.NEGATIVE_INFINITY,
    span: n * barMs,
  };
}

/** Takes a value. @param time of its bar (UTC ms). */
export function pushMoments(m: Moments, value: number, time: number): void {
  const n = m.x.length;
  if (time >= m.until || m.newer === n) moveAnchor(m, value, time);
  const y = value - m.anchor;
  m.newerS += y;
  m.newerQ += y * y;
  m.newer++;
  m.x[m.next] = value;
  m.next = m.next + 1 === n ? 0 : m.next + 1;
  if (m.filled < n) m.filled++;
}

function moveAnchor(m: Moments, value: number, time: number): void {
  const n = m.x.length;
  m.anchor = value;
  m.until = (Math.floor(time / m.span) + 1) * m.span;
  m.newer = 0;
  m.newerS = 0;
  m.newerQ = 0;
  let s = 0;
  let q = 0;
  // The oldest value of a full window leaves with this push: its sums are never asked for.
  for (let k = 0, i = m.next; k < m.filled; k++) {
    i = i === 0 ? n - 1 : i - 1;
    const y = m.x[i]! - value;
    s += y;
    q += y * y;
    m.olderS[i] = s;
    m.olderQ[i] = q;
  }
}

export function isFullMoments(m: Moments): boolean {
  return m.filled === m.x.length;
}

/** Of a full window. */
export function meanOf(m: Moments): number {
  const n = m.x.length;
  const s = (m.newer === n ? 0 : m.olderS[m.next]!) + m.newerS;
  return m.anchor + s * (1 / n);
}

/** Sum of squared distances from the mean, of a full window; never below 0. */
export function squaresOf(m: Moments): number {
  const n = m.x.length;
  const isNew = m.newer === n;
  const s = (isNew ? 0 : m.olderS[m.next]!) + m.newerS;
  const q = (isNew ? 0 : m.olderQ[m.next]!) + m.newerQ;
  const squares = q - s * s * (1 / n);
  return squares > 0 ? squares : 0;
}

/** The oldest value of a full window. */
export function firstOf(m: Moments): number {
  return m.x[m.next]!;
}
