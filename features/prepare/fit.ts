import { fail, parseTime, parseTimeEnd, timeText } from "#core";
import type { FeatureTable } from "../table.ts";
import { type Fitted, type FittedColumn, hashOf } from "./fitted.ts";
import { createOpState, type Op, runOps, type Step } from "./steps.ts";

const VALUES_MAX = 32;

export interface FitRange {
  /** First bar's start; the first of the table without it. */
  readonly from?: string | number | Date;
  /** End of the train range: bars start before it ("2018" is all of 2018). */
  readonly to: string | number | Date;
}

/**
 * Learns pre-processing from the rows of a train range, and from no other.
 * @param steps in their order, for all columns or by name; names left out stay as they are.
 * @returns plain JSON, to be frozen.
 * Errors: `features.bad-prepare`, `features.unknown-name`, `core.bad-time`.
 */
export function fit<Name extends string>(
  table: FeatureTable<Name>,
  steps: readonly Step[] | { readonly [K in Name]?: readonly Step[] },
  { from, to }: FitRange,
): Fitted {
  const start = from === undefined ? null : parseTime(from);
  const end = parseTimeEnd(to);
  const first = table.time.findIndex((time) => time >= (start ?? Number.NEGATIVE_INFINITY));
  const after = table.time.findIndex((time) => time >= end);
  // Later rows are cut off before anything looks: they can't be learnt from.
  const stop = after < 0 ? table.length : after;
  const given = Array.isArray(steps)
    ? table.names.map((name) => [name, steps as readonly Step[]] as const)
    : (Object.entries(steps ?? {}) as [Name, readonly Step[]][]);
  const columns = given.map(([name, list]): FittedColumn => {
    const column = table.column(name).subarray(0, stop);
    const id = table.ids[table.names.indexOf(name)]!;
    const rows = first < 0 || first >= stop ? column.subarray(0, 0) : column.subarray(first);
    if (!rows.some(Number.isFinite)) nothingToLearn(name, start, end);
    const ops = fitColumn(name, column, Math.max(first, 0), list);
    return { name, id, ops, hash: hashOf(ops) };
  });
  return { kind: "prepare", version: 1, from: start, to: end, columns };
}

/** @param column all rows up to the end of the train range. @param first row of the range. */
function fitColumn(name: string, column: Float64Array, first: number, steps: readonly Step[]): Op[] {
  if (!Array.isArray(steps)) notAStep(name, steps);
  let values = column;
  return steps.map((step, k) => {
    if (typeof step?.step !== "string") notAStep(name, step);
    if (step.step === "one-hot" && k !== steps.length - 1)
      refuse(name, step, "it makes several columns, so no step can follow it");
    const op = fitStep(name, step, values.subarray(first).filter(Number.isFinite));
    if (Object.values(op).some((value) => typeof value === "number" && !Number.isFinite(value)))
      refuse(name, step, "the values of the train range are too large for it");
    const state = createOpState([op]);
    values = values.map((value) => runOps([op], state, value));
    return op;
  });
}

/** @param x the finite values of the train range, as the steps before leave them. */
function fitStep(name: string, step: Step, x: Float64Array): Op {
  const needs = () => {
    if (x.length === 0) refuse(name, step, "the steps before it leave no finite value in the train range");
    return x;
  };
  switch (step.step) {
    case "standard": {
      const mean = meanOf(needs());
      return { op: "scale", mean, scale: deviationOf(x, mean) || 1 };
    }
    case "robust": {
      const sorted = needs().toSorted();
      const range = quantile(sorted, 0.75) - quantile(sorted, 0.25);
      return { op: "scale", mean: quantile(sorted, 0.5), scale: range || 1 };
    }
    case "min-max": {
      const sorted = needs().toSorted();
      return { op: "scale", mean: sorted[0]!, scale: sorted.at(-1)! - sorted[0]! || 1 };
    }
    case "winsorise": {
      if (!(step.low >= 0 && step.low < step.high && step.high <= 1))
        refuse(name, step, `its quantiles are ${step.low} and ${step.high}; they must rise within 0 to 1`);
      const sorted = needs().toSorted();
      return { op: "clip", low: quantile(sorted, step.low), high: quantile(sorted, step.high) };
    }
    case "clip":
      if (!(step.low < step.high && Number.isFinite(step.low) && Number.isFinite(step.high)))
        refuse(name, step, `it cuts at ${step.low} and ${step.high}; give two finite values that rise`);
      return { op: "clip", low: step.low, high: step.high };
    case "fill":
      return { op: "fill", fill: fillValue(name, step, needs) };
    case "carry":
      if (!Number.isInteger(step.bars) || step.bars < 1)
        refuse(name, step, `it carries over ${step.bars} bars; it must be a whole number of at least 1`);
      return { op: "carry", bars: step.bars };
    case "log":
    case "sign-log":
      return { op: step.step };
    case "one-hot":
    case "ordinal":
      return { op: step.step, values: valuesOf(name, step, needs) };
    default:
      return refuse(name, step, "there is no such step");
  }
}

function fillValue(name: string, step: Extract<Step, { step: "fill" }>, needs: () => Float64Array): number {
  if (step.with === "mean") return meanOf(needs());
  if (step.with === "median") return quantile(needs().toSorted(), 0.5);
  if (typeof step.with === "number" && Number.isFinite(step.with)) return step.with;
  return refuse(name, step, `it fills with ${String(step.with)}; give "mean", "median" or a finite number`);
}

function valuesOf(
  name: string,
  step: Extract<Step, { values: unknown }>,
  needs: () => Float64Array,
): readonly number[] {
  const values = step.values ?? [...new Set(needs().toSorted())];
  const isGood = values.length > 0 && values.every(Number.isFinite) && new Set(values).size === values.length;
  if (!isGood || values.length > VALUES_MAX)
    refuse(name, step, `it has ${values.length} values; give 1 to ${VALUES_MAX} finite ones, each once`);
  // -0 would come back from JSON as 0, and is the same value.
  return values.map((value) => value + 0);
}

function refuse(name: string, step: Step, problem: string): never {
  fail("features.bad-prepare", {
    message: `${step.step} of "${name}": ${problem}`,
    hint: "Steps are made by prepare.standard(), prepare.fill(0) and the like.",
    fields: { name, step: String(step.step), problem },
  });
}

function notAStep(name: string, given: unknown): never {
  fail("features.bad-prepare", {
    message: `"${name}" is given ${JSON.stringify(given) ?? typeof given} for a list of steps or one of them`,
    hint: "Steps are made by prepare.standard(), prepare.fill(0) and the like, in a list.",
    fields: { name },
  });
}

function nothingToLearn(name: string, start: number | null, end: number): never {
  fail("features.bad-prepare", {
    message: `"${name}" has no finite value from ${start === null ? "the first bar" : timeText(start)} to ${timeText(end)}`,
    hint: "Widen the train range, or leave the column out.",
    fields: { name, from: start, to: end },
  });
}

/** Anchored at the first value, so that a column that does not move has exactly its value. */
function meanOf(x: Float64Array): number {
  const anchor = x[0]!;
  let sum = 0;
  for (const value of x) sum += value - anchor;
  return anchor + sum / x.length;
}

function deviationOf(x: Float64Array, mean: number): number {
  let sum = 0;
  for (const value of x) sum += (value - mean) * (value - mean);
  return Math.sqrt(sum / x.length);
}

/** Linear between order statistics (type 7 of Hyndman and Fan 1996, numpy's default). @param sorted at least one. */
function quantile(sorted: Float64Array, q: number): number {
  const place = q * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (place - below);
}
