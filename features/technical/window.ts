/**
 * The last n values, and their moments.
 *
 * Symbols: n values x_1 (oldest) to x_n (newest).
 *   mean    = x_1 + sum(x_i - x_1) / n
 *   squares = sum((x_i - mean)^2)
 * Both are summed anew over the window, oldest first. So they do not drift however long the stream, a constant
 * window has exactly its value as mean and 0 as squares, and the result is a function of the n values alone,
 * to the bit: a stream that starts later gives the same numbers. The price is O(n) a bar.
 */
export type Window = {
  readonly ring: Float64Array;
  /** Values held, 0 to n. */
  filled: number;
  /** Where the next value goes; once full, also where the oldest stands. */
  next: number;
};

export function createWindow(n: number): Window {
  return { ring: new Float64Array(n), filled: 0, next: 0 };
}

/** Adds a value; the oldest leaves a full window. */
export function pushWindow(window: Window, value: number): void {
  const n = window.ring.length;
  window.ring[window.next] = value;
  window.next = window.next + 1 === n ? 0 : window.next + 1;
  if (window.filled < n) window.filled++;
}

export function isFull(window: Window): boolean {
  return window.filled === window.ring.length;
}

/** The oldest value of a full window. */
export function oldestOf(window: Window): number {
  return window.ring[window.next]!;
}

/** Of a full window. */
export function meanOf({ ring, next }: Window): number {
  const anchor = ring[next]!;
  let sum = 0;
  for (let i = next; i < ring.length; i++) sum += ring[i]! - anchor;
  for (let i = 0; i < next; i++) sum += ring[i]! - anchor;
  return anchor + sum / ring.length;
}

/** Sum of squared distances from `mean`, of a full window. */
export function squaresOf({ ring, next }: Window, mean: number): number {
  let sum = 0;
  for (let i = next; i < ring.length; i++) sum += (ring[i]! - mean) ** 2;
  for (let i = 0; i < next; i++) sum += (ring[i]! - mean) ** 2;
  return sum;
}
