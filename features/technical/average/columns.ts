/**
 * The averages over whole columns of finite values: what the kinds of ./kinds.ts give bar after bar, bit for bit.
 * All fill `out`, with NaN before their first value.
 */
import { blockTiles, createBlocks, meanColumn, sumLane } from "../../rolling/blocks.ts";
import { INPUT_LANES, INPUTS, OUTPUT_LANES } from "../../rolling/lanes.ts";
import { weightedColumn } from "../../rolling/line-columns.ts";
import { joinLanes } from "../../rolling/pair-lanes.ts";
import { withScratch } from "../../rolling/scratch.ts";
import { smoothColumn } from "../../rolling/smoothing.ts";

/** @param n period. @param time start of each bar (UTC ms). @param barMs length of a bar (ms). */
export type AverageColumn = (
  x: Float64Array,
  out: Float64Array,
  n: number,
  time: Float64Array,
  barMs: number,
) => void;

export const exponentialColumn: AverageColumn = (x, out, n) => {
  smoothColumn(x, out, n, 2 / (n + 1), 0);
};

export const wilderColumn: AverageColumn = (x, out, n) => {
  smoothColumn(x, out, n, 1 / n, 0);
};

/** What exponential averages of averages stand at after the bars before the first value of the last. */
interface Chain {
  /** Index of the first value of the last average. */
  readonly first: number;
  readonly values: Float64Array;
}

/** Runs `count` averages, each of the one before, up to and with the first value of the last. */
export function startChain(x: Float64Array, n: number, count: number): Chain {
  const first = Math.min(count * (n - 1), x.length);
  const values = new Float64Array(count);
  const seen = new Float64Array(count);
  const k = 2 / (n + 1);
  for (let i = 0; i <= first && i < x.length; i++) {
    let value = x[i]!;
    for (let j = 0; j < count; j++) {
      if (seen[j]! < n) {
        seen[j]!++;
        values[j]! += value;
        if (seen[j]! < n) break;
        values[j]! /= n;
      } else values[j] = (value - values[j]!) * k + values[j]!;
      value = values[j]!;
    }
  }
  return { first, values };
}

export const doubleColumn: AverageColumn = (x, out, n) => {
  const { first, values } = startChain(x, n, 2);
  const k = 2 / (n + 1);
  let a = values[0]!;
  let b = values[1]!;
  out.fill(Number.NaN, 0, first);
  if (first < x.length) out[first] = 2 * a - b;
  for (let i = first + 1; i < x.length; i++) {
    a = (x[i]! - a) * k + a;
    b = (a - b) * k + b;
    out[i] = 2 * a - b;
  }
};

export const tripleColumn: AverageColumn = (x, out, n) => {
  const { first, values } = startChain(x, n, 3);
  const k = 2 / (n + 1);
  let a = values[0]!;
  let b = values[1]!;
  let c = values[2]!;
  out.fill(Number.NaN, 0, first);
  if (first < x.length) out[first] = 3 * a - 3 * b + c;
  for (let i = first + 1; i < x.length; i++) {
    a = (x[i]! - a) * k + a;
    b = (a - b) * k + b;
    c = (b - c) * k + c;
    out[i] = 3 * a - 3 * b + c;
  }
};

/** The column without its first `from` values. */
export function tailOf(column: Float64Array, from: number): Float64Array {
  return column.subarray(Math.min(from, column.length));
}

export const triangularColumn: AverageColumn = (x, out, n, time, barMs) => {
  const half = Math.floor((n + 1) / 2);
  out.fill(Number.NaN, 0, Math.min(half - 1, x.length));
  const from = half - 1;
  withScratch(1, x.length, (first) => {
    meanColumn(x, first!, half, time, barMs);
    meanColumn(tailOf(first!, from), tailOf(out, from), n + 1 - half, tailOf(time, from), barMs);
  });
};

const [values] = INPUT_LANES;
const [result, steps] = OUTPUT_LANES;

export const adaptiveColumn: AverageColumn = (x, out, n, time, barMs) => {
  const blocks = createBlocks(n, time, barMs, 1);
  let value = x[n - 1]!;
  blockTiles([x], [out], [blocks], (tile) => {
    joinLanes("distance", INPUTS, INPUTS, INPUTS + 1, 1, tile.end, 1);
    sumLane(blocks, tile, "mean", 1);
    value = adaptTile(Math.max(tile.start, n - tile.shift), tile.end, n, value);
  });
};

function adaptTile(start: number, end: number, n: number, last: number): number {
  let value = last;
  for (let i = start; i < end; i++) {
    const change = values[i]! - values[i - n]!;
    const path = steps[i]! * n;
    const efficiency = path <= change || path === 0 ? 1 : Math.abs(change / path);
    const root = efficiency * (2 / 3 - 2 / 31) + 2 / 31;
    value += (values[i]! - value) * root * root;
    result[i] = value;
  }
  return value;
}

export const hullColumn: AverageColumn = (x, out, n, time, barMs) => {
  const from = n - 1;
  withScratch(1, x.length, (raw) => {
    weightedColumn(x, raw!, Math.max(1, Math.floor(n / 2)), time, barMs);
    weightedColumn(x, out, n, time, barMs);
    for (let i = from; i < x.length; i++) raw![i] = 2 * raw![i]! - out[i]!;
    const last = Math.floor(Math.sqrt(n));
    weightedColumn(tailOf(raw!, from), tailOf(out, from), last, tailOf(time, from), barMs);
  });
};

export const zeroLagColumn: AverageColumn = (x, out, n) => {
  const lag = Math.floor((n - 1) / 2);
  const first = Math.min(lag + n - 1, x.length);
  const k = 2 / (n + 1);
  out.fill(Number.NaN, 0, first);
  let value = 0;
  for (let i = lag; i <= first && i < x.length; i++) value += 2 * x[i]! - x[i - lag]!;
  value /= n;
  if (first < x.length) out[first] = value;
  for (let i = first + 1; i < x.length; i++) {
    value = (2 * x[i]! - x[i - lag]! - value) * k + value;
    out[i] = value;
  }
};
