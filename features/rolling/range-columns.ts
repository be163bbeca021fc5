/**
 * Highest of n highs and lowest of n lows over whole columns, as ./extremes.ts gives them.
 *
 * In tiles that stay in the cache, by doubling: the extreme of 2 w values is that of two extremes of w values, and n need
 * not be a power of 2 because extremes may overlap. No value waits for the one before it, and no branch is guessed wrong.
 *
 *   max(a, b) = b + (d + |d|) / 2,  d = a - b
 *
 * which is exact if a and b are within a factor of 2 of each other and above 0 (Sterbenz: d is then exact). A tile where
 * that does not hold is done by comparing.
 */
const TILE = 256;
/** Scratch columns start at other places of the memory page, or they would fight for the same cache lines. */
const SKEW = 40;

/** @param highest, lowest receive one value a bar; NaN before there are n. */
export function rangeColumns(
  high: Float64Array,
  low: Float64Array,
  n: number,
  highest: Float64Array,
  lowest: Float64Array,
): void {
  const { length } = high;
  const size = TILE + n + SKEW;
  const buffer = new Float64Array(4 * size);
  const scratch = (k: number) => buffer.subarray(k * size, (k + 1) * size);
  const tops = [scratch(0), scratch(1)] as const;
  const bottoms = [scratch(2), scratch(3)] as const;
  for (let at = 0; at < length; at += TILE) {
    const end = Math.min(at + TILE, length);
    const from = Math.max(0, at - n + 1);
    if (n > 2 && isNarrow(high, low, from, end)) {
      const [top, bottom, width] = double(high, low, from, end - from, n, tops, bottoms);
      finish(top, bottom, n - width, at - from, end - from, from, highest, lowest);
    } else {
      compareTile(high, low, n, at, end, highest, lowest);
    }
  }
  const warm = Math.min(n - 1, length);
  highest.fill(Number.NaN, 0, warm);
  lowest.fill(Number.NaN, 0, warm);
}

/** Extremes of the largest power of 2 below n, and that power. What stands before a whole window means nothing. */
function double(
  high: Float64Array,
  low: Float64Array,
  from: number,
  count: number,
  n: number,
  tops: readonly [Float64Array, Float64Array],
  bottoms: readonly [Float64Array, Float64Array],
): [top: Float64Array, bottom: Float64Array, width: number] {
  let [top, otherTop] = tops;
  let [bottom, otherBottom] = bottoms;
  for (let j = 1; j < count; j++) {
    const a = high[from + j - 1]!;
    const b = low[from + j - 1]!;
    const up = high[from + j]! - a;
    const down = low[from + j]! - b;
    top[j] = a + 0.5 * (up + Math.abs(up));
    bottom[j] = b + 0.5 * (down - Math.abs(down));
  }
  let width = 2;
  for (; 2 * width < n; width *= 2) {
    for (let j = width; j < count; j++) {
      const a = top[j - width]!;
      const b = bottom[j - width]!;
      const up = top[j]! - a;
      const down = bottom[j]! - b;
      otherTop[j] = a + 0.5 * (up + Math.abs(up));
      otherBottom[j] = b + 0.5 * (down - Math.abs(down));
    }
    [top, otherTop] = [otherTop, top];
    [bottom, otherBottom] = [otherBottom, bottom];
  }
  return [top, bottom, width];
}

/** The last doubling, into the columns. @param step from one window to the other, at most their width. */
function finish(
  top: Float64Array,
  bottom: Float64Array,
  step: number,
  start: number,
  count: number,
  from: number,
  highest: Float64Array,
  lowest: Float64Array,
): void {
  for (let j = Math.max(start, step); j < count; j++) {
    const a = top[j - step]!;
    const b = bottom[j - step]!;
    const up = top[j]! - a;
    const down = bottom[j]! - b;
    highest[from + j] = a + 0.5 * (up + Math.abs(up));
    lowest[from + j] = b + 0.5 * (down - Math.abs(down));
  }
}

/** True if all values lie above 0 and within a factor of 2. */
function isNarrow(high: Float64Array, low: Float64Array, from: number, end: number): boolean {
  let top = high[from]!;
  let bottom = low[from]!;
  for (let i = from; i < end; i++) {
    if (high[i]! > top) top = high[i]!;
    if (low[i]! < bottom) bottom = low[i]!;
    // Columns that are no highs and lows may lie the other way round.
    if (low[i]! > top) top = low[i]!;
    if (high[i]! < bottom) bottom = high[i]!;
  }
  return bottom > 0 && top <= 2 * bottom;
}

function compareTile(
  high: Float64Array,
  low: Float64Array,
  n: number,
  at: number,
  end: number,
  highest: Float64Array,
  lowest: Float64Array,
): void {
  for (let i = at; i < end; i++) {
    let top = high[i]!;
    let bottom = low[i]!;
    for (let k = Math.max(0, i - n + 1); k < i; k++) {
      if (high[k]! > top) top = high[k]!;
      if (low[k]! < bottom) bottom = low[k]!;
    }
    highest[i] = top;
    lowest[i] = bottom;
  }
}
