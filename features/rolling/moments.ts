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
  /** A ring of three numbers a value: itself, and S and Q from there up to the anchor, 0 where it is not older than that. */
  readonly ring: Float64Array;
  /** S and Q since the anchor. */
  newerS: number;
  newerQ: number;
  anchor: number;
  /** Where the next value goes, and where the anchor stands. */
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
export function createMoments(n: number, barMs: number): Moments {
  return {
    ring: new Float64Array(3 * n),
    newerS: 0,
    newerQ: 0,
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

/** Takes a value; true once n were taken. @param time of its bar (UTC ms). */
export function pushMoments(m: Moments, value: number, time: number): boolean {
  const { ring, next } = m;
  if (time >= m.until || next === m.cut) moveAnchor(m, value, time);
  ring[next] = value;
  const y = value - m.anchor;
  m.newerS += y;
  m.newerQ += y * y;
  m.next = next + 3;
  if (m.next === ring.length) {
    m.next = 0;
    m.full = 1;
  }
  return m.full === 1;
}

function moveAnchor(m: Moments, value: number, time: number): void {
  const { ring, next } = m;
  m.anchor = value;
  m.until = (Math.floor(time / m.span) + 1) * m.span;
  m.newerS = 0;
  m.newerQ = 0;
  m.cut = next;
  let s = 0;
  let q = 0;
  for (let i = next - 3; i >= 0; i -= 3) {
    const y = ring[i]! - value;
    s += y;
    q += y * y;
    ring[i + 1] = s;
    ring[i + 2] = q;
  }
  if (m.full === 1) {
    for (let i = ring.length - 3; i >= next; i -= 3) {
      const y = ring[i]! - value;
      s += y;
      q += y * y;
      ring[i + 1] = s;
      ring[i + 2] = q;
    }
  }
  // The oldest value leaves with this one; when its place is the next again, nothing is older than the anchor.
  ring[next + 1] = 0;
  ring[next + 2] = 0;
}

export function isFullMoments(m: Moments): boolean {
  return m.full === 1;
}

/** Of a full window. */
export function meanOf(m: Moments): number {
  return m.anchor + (m.ring[m.next + 1]! + m.newerS) * m.share;
}

/** Sum of squared distances from the mean, of a full window; never below 0. */
export function squaresOf(m: Moments): number {
  const { ring, next } = m;
  const s = ring[next + 1]! + m.newerS;
  const q = ring[next + 2]! + m.newerQ;
  const squares = q - s * s * m.share;
  return squares > 0 ? squares : 0;
}

/** The oldest value of a full window. */
export function firstOf(m: Moments): number {
  return m.ring[m.next]!;
}
