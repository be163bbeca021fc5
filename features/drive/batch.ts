import type { FeatureDefinition, ParamValues } from "../define.ts";
import { gaps } from "../rolling/lanes.ts";
import { runLoop } from "./loop.ts";

/**
 * Runs a definition over whole columns. A bar with an input that is not finite gives NaN and is otherwise passed over,
 * as the stream does it.
 * @param inputs one column an input, all of length n.
 * @param outputs one column of length n an output, all to be written.
 * @param time start of each bar (UTC ms). @param barMs length of a bar (ms). @param wanted by output: false where nobody reads it.
 */
export function batchDefinition(
  definition: FeatureDefinition,
  params: ParamValues,
  inputs: readonly Input[],
  outputs: readonly Float64Array[],
  time: Float64Array,
  barMs: number,
  wanted: readonly boolean[],
): void {
  const first = Math.max(...inputs.map((input) => input.first));
  const columns = inputs.map((input) => input.column);
  for (const column of outputs) column.fill(Number.NaN, 0, first);
  const runFrom = () => {
    const cut = (columns: readonly Float64Array[]) =>
      first === 0 ? columns : columns.map((column) => column.subarray(first));
    const from = first === 0 ? time : time.subarray(first);
    runWhole(definition, params, cut(columns), cut(outputs), from, barMs, wanted);
  };
  if (definition.tiled && inputs.every(({ isWhole }) => isWhole !== false)) {
    if (findsNoGaps(inputs, first, runFrom)) return;
  } else if (inputs.every(isWholeInput)) {
    runFrom();
    return;
  }
  const rows = finiteRows(columns, first);
  const packed = columns.map((column) => gather(column, rows));
  const results = outputs.map(() => new Float64Array(rows.length));
  runWhole(definition, params, packed, results, gather(time, rows), barMs, wanted);
  outputs.forEach((column, k) => {
    column.fill(Number.NaN, first);
    for (let i = 0; i < rows.length; i++) column[rows[i]!] = results[k]![i]!;
  });
}

/** Runs what goes by tiles, which are looked through as they come where nobody has looked yet. True if there are no gaps. */
function findsNoGaps(inputs: readonly Input[], first: number, run: () => void): boolean {
  gaps.areLookedFor = inputs.some(({ isWhole }) => isWhole === undefined);
  gaps.areFound = false;
  try {
    run();
    if (gaps.areFound) return false;
    // What lies before `first` nobody has looked at.
    for (const input of inputs) if (input.first === first) input.isWhole = true;
    return true;
  } finally {
    gaps.areLookedFor = false;
    gaps.areFound = false;
  }
}

function runWhole(
  definition: FeatureDefinition,
  params: ParamValues,
  x: readonly Float64Array[],
  out: readonly Float64Array[],
  time: Float64Array,
  barMs: number,
  wanted: readonly boolean[],
): void {
  const run = (x: readonly Float64Array[], out: readonly Float64Array[], time: Float64Array) => {
    if (definition.batch) definition.batch(params, x, out, time, barMs, wanted);
    else runLoop(definition, params, x, out, time, barMs);
  };
  const few = definition.warmup(params) + SEEN;
  if (!isSeen.has(definition) && time.length > 4 * few) {
    isSeen.add(definition);
    const cut = (columns: readonly Float64Array[]) => columns.map((column) => column.slice(0, few));
    for (let k = 0; k < 3; k++) run(cut(x), cut(out), time.slice(0, few));
  }
  run(x, out, time);
}

/**
 * Definitions that have run to their end. V8 compiles a long loop while it runs for the first time, when it knows
 * nothing yet of what follows the loop; such code is thrown away at the loop's end and taken again in the next call,
 * which makes all calls slow. So the first long run comes after one over so many bars more than the warm-up.
 */
const isSeen = new WeakSet<FeatureDefinition>();
const SEEN = 100;

/** A column, and where its finite values lie. */
export interface Input {
  readonly column: Float64Array;
  /** Index of the first finite value; the length where there is none. */
  readonly first: number;
  /** True if every value from there on is finite; undefined before anybody has looked. */
  isWhole: boolean | undefined;
}

export function createInput(column: Float64Array): Input {
  const n = column.length;
  let first = 0;
  while (first < n && !Number.isFinite(column[first]!)) first++;
  return { column, first, isWhole: undefined };
}

function isWholeInput(input: Input): boolean {
  const { column, first } = input;
  input.isWhole ??= Number.isFinite(sumFrom(column, first)) || allFinite(column, first);
  return input.isWhole;
}

/** A sum is finite only if every value is; eight at a time to be quick. */
function sumFrom(column: Float64Array, first: number): number {
  const n = column.length;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let e = 0;
  let f = 0;
  let g = 0;
  let h = 0;
  let i = first;
  for (; i < n - 7; i += 8) {
    a += column[i]!;
    b += column[i + 1]!;
    c += column[i + 2]!;
    d += column[i + 3]!;
    e += column[i + 4]!;
    f += column[i + 5]!;
    g += column[i + 6]!;
    h += column[i + 7]!;
  }
  for (; i < n; i++) a += column[i]!;
  return a + b + c + d + e + f + g + h;
}

// As definitions (see isSeen): not for the first time over a long column. Three times, because V8 takes notes only of
// functions that have run for a while.
for (let k = 0; k < 3; k++) isWholeInput(createInput(new Float64Array(1003)));

/** For sums that left the range of numbers. */
function allFinite(column: Float64Array, first: number): boolean {
  for (let i = first; i < column.length; i++) if (!Number.isFinite(column[i]!)) return false;
  return true;
}

function finiteRows(inputs: readonly Float64Array[], first: number): Int32Array {
  const length = inputs[0]!.length;
  const rows = new Int32Array(length);
  let count = 0;
  for (let i = first; i < length; i++) {
    if (inputs.every((column) => Number.isFinite(column[i]!))) rows[count++] = i;
  }
  return rows.subarray(0, count);
}

function gather(column: Float64Array, rows: Int32Array): Float64Array {
  const out = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) out[i] = column[rows[i]!]!;
  return out;
}
