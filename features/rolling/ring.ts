import { pinnedNumbers } from "./pinned.ts";

/** The last n values, in a ring. */
export type Ring = {
  readonly values: Float64Array;
  /** Values held, 0 to n. */
  filled: number;
  /** Where the next value goes; once full, also where the oldest stands. */
  next: number;
};

/** @param n values, at least 1. */
export function createRing(n: number): Ring {
  return { values: pinnedNumbers(n), filled: 0, next: 0 };
}

/** Adds a value; the oldest leaves a full ring. */
export function pushRing(ring: Ring, value: number): void {
  const n = ring.values.length;
  ring.values[ring.next] = value;
  ring.next = ring.next + 1 === n ? 0 : ring.next + 1;
  if (ring.filled < n) ring.filled++;
}

export function isFull(ring: Ring): boolean {
  return ring.filled === ring.values.length;
}

/** The oldest value of a full ring; NaN until it is full. */
export function oldestOf(ring: Ring): number {
  return ring.filled === ring.values.length ? ring.values[ring.next]! : Number.NaN;
}

/** The value k pushes ago, 0 the newest. Precondition: k < filled. */
export function agoOf(ring: Ring, k: number): number {
  const i = ring.next - 1 - k;
  return ring.values[i < 0 ? i + ring.values.length : i]!;
}
