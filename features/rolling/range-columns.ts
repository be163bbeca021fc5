/**
 * Highest of n highs and lowest of n lows over whole columns, as ./extremes.ts gives them.
 *
 * In tiles that stay in the cache, by doubling: the extreme of 2 w values is that of two extremes of w values, and n need
 * not be a power of 2 because extremes may overlap. The first two doublings happen in local variables, later ones two at
 * a time. No value waits for the one before it, and no branch is guessed wrong.
 *
 *   max(a, b) = b + (d + |d|) / 2,  d = a - b
 *
 * which is exact if a and b are within a factor of 2 of each other and above 0 (Sterbenz: d is then exact). A tile where
 * that does not hold is done by comparing, with the cuts of the stream.
 */
const TILE = 256;
/** Scratch columns start at other places of the memory page, or they would fight for the same cache lines. */
const SKEW = 40;

type Pair = readonly [top: Float64Array, bottom: Float64Array];

/** @param highest, lowest receive one value a bar; NaN before there are n. */
export function rangeColumns(
  high: Float64Array,
  low: Float64Array,
  n: number,
  highest: Float64Array,
  lowest: Float64Array,
): void {
  const { length } = high;
  // A whole number of windows, so that tiles start where the stream cuts.
  const tile = n * Math.max(4, Math.ceil(TILE / n));
  const size = tile + n + SKEW;
  const buffer = new Float64Array(4 * size);
  const scratch = (k: number) => buffer.subarray(k * size, (k + 1) * size);
  const first: Pair = [scratch(0), scratch(1)];
  const second: Pair = [scratch(2), scratch(3)];
  for (let at = 0; at < length; at += tile) {
    const end = Math.min(at + tile, length);
    const from = Math.max(0, at - n + 1);
    if (n < 4 || !startTile(high, low, from, end, first)) {
      compareTile(high, low, n, at, end, first, highest, lowest);
      continue;
    }
    let width = 4;
    let [now, next] = [first, second];
    for (; 4 * width < n; width *= 4) {
      combine(now, next, 0, [width, 2 * width, 3 * width], end - from);
      [now, next] = [next, now];
    }
    const out: Pair = [highest.subarray(from, end), lowest.subarray(from, end)];
    const start = Math.max(at, n - 1) - from;
    if (n <= 2 * width) join(now, out, start, n - width, end - from);
    else combine(now, out, start, [width, n - 2 * width, n - width], end - from);
  }
  const warm = Math.min(n - 1, length);
  highest.fill(Number.NaN, 0, warm);
  lowest.fill(Number.NaN, 0, warm);
}

/** Extremes of four values. False if the values are not all above 0 and within a factor of 2. */
function startTile(
  high: Float64Array,
  low: Float64Array,
  from: number,
  end: number,
  [top, bottom]: Pair,
): boolean {
  let lastHigh = high[from]!;
  let lastLow = low[from]!;
  const most = 1.4142 * lastHigh;
  const least = 0.7072 * lastHigh;
  // Extremes of two values, one and two bars ago.
  let [a, b, c, d] = [lastHigh, lastHigh, lastLow, lastLow];
  for (let i = from; i < end; i++) {
    const h = high[i]!;
    const l = low[i]!;
    if (!(h <= most && l >= least && l <= h)) return false;
    const up = h - lastHigh;
    const down = l - lastLow;
    const two = lastHigh + 0.5 * (up + Math.abs(up));
    const low2 = lastLow + 0.5 * (down - Math.abs(down));
    const rise = two - b;
    const fall = low2 - d;
    top[i - from] = b + 0.5 * (rise + Math.abs(rise));
    bottom[i - from] = d + 0.5 * (fall - Math.abs(fall));
    b = a;
    a = two;
    d = c;
    c = low2;
    lastHigh = h;
    lastLow = l;
  }
  return least > 0;
}

/** Two windows to one. @param step from one to the other, at most their width. */
function join([top, bottom]: Pair, [toTop, toBottom]: Pair, start: number, step: number, count: number): void {
  for (let j = start; j < count; j++) {
    const a = top[j - step]!;
    const b = bottom[j - step]!;
    const up = top[j]! - a;
    const down = bottom[j]! - b;
    toTop[j] = a + 0.5 * (up + Math.abs(up));
    toBottom[j] = b + 0.5 * (down - Math.abs(down));
  }
}

/** Four windows to one. @param steps from the newest to the others. What stands before a whole window means nothing. */
function combine(
  [top, bottom]: Pair,
  [toTop, toBottom]: Pair,
  start: number,
  [x, y, z]: readonly [number, number, number],
  count: number,
): void {
  for (let j = Math.max(start, z); j < count; j++) {
    const b = top[j - x]!;
    const d = top[j - z]!;
    const u = top[j]! - b;
    const v = top[j - y]! - d;
    const p = b + 0.5 * (u + Math.abs(u));
    const q = d + 0.5 * (v + Math.abs(v));
    const w = p - q;
    toTop[j] = q + 0.5 * (w + Math.abs(w));
    const e = bottom[j - x]!;
    const f = bottom[j - z]!;
    const r = bottom[j]! - e;
    const s = bottom[j - y]! - f;
    const g = e + 0.5 * (r - Math.abs(r));
    const h = f + 0.5 * (s - Math.abs(s));
    const t = g - h;
    toBottom[j] = h + 0.5 * (t - Math.abs(t));
  }
}

/** @param scratch for the extremes from each older value up to the cut. */
function compareTile(
  high: Float64Array,
  low: Float64Array,
  n: number,
  at: number,
  end: number,
  [olderTop, olderBottom]: Pair,
  highest: Float64Array,
  lowest: Float64Array,
): void {
  for (let cut = at; cut < end; cut += n) {
    let top = Number.NEGATIVE_INFINITY;
    let bottom = Number.POSITIVE_INFINITY;
    olderTop[0] = top;
    olderBottom[0] = bottom;
    for (let k = 1; k < n && k <= cut; k++) {
      if (high[cut - k]! > top) top = high[cut - k]!;
      if (low[cut - k]! < bottom) bottom = low[cut - k]!;
      olderTop[k] = top;
      olderBottom[k] = bottom;
    }
    top = high[cut]!;
    bottom = low[cut]!;
    for (let i = cut, k = n - 1; i < end && k >= 0; i++, k--) {
      if (high[i]! > top) top = high[i]!;
      if (low[i]! < bottom) bottom = low[i]!;
      highest[i] = olderTop[k]! > top ? olderTop[k]! : top;
      lowest[i] = olderBottom[k]! < bottom ? olderBottom[k]! : bottom;
    }
  }
}
