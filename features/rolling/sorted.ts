/**
 * The last n values in order of size. A new value takes the place of the oldest, and what stands between their places
 * moves by one. -0 is kept as 0, so that equal values have equal bits.
 */
export type Sorted = {
  /** By age, in a ring. */
  readonly x: Float64Array;
  /** By size; the first `filled` of them. */
  readonly order: Float64Array;
  filled: number;
  next: number;
};

/** @param n values, at least 1. */
export function createSorted(n: number): Sorted {
  return { x: new Float64Array(n), order: new Float64Array(n), filled: 0, next: 0 };
}

export function pushSorted(s: Sorted, value: number): void {
  const { x, order } = s;
  const n = x.length;
  const added = value + 0;
  let i: number;
  if (s.filled < n) {
    i = s.filled++;
    order[i] = Number.POSITIVE_INFINITY;
  } else i = firstNotBelow(order, n, x[s.next]!);
  x[s.next] = added;
  s.next = s.next + 1 === n ? 0 : s.next + 1;
  move(order, s.filled, i, added);
}

/** Distances up to which moving one by one is quicker than telling the machine to move all. */
const FEW = 48;

/** Takes out order[i] and puts in a value, in its place. */
function move(order: Float64Array, filled: number, i: number, value: number): void {
  let at = i;
  if (value > order[i]!) {
    const last = Math.min(filled - 1, i + FEW);
    while (at < last && order[at + 1]! < value) {
      order[at] = order[at + 1]!;
      at++;
    }
    if (at === i + FEW && at < filled - 1) {
      const to = firstNotBelow(order, filled, value) - 1;
      order.copyWithin(at, at + 1, to + 1);
      at = to;
    }
  } else {
    const first = Math.max(0, i - FEW);
    while (at > first && order[at - 1]! > value) {
      order[at] = order[at - 1]!;
      at--;
    }
    if (at === i - FEW && at > 0) {
      const to = firstAbove(order, at, value);
      order.copyWithin(to + 1, to, at);
      at = to;
    }
  }
  order[at] = value;
}

/** How many of the first `count` of an ordered array are below a value. */
export function firstNotBelow(order: Float64Array, count: number, value: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (order[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many of the first `count` of an ordered array are not above a value. */
export function firstAbove(order: Float64Array, count: number, value: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (order[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function isFullSorted(s: Sorted): boolean {
  return s.filled === s.x.length;
}

/** Value at a place between the ordered ones, of a full window. @param share 0 (lowest) to 1 (highest). */
export function quantileOf(s: Sorted, share: number): number {
  const place = (s.x.length - 1) * share;
  const below = Math.floor(place);
  const value = s.order[below]!;
  const rest = place - below;
  return rest === 0 ? value : value + rest * (s.order[below + 1]! - value);
}

/** Of a full window. */
export function medianOf(s: Sorted): number {
  const n = s.x.length;
  const middle = n >> 1;
  return n % 2 === 1
    ? s.order[middle]!
    : s.order[middle - 1]! + 0.5 * (s.order[middle]! - s.order[middle - 1]!);
}

/** Median distance from the median, of a full window. */
export function medianDistanceOf(s: Sorted): number {
  const n = s.x.length;
  const median = medianOf(s);
  let below = (n - 1) >> 1;
  let above = below + 1;
  let last = 0;
  let distance = 0;
  // Distances from the middle outwards, in order of size, up to the middle one.
  for (let k = 0; k <= n >> 1; k++) {
    const down = below < 0 ? Number.POSITIVE_INFINITY : median - s.order[below]!;
    const up = above >= n ? Number.POSITIVE_INFINITY : s.order[above]! - median;
    last = distance;
    if (down <= up) {
      distance = down;
      below--;
    } else {
      distance = up;
      above++;
    }
  }
  return n % 2 === 1 ? distance : last + 0.5 * (distance - last);
}
