import type { FeatureDefinition, ParamValues } from "../define.ts";
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
  if (inputs.every(({ isWhole }) => isWhole)) {
    const cut = (columns: readonly Float64Array[]) =>
      first === 0 ? columns : columns.map((column) => column.subarray(first));
    runWhole(
      definition,
      params,
      cut(columns),
      cut(outputs),
      first === 0 ? time : time.subarray(first),
      barMs,
      wanted,
    );
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
  /** True if every value from there on is finite. */
  readonly isWhole: boolean;
}

export function scanInput(column: Float64Array): Input {
  const n = column.length;
  let first = 0;
  while (first < n && !Number.isFinite(column[first]!)) first++;
  return { column, first, isWhole: Number.isFinite(sumFrom(column, first)) || allFinite(column, first) };
}

/** A sum is finite only if every value is; four at a time to be quick. */
function sumFrom(column: Float64Array, first: number): number {
  const n = column.length;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = first;
  for (; i < n - 3; i += 4) {
    a += column[i]!;
    b += column[i + 1]!;
    c += column[i + 2]!;
    d += column[i + 3]!;
  }
  for (; i < n; i++) a += column[i]!;
  return a + b + c + d;
}

// As definitions (see isSeen): not for the first time over a long column. Three times, because V8 takes notes only of
// functions that have run for a while.
for (let k = 0; k < 3; k++) scanInput(new Float64Array(1003));

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
