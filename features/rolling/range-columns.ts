/**
 * Highest and lowest of n values over whole columns, as ./extremes.ts gives them.
 *
 * In tiles that stay in the cache, by doubling: the extreme of 2 w values is that of two extremes of w values, and n need
 * not be a power of 2 because extremes may overlap. The first two doublings happen in local variables, later ones two at
 * a time. No value waits for the one before it, and no branch is guessed wrong. The lowest is the highest of the negated.
 *
 *   max(a, b) = b + (d + |d|) / 2,  d = a - b
 *
 * which is exact if a and b are of one sign and within a factor of 2 of each other (Sterbenz: d is then exact). A tile
 * where that does not hold, or of values that are not above 0, is done by comparing, with the cuts of the stream.
 */
const TILE = 256;
/** Scratch columns start at other places of the memory page, or they would fight for the same cache lines. */
const SKEW = 40;

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
  const scratch = scratchOf(n, length);
  const warm = Math.min(n - 1, length);
  for (let at = 0; at < length; at += tile) {
    const end = Math.min(at + tile, length);
    extremeTile(high, highest, n, at, end, 1, scratch);
    extremeTile(low, lowest, n, at, end, -1, scratch);
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
  const scratch = scratchOf(n, length);
  let isPositive = true;
  for (let at = 0; at < length; at += tile) {
    if (!extremeTile(x, out, n, at, Math.min(at + tile, length), sign, scratch)) isPositive = false;
  }
  out.fill(Number.NaN, 0, Math.min(n - 1, length));
  return isPositive;
}

type Scratch = readonly [Float64Array, Float64Array];

/** A whole number of windows, so that tiles start where the stream cuts. */
function tileOf(n: number): number {
  return n * Math.max(4, Math.ceil(TILE / n));
}

function scratchOf(n: number, length: number): Scratch {
  const size = Math.min(tileOf(n), length) + n + SKEW;
  const buffer = new Float64Array(2 * size);
  return [buffer.subarray(0, size), buffer.subarray(size)];
}

/** True if it was done by doubling, so that all values are above 0. What stands before a whole window means nothing. */
function extremeTile(
  x: Float64Array,
  out: Float64Array,
  n: number,
  at: number,
  end: number,
  sign: number,
  [first, second]: Scratch,
): boolean {
  const from = Math.max(0, at - n + 1);
  if (n < 4 || !startTile(x, from, end, sign, first)) {
    compareTile(x, n, at, end, sign, first, out);
    return false;
  }
  let width = 4;
  let now = first;
  let next = second;
  for (; 4 * width < n; width *= 4) {
    joinFour(now, next, 3 * width, width, 2 * width, 3 * width, end - from, 1);
    const free = now;
    now = next;
    next = free;
  }
  const to = out.subarray(from, end);
  const start = Math.max(at, n - 1) - from;
  if (n <= 2 * width) joinTwo(now, to, start, n - width, end - from, sign);
  else joinFour(now, to, start, width, n - 2 * width, n - width, end - from, sign);
  return true;
}

/** The highest of four. False if the values are not all above 0 and within a factor of 2. */
function startTile(x: Float64Array, from: number, end: number, sign: number, to: Float64Array): boolean {
  const most = 1.4 * x[from]!;
  const least = 0.7001 * x[from]!;
  if (!(least > 0)) return false;
  let last = sign * x[from]!;
  // Of two values, one and two bars ago.
  let a = last;
  let b = last;
  for (let i = from; i < end; i++) {
    const value = x[i]!;
    if (!(value <= most && value >= least)) return false;
    const signed = sign * value;
    const d = signed - last;
    const two = last + 0.5 * (d + Math.abs(d));
    const e = two - b;
    to[i - from] = b + 0.5 * (e + Math.abs(e));
    b = a;
    a = two;
    last = signed;
  }
  return true;
}

/** Two windows to one. @param step from one to the other, at most their width. */
function joinTwo(
  x: Float64Array,
  to: Float64Array,
  start: number,
  step: number,
  count: number,
  sign: number,
): void {
  for (let j = start; j < count; j++) {
    const b = x[j - step]!;
    const d = x[j]! - b;
    to[j] = sign * (b + 0.5 * (d + Math.abs(d)));
  }
}

/** Four windows to one, three of them f, g and h bars ago. What stands before a whole window means nothing. */
function joinFour(
  x: Float64Array,
  to: Float64Array,
  start: number,
  f: number,
  g: number,
  h: number,
  count: number,
  sign: number,
): void {
  for (let j = start; j < count; j++) {
    const b = x[j - f]!;
    const c = x[j - h]!;
    const d = x[j]! - b;
    const e = x[j - g]! - c;
    const p = b + 0.5 * (d + Math.abs(d));
    const q = c + 0.5 * (e + Math.abs(e));
    const r = p - q;
    to[j] = sign * (q + 0.5 * (r + Math.abs(r)));
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
