/**
 * Sums of the last n values and of the values times their place, by the cut of ./moments.ts.
 *
 * Symbols: x_1 (oldest) to x_n (newest); c the value at the cut; y_i = x_i - c.
 *   S = sum y_i,   V = sum i y_i
 * Older values: taking one more in front shifts every place by one, so V grows by the new S. Newer values: V of their
 * own places, plus S for each older value before them.
 */
export type Line = {
  readonly x: Float64Array;
  readonly olderS: Float64Array;
  readonly olderV: Float64Array;
  newerS: number;
  newerV: number;
  newer: number;
  anchor: number;
  filled: number;
  next: number;
  until: number;
  readonly span: number;
};

/** @param n values, at least 1. @param barMs length of a bar (ms). */
export function createLine(n: number, barMs: number): Line {
  return {
    x: new Float64Array(n),
    olderS: new Float64Array(n),
    olderV: new Float64Array(n),
    newerS: 0,
    newerV: 0,
    newer: 0,
    anchor: 0,
    filled: 0,
    next: 0,
    until: Number.NEGATIVE_INFINITY,
    span: n * barMs,
  };
}

/** Takes a value. @param time of its bar (UTC ms). */
export function pushLine(l: Line, value: number, time: number): void {
  const n = l.x.length;
  if (time >= l.until || l.newer === n) moveAnchor(l, value, time);
  const y = value - l.anchor;
  l.newer++;
  l.newerS += y;
  l.newerV += l.newer * y;
  l.x[l.next] = value;
  l.next = l.next + 1 === n ? 0 : l.next + 1;
  if (l.filled < n) l.filled++;
}

function moveAnchor(l: Line, value: number, time: number): void {
  const n = l.x.length;
  l.anchor = value;
  l.until = (Math.floor(time / l.span) + 1) * l.span;
  l.newer = 0;
  l.newerS = 0;
  l.newerV = 0;
  let s = 0;
  let v = 0;
  for (let k = 0, i = l.next; k < l.filled; k++) {
    i = i === 0 ? n - 1 : i - 1;
    s += l.x[i]! - value;
    v += s;
    l.olderS[i] = s;
    l.olderV[i] = v;
  }
}

export function isFullLine(l: Line): boolean {
  return l.filled === l.x.length;
}

/** Mean with weights 1 (oldest) to n (newest), of a full window. */
export function weightedMeanOf(l: Line): number {
  const n = l.x.length;
  return l.anchor + (2 * placesOf(l)) / (n * (n + 1));
}

/** Slope per bar of the least-squares line, of a full window of at least two. */
export function slopeOf(l: Line): number {
  const n = l.x.length;
  // sum (i - mean i) y_i / sum (i - mean i)^2
  return (12 * (placesOf(l) - ((n + 1) / 2) * sumsOf(l))) / (n * (n * n - 1));
}

/** Of a full window. */
export function lineMeanOf(l: Line): number {
  return l.anchor + sumsOf(l) / l.x.length;
}

function sumsOf(l: Line): number {
  return l.newer === l.x.length ? l.newerS : l.olderS[l.next]! + l.newerS;
}

function placesOf(l: Line): number {
  const older = l.x.length - l.newer;
  return older === 0 ? l.newerV : l.olderV[l.next]! + l.newerV + older * l.newerS;
}
