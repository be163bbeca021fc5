/**
 * Quantile cuts and bins.
 *
 * A feature with cuts c_0 < c_1 < ... has the bin of x = the number of cuts <= x, so that x < c_b holds exactly when
 * the bin of x is at most b: in training and in prediction alike. All x and c are float32. A cut lies midway between
 * two neighbouring values. With more values than bins, a bin is closed when its weight has reached an equal share of
 * what is left. Long columns are cut by an even random draw of their rows.
 */
import { createRng } from "#core";
import type { TreeSettings } from "../options.ts";
import { BINS, type Memory, MISSING_BIN, type TrainingRows } from "./memory.ts";

const SAMPLE_ROWS = 262_144;
const SAMPLE_STREAM = 3;

/** Rows that the cuts are made from; undefined for all of them. */
export function cutRows({ rows }: TrainingRows, { seed }: TreeSettings): Int32Array | undefined {
  if (rows <= SAMPLE_ROWS) return undefined;
  const rng = createRng(seed, SAMPLE_STREAM);
  // One row out of each of so many equal stretches.
  return Int32Array.from({ length: SAMPLE_ROWS }, (_, i) =>
    Math.min(rows - 1, Math.floor(((i + rng.next()) * rows) / SAMPLE_ROWS)),
  );
}

/** Cuts the four features of a group and writes the bins of all rows. */
export function binGroup(memory: Memory, settings: TreeSettings, group: number): void {
  const { data, bins, cuts, binCount, hasMissing } = memory;
  const { total, rows, columns } = data;
  const words = bins.subarray(group * total, (group + 1) * total);
  const draw = cutRows(data, settings);
  for (let f = 4 * group; f < Math.min(4 * group + 4, columns.length); f++) {
    const column = columns[f]!;
    const shift = 8 * (f & 3);
    hasMissing[f] = column.subarray(0, rows).some(Number.isNaN) ? 1 : 0;
    if (settings.categorical[f]) {
      binCount[f] = MISSING_BIN;
      for (let i = 0; i < total; i++) {
        const x = column[i]!;
        words[i]! |= (Number.isNaN(x) ? MISSING_BIN : x) << shift;
      }
      continue;
    }
    const own = cutsOf(data, column, draw, settings.bins);
    cuts.set(own.cuts, f * BINS);
    binCount[f] = own.bins;
    for (let i = 0; i < total; i++) words[i]! |= binOf(own.cuts, column[i]!) << shift;
  }
}

/** The number of cuts <= x. */
export function binOf(cuts: Float32Array, x: number): number {
  // biome-ignore lint/suspicious/noSelfCompare: NaN is the one value that differs from itself.
  if (x !== x) return MISSING_BIN;
  let low = 0;
  let high = cuts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cuts[middle]! <= x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @returns cuts, one less than bins; no bins where every value is missing. */
function cutsOf(
  { rows, weight, isWeighted }: TrainingRows,
  column: Float32Array,
  draw: Int32Array | undefined,
  binsMax: number,
): { cuts: Float32Array; bins: number } {
  const count = draw?.length ?? rows;
  const known = new Int32Array(count);
  const kept = new Float32Array(count);
  let n = 0;
  for (let i = 0; i < count; i++) {
    const row = draw === undefined ? i : draw[i]!;
    const x = column[row]!;
    // biome-ignore lint/suspicious/noSelfCompare: NaN is the one value that differs from itself.
    if (x !== x) continue;
    kept[n] = x;
    known[n++] = row;
  }
  if (n === 0) return { cuts: new Float32Array(0), bins: 0 };
  let values = kept.subarray(0, n);
  let weights: Float64Array | undefined;
  if (isWeighted) {
    const order = known.subarray(0, n).sort((a, b) => column[a]! - column[b]!);
    values = Float32Array.from(order, (i) => column[i]!);
    weights = Float64Array.from(order, (i) => weight[i]!);
  } else values.sort();
  const cuts = cutsFromSorted(values, weights, binsMax);
  return { cuts, bins: cuts.length + 1 };
}

/** @param values ascending. @param weights above 0, one a value; 1 each without. */
export function cutsFromSorted(
  values: Float32Array,
  weights: Float64Array | undefined,
  binsMax: number,
): Float32Array {
  const levels: number[] = [];
  const mass: number[] = [];
  let total = 0;
  for (let i = 0; i < values.length; ) {
    const value = values[i]!;
    let sum = 0;
    for (; i < values.length && values[i] === value; i++) sum += weights === undefined ? 1 : weights[i]!;
    levels.push(value);
    mass.push(sum);
    total += sum;
  }
  const cuts: number[] = [];
  let left = total;
  let inBin = 0;
  for (let i = 0; i + 1 < levels.length; i++) {
    inBin += mass[i]!;
    const binsLeft = binsMax - cuts.length;
    if (binsLeft <= 1) break;
    const levelsLeft = levels.length - i - 1;
    // A value heavier than a share closes the bin before it, so that it stands alone.
    const share = left / binsLeft;
    if (levelsLeft >= binsLeft && inBin < share && inBin + mass[i + 1]! / 2 < share) continue;
    cuts.push(midway(levels[i]!, levels[i + 1]!));
    left -= inBin;
    inBin = 0;
  }
  return Float32Array.from(cuts);
}

/** A float32 t with a < t <= b. */
function midway(a: number, b: number): number {
  const t = Math.fround(a / 2 + b / 2);
  return t > a && t <= b ? t : b;
}
