/** Percent of the n values before each that are below it; NaN before there are n. */
import type { Kernels } from "./kernels.ts";
import { eachTile, INPUTS, kernels, laneAddress, OUTPUTS } from "./lanes.ts";
import { scaleLane } from "./pair-lanes.ts";

/**
 * A window is a list in the order of size, linked both ways: the oldest leaves at once, and the newest is looked for
 * from the one before it, which is mostly near. Of equal values the newest stands first, so that its place in the list
 * is the count of those below.
 */
const LIMIT = 258;
const value = new Float64Array(LIMIT);
const above = new Int32Array(LIMIT);
const under = new Int32Array(LIMIT);

/** @param n values, 1 to 256. */
export function rankColumn(x: Float64Array, out: Float64Array, n: number): void {
  if (kernels) countAll(kernels, x, out, n);
  else walkList(x, out, n);
}

/** So many values are compared sooner than the next one of a list is found. */
function countAll({ below }: Kernels, x: Float64Array, out: Float64Array, n: number): void {
  eachTile([x], [out], n, ({ shift, start, end }) => {
    const first = Math.max(start, n - shift);
    if (first >= end) return;
    below(laneAddress(OUTPUTS, first), laneAddress(INPUTS, first), 8 * n, laneAddress(OUTPUTS, end));
    scaleLane("scaled", OUTPUTS, OUTPUTS, first, end, 1, n);
    scaleLane("scaled", OUTPUTS, OUTPUTS, first, end, 100, 1);
  });
  out.fill(Number.NaN, 0, Math.min(n, x.length));
}

function walkList(x: Float64Array, out: Float64Array, n: number): void {
  const { length } = x;
  // A slot for each value of a window and the newest; two more end the list, below all and above all.
  const [bottom, top] = [n + 1, n];
  value[bottom] = Number.NEGATIVE_INFINITY;
  value[top] = Number.POSITIVE_INFINITY;
  above[bottom] = top;
  under[top] = bottom;
  let last = bottom;
  // How many values stand below the last.
  let rank = -1;
  for (let i = 0, slot = 0; i < length; i++) {
    const newest = x[i]!;
    let next = last;
    let count = rank;
    if (value[next]! < newest) {
      while (value[next]! < newest) {
        next = above[next]!;
        count++;
      }
    } else {
      while (value[under[next]!]! >= newest) {
        next = under[next]!;
        count--;
      }
    }
    out[i] = (count / n) * 100;
    if (i >= n) {
      // The oldest leaves; its slot is the newest's.
      const a = above[slot]!;
      const u = under[slot]!;
      above[u] = a;
      under[a] = u;
      // Without a branch: no predictor guesses it.
      count -= +(value[slot]! < newest);
      if (next === slot) next = a;
    }
    value[slot] = newest;
    const u = under[next]!;
    above[slot] = next;
    under[slot] = u;
    above[u] = slot;
    under[next] = slot;
    last = slot;
    rank = count;
    slot = slot + 1 === n ? 0 : slot + 1;
  }
  out.fill(Number.NaN, 0, Math.min(n, length));
}
