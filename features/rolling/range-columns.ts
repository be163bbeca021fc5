/**
 * Highest and lowest of n values over whole columns, as ./extremes.ts gives them.
 *
 * In tiles, by doubling: the extreme of 2 w values is that of two extremes of w values, and n need not be a power of 2
 * because extremes may overlap. The first two doublings happen in local variables, later ones two at a time. No value
 * waits for the one before it, and no branch is guessed wrong. The lowest is the highest of the negated.
 *
 *   max(a, b) = b + (d + |d|) / 2,  d = a - b
 *
 * which is exact if a and b are of one sign and within a factor of 2 of each other (Sterbenz: d is then exact). A tile
 * where that does not hold, or of values that are not above 0, or of long windows, is done by comparing, with the cuts
 * of the stream.
 */
import { tileBuffers } from "./tile.ts";

const TILE = 512;
/** The longest window done by doubling. */
const LONGEST = 512;
const [values, first, second, result] = tileBuffers(4, TILE + LONGEST);

/**
 * @param highest, lowest receive one value a bar; NaN before there are n.
 * @param done called for each stretch of bars when both stand, while they are in the cache.
 */
export function rangeColumns(
  high: Float64Array,
  low: Float64Array,
  n: number,
  highest: Float64Array,
  lowest: Float64Array,
  done?: (from: number, end: number) => void,
): void {
  const { length } = high;
  const tile = tileOf(n);
  const older = new Float64Array(n);
  const warm = Math.min(n - 1, length);
  for (let at = 0; at < length; at += tile) {
    const end = Math.min(at + tile, length);
    extremeTile(high, highest, n, at, end, 1, older);
    extremeTile(low, lowest, n, at, end, -1, older);
    if (at === 0) {
      highest.fill(Number.NaN, 0, warm);
      lowest.fill(Number.NaN, 0, warm);
    }
    done?.(at, end);
  }
}

/**
 * @param out receives one value a bar; NaN before there are n. @param sign 1 for the highest, -1 for the lowest.
 * @returns true if all values were seen to be above 0.
 */
export function extremeColumn(x: Float64Array, out: Float64Array, n: number, sign: 1 | -1): boolean {
  const { length } = x;
  const tile = tileOf(n);
  const older = new Float64Array(n);
  let isPositive = true;
  for (let at = 0; at < length; at += tile) {
    if (!extremeTile(x, out, n, at, Math.min(at + tile, length), sign, older)) isPositive = false;
  }
  out.fill(Number.NaN, 0, Math.min(n - 1, length));
  return isPositive;
}

/** A whole number of windows, so that tiles start where the stream cuts. */
function tileOf(n: number): number {
  return n * Math.max(1, Math.floor(TILE / n));
}

/** True if it was done by doubling, so that all values are above 0. What stands before a whole window means nothing. */
function extremeTile(
  x: Float64Array,
  out: Float64Array,
  n: number,
  at: number,
  end: number,
  sign: number,
  older: Float64Array,
): boolean {
  const from = Math.max(0, at - n + 1);
  const count = end - from;
  if (n >= 4 && n <= LONGEST) {
    values.set(x.subarray(from, end));
    if (startTile(count, sign)) {
      const width = widen(n, count);
      const start = Math.max(at, n - 1) - from;
      if (n <= 2 * width) joinTwo(start, n - width, count, sign);
      else joinFour(start, width, n - 2 * width, n - width, count, sign);
      if (start < count) out.set(result.subarray(start, count), from + start);
      return true;
    }
  }
  compareTile(x, n, at, end, sign, older, out);
  return false;
}

/** The highest of four, into `first`. False if the values are not all above 0 and within a factor of 2. */
function startTile(count: number, sign: number): boolean {
  const most = 1.4 * values[0]!;
  const least = 0.7001 * values[0]!;
  if (!(least > 0)) return false;
  let last = sign * values[0]!;
  // Of two values, one and two bars ago.
  let a = last;
  let b = last;
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    if (!(value <= most && value >= least)) return false;
    const signed = sign * value;
    const d = signed - last;
    const two = last + 0.5 * (d + Math.abs(d));
    const e = two - b;
    first[i] = b + 0.5 * (e + Math.abs(e));
    b = a;
    a = two;
    last = signed;
  }
  return true;
}

/** The highest of `width` values, n / 4 to n, into `first`. @returns the width. */
function widen(n: number, count: number): number {
  let width = 4;
  for (; 4 * width < n; width *= 4) {
    for (let j = 3 * width; j < count; j++) {
      const b = first[j - width]!;
      const c = first[j - 3 * width]!;
      const d = first[j]! - b;
      const e = first[j - 2 * width]! - c;
      const p = b + 0.5 * (d + Math.abs(d));
      const q = c + 0.5 * (e + Math.abs(e));
      const r = p - q;
      second[j] = q + 0.5 * (r + Math.abs(r));
    }
    first.set(second.subarray(0, count));
  }
  return width;
}

/** Two windows of `first` to one of `result`. @param step from one to the other, at most their width. */
function joinTwo(start: number, step: number, count: number, sign: number): void {
  for (let j = start; j < count; j++) {
    const b = first[j - step]!;
    const d = first[j]! - b;
    result[j] = sign * (b + 0.5 * (d + Math.abs(d)));
  }
}

/** Four windows of `first` to one of `result`, three of them f, g and h bars ago. */
function joinFour(start: number, f: number, g: number, h: number, count: number, sign: number): void {
  for (let j = start; j < count; j++) {
    const b = first[j - f]!;
    const c = first[j - h]!;
    const d = first[j]! - b;
    const e = first[j - g]! - c;
    const p = b + 0.5 * (d + Math.abs(d));
    const q = c + 0.5 * (e + Math.abs(e));
    const r = p - q;
    result[j] = sign * (q + 0.5 * (r + Math.abs(r)));
  }
}

/** @param older scratch for the extremes from each older value up to the cut. */
function compareTile(
  x: Float64Array,
  n: number,
  at: number,
  end: number,
  sign: number,
  older: Float64Array,
  out: Float64Array,
): void {
  older[0] = Number.NEGATIVE_INFINITY;
  for (let cut = at; cut < end; cut += n) {
    let best = Number.NEGATIVE_INFINITY;
    for (let k = 1; k < n && k <= cut; k++) {
      const value = sign * x[cut - k]!;
      if (value > best) best = value;
      older[k] = best;
    }
    best = sign * x[cut]!;
    for (let i = cut, k = n - 1; i < end && k >= 0; i++, k--) {
      const value = sign * x[i]!;
      if (value > best) best = value;
      const before = older[k]!;
      out[i] = sign * (before > best ? before : best);
    }
  }
}
