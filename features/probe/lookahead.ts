/**
 * Does a computation read the future?
 *
 * It runs on the whole history, then for a number of moments on histories in which everything that became known later
 * is removed, or is other. A value of a row that was known by that moment must not change. One that does has read what
 * came after: the future leaked in. No formula is looked at, so any code can be probed.
 */
import { fail, timeText } from "#core";
import { BAR_COLUMNS } from "#model";
import { DEFAULT_BAR_MS, type TimedBars } from "../drive/compute.ts";
import type { FeatureSet } from "../set.ts";
import { bendInput, copyInput, type FutureKind, type ProbeInput } from "./worlds.ts";

/** Everything that is computed from: the bars whose rows come out, and whatever else is read. */
export interface ProbeInputs {
  readonly bars: TimedBars;
  readonly [name: string]: ProbeInput;
}

/** One column a feature, each as long as the bars. A table of features will do. */
export type ProbedColumns =
  | Readonly<Record<string, ArrayLike<number>>>
  | { readonly names: readonly string[]; readonly columns: readonly ArrayLike<number>[] };

/** What is probed: features, or any code that makes columns of the inputs. */
export type Probed = FeatureSet | ((inputs: ProbeInputs) => ProbedColumns | Promise<ProbedColumns>);

export interface ProbeOptions {
  /** How many moments are looked at, 1 to 1000. Default 12: some at the end, the rest at random. */
  readonly moments?: number;
  readonly seed?: number;
  /** Largest difference that is no leak, of max(|value|, the column's usual size). Default 1e-9. */
  readonly tolerance?: number;
  /** Where the code stands, by feature: filled in by a notebook. */
  readonly cellOf?: (feature: string) => string | undefined;
}

/** A feature whose values changed with the future. */
export interface Leak {
  readonly feature: string;
  /** Where the code stands, if that is known: "cell 4". */
  readonly cell: string | undefined;
  /** The first row that changed: its index, and the start of its bar (UTC ms). */
  readonly row: number;
  readonly time: number;
  /** Its value on the whole history, and with another future. */
  readonly value: number;
  readonly other: number;
  /** The moment up to which both histories are equal (UTC ms): the close of the last bar in both. */
  readonly moment: number;
  /** Bars from the first changed row to that moment: it reads at least as far ahead, plus one. */
  readonly barsAhead: number;
  /** What was done to the future when it was seen first. */
  readonly future: FutureKind;
  /** How many of the moments showed it. */
  readonly moments: number;
}

export interface LookaheadReport {
  /** Features without a leak. */
  readonly clean: readonly string[];
  readonly leaks: readonly Leak[];
  /** The moments that were looked at (UTC ms). */
  readonly moments: readonly number[];
  /** Computations that failed on another future: a shorter history may be too short for them. */
  readonly failed: number;
  /** For each leaking feature the relative size of the change by bars before the moment, 0 the last row. */
  readonly profile: Readonly<Record<string, readonly number[]>>;
}

const PROFILE_ROWS = 60;

/**
 * Looks for values that change when only the future does.
 * @param inputs the bars, and all else that is read, by name: what is not given cannot be held back.
 * Errors: `features.bad-probe`, and whatever the computation throws on the whole history.
 */
export async function probeFuture(
  probed: Probed,
  inputs: ProbeInputs,
  options: ProbeOptions = {},
): Promise<LookaheadReport> {
  const { moments: count = 12, seed = 1, tolerance = 1e-9 } = options;
  const { bars } = inputs;
  const { length } = bars.time;
  const run = typeof probed === "function" ? probed : computeSet(probed);
  if (length < 3) tooShort(length);
  // Each run has columns of its own: code that writes into what it is given would hide what it does.
  const whole = columnsOf(await run(copyInputs(inputs)), length);
  refuseUnrepeatable(whole, columnsOf(await run(copyInputs(inputs)), length), tolerance);
  const rows = momentRows(bars, count, seed);
  const barMs = bars.timeframeMs ?? DEFAULT_BAR_MS;
  const findings = new Map<string, Finding>();
  const failures: unknown[] = [];
  let runs = 0;
  for (const [k, row] of rows.entries()) {
    const moment = bars.time[row]! + barMs;
    for (const future of ["changed", "removed"] as const) {
      const bent = bendInputs(inputs, moment, future, seed + k);
      runs++;
      // A computation that can't live with a shorter history says so: that is no leak.
      const other = await attempt(async () => columnsOf(await run(bent), bent.bars.time.length), failures);
      if (other)
        compare({ whole, other, row, moment, future, bars, tolerance, cellOf: options.cellOf }, findings);
    }
  }
  if (failures.length === runs) throw failures[0];
  return {
    clean: [...whole.keys()].filter((name) => !findings.has(name)),
    leaks: [...findings.values()].map(({ leak, moments }) => ({ ...leak, moments: moments.size })),
    moments: rows.map((row) => bars.time[row]! + barMs),
    failed: failures.length,
    profile: Object.fromEntries([...findings].map(([name, { profile }]) => [name, profile])),
  };
}

interface Finding {
  readonly leak: Leak;
  readonly moments: Set<number>;
  readonly profile: number[];
}

interface Comparison {
  readonly whole: ReadonlyMap<string, ArrayLike<number>>;
  readonly other: ReadonlyMap<string, ArrayLike<number>>;
  /** The last row in both histories. */
  readonly row: number;
  readonly moment: number;
  readonly future: FutureKind;
  readonly bars: TimedBars;
  readonly tolerance: number;
  readonly cellOf: ProbeOptions["cellOf"];
}

/** Adds to the findings what one other future has changed. */
function compare(
  { whole, other, row, moment, future, bars, tolerance, cellOf }: Comparison,
  findings: Map<string, Finding>,
): void {
  for (const [feature, values] of whole) {
    const again = other.get(feature);
    const first = again === undefined ? -1 : firstChange(values, again, row + 1, tolerance);
    if (again === undefined || first < 0) continue;
    const known = findings.get(feature);
    const moments = (known?.moments ?? new Set<number>()).add(moment);
    const profile = known?.profile ?? [];
    addProfile(profile, values, again, row);
    const leak: Leak = {
      feature,
      cell: cellOf?.(feature),
      row: first,
      time: bars.time[first]!,
      value: values[first]!,
      other: again[first]!,
      moment,
      barsAhead: row - first + 1,
      future,
      moments: moments.size,
    };
    // The nearest is what a reader can check by hand: the least that it reads ahead.
    const isNearer = known === undefined || leak.barsAhead < known.leak.barsAhead;
    findings.set(feature, { leak: isNearer ? leak : known.leak, moments, profile });
  }
}

function copyInputs(inputs: ProbeInputs): ProbeInputs {
  const copied = Object.entries(inputs).map(([name, input]) => [name, copyInput(name, input)]);
  return Object.fromEntries(copied) as ProbeInputs;
}

function bendInputs(inputs: ProbeInputs, moment: number, future: FutureKind, seed: number): ProbeInputs {
  const bent = Object.entries(inputs).map(([name, input]) => [
    name,
    bendInput(name, input, moment, future, seed),
  ]);
  return Object.fromEntries(bent) as ProbeInputs;
}

async function attempt<T>(work: () => Promise<T>, failures: unknown[]): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    failures.push(error);
    return undefined;
  }
}

/** What differs without any cause would be taken for a leak. */
function refuseUnrepeatable(
  first: ReadonlyMap<string, ArrayLike<number>>,
  second: ReadonlyMap<string, ArrayLike<number>>,
  tolerance: number,
): void {
  for (const [name, values] of first) {
    const again = second.get(name);
    if (again && firstChange(values, again, values.length, tolerance) < 0) continue;
    fail("features.bad-probe", {
      message: `"${name}" is another each time it is computed from the same history`,
      hint: "Give random numbers and training a seed; keep no state outside the function.",
      fields: { feature: name },
    });
  }
}

/** The same as text, a line a leak. */
export function lookaheadText({ clean, leaks, moments, failed }: LookaheadReport): string {
  const lines = leaks.map(
    ({ feature, cell, time, barsAhead, moment, value, other }) =>
      `${feature}${cell ? ` (${cell})` : ""}: reads at least ${barsAhead} bar${barsAhead === 1 ? "" : "s"} ahead: ` +
      `its value of ${timeText(time)} is ${value}, and ${other} when only what came after ${timeText(moment)} differs`,
  );
  const rest = `${clean.length} of ${clean.length + leaks.length} features read nothing ahead, at ${moments.length} moments`;
  const gaps = failed === 0 ? [] : [`${failed} of ${2 * moments.length} other futures could not be computed`];
  return [...lines, rest, ...gaps].join("\n");
}

function computeSet(set: FeatureSet) {
  const { symbols, series } = set.needs;
  return (inputs: ProbeInputs) => {
    const pick = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, inputs[name]]));
    return set.compute(inputs.bars, { at: pick(symbols) as never, series: pick(series) as never });
  };
}

function columnsOf(result: ProbedColumns, length: number): Map<string, ArrayLike<number>> {
  const { names, columns } = result as { names?: readonly string[]; columns?: readonly ArrayLike<number>[] };
  const entries =
    Array.isArray(names) && Array.isArray(columns)
      ? names.map((name, i) => [name, columns[i]!] as const)
      : Object.entries(result as Readonly<Record<string, ArrayLike<number>>>);
  for (const [name, column] of entries) {
    if (typeof column?.length === "number" && column.length === length) continue;
    fail("features.bad-probe", {
      message: `the computation gives ${column?.length ?? "no"} values for "${name}" where the bars are ${length}`,
      hint: "Give one column a feature, each as long as the bars that were handed in.",
      fields: { feature: name, length: column?.length, bars: length },
    });
  }
  return new Map(entries);
}

/** First row before `end` that differs, -1 if none does. */
function firstChange(a: ArrayLike<number>, b: ArrayLike<number>, end: number, tolerance: number): number {
  const size = usualSize(a, end);
  for (let i = 0; i < end; i++) if (differs(a[i]!, b[i]!, tolerance, size)) return i;
  return -1;
}

function differs(a: number, b: number, tolerance: number, size: number): boolean {
  if (Object.is(a, b) || a === b) return false;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return !(Number.isNaN(a) && Number.isNaN(b));
  return Math.abs(a - b) > tolerance * Math.max(Math.abs(a), size);
}

function usualSize(values: ArrayLike<number>, end: number): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < end; i++) {
    const size = Math.abs(values[i]!);
    if (!Number.isFinite(size)) continue;
    sum += size;
    count++;
  }
  return count === 0 ? 0 : sum / count;
}

function addProfile(profile: number[], a: ArrayLike<number>, b: ArrayLike<number>, row: number): void {
  const size = usualSize(a, row + 1);
  for (let back = 0; back < PROFILE_ROWS && back <= row; back++) {
    const [x, y] = [a[row - back]!, b[row - back]!];
    const change = Object.is(x, y) ? 0 : Number.isFinite(x - y) ? Math.abs(x - y) / (size || 1) : 1;
    profile[back] = Math.max(profile[back] ?? 0, change);
  }
}

/**
 * Rows after which the future is bent: the last but one; ends of holes, where a fill from behind would show; and others
 * spread over the history.
 */
function momentRows({ time, ...bars }: TimedBars, count: number, seed: number): number[] {
  if (!Number.isInteger(count) || count < 1 || count > 1000) {
    fail("features.bad-probe", {
      message: `moments is ${count}: a whole number from 1 to 1000`,
      fields: { moments: count },
    });
  }
  const last = time.length - 2;
  const rows = new Set<number>([last]);
  for (let i = 1; i <= last && rows.size <= count / 3; i++) {
    const isHole = BAR_COLUMNS.some(
      (name) => !Number.isFinite(bars[name][i]) && Number.isFinite(bars[name][i + 1]),
    );
    if (isHole) rows.add(i);
  }
  // A golden-ratio walk inside equal stretches meets all remainders of an hour, a day, a week.
  for (let k = 1; rows.size < Math.min(count, last) && k < 50 * count; k++) {
    const within = ((k + seed) * 0.6180339887498949) % 1;
    rows.add(1 + Math.floor(((k % count) + within) * (last / count)));
  }
  return [...rows].filter((row) => row <= last).sort((a, b) => a - b);
}

function tooShort(length: number): never {
  fail("features.bad-probe", {
    message: `the history has ${length} bars: nothing can be held back of it`,
    hint: "Give some hundred bars at least.",
    fields: { bars: length },
  });
}
