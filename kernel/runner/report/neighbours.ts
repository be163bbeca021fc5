/** What a study found around a point: a good value among bad ones is luck. */
import type { Params } from "#model";
import type { Trial } from "#optimize";
import type { StudyFact } from "./facts.ts";

/** Trials of a grid over one or two of its parameters, the others as at the used point. */
export interface GridSlice {
  readonly x: string;
  /** Undefined where only one parameter has several values; then `ys` has one place. */
  readonly y: string | undefined;
  /** Rising. */
  readonly xs: readonly number[];
  readonly ys: readonly number[];
  /** NaN for a trial that failed, undefined where none was made. */
  readonly valueAt: (column: number, row: number) => number | undefined;
  readonly used: { readonly column: number; readonly row: number };
  /** Values of the complete trials next to the used one, in both directions. */
  readonly neighbours: readonly number[];
}

const NEAREST = 8;
/** More columns or rows do not fit as numbers. */
const GRID_MAX = 16;

/** The names of the parameters that are numbers. */
export function numberAxes({ space }: StudyFact): string[] {
  return Object.keys(space).filter((name) => space[name]!.kind !== "choice");
}

/** The trial with exactly these parameters. */
export function trialAt({ trials, space }: StudyFact, params: Params): Trial | undefined {
  const names = Object.keys(space);
  return trials.find((trial) => names.every((name) => trial.params[name] === params[name]));
}

/** Undefined if the point is not one of the grid's, nothing varies, or there is no room for the values. */
export function gridSlice(study: StudyFact, params: Params): GridSlice | undefined {
  if (!trialAt(study, params)) return undefined;
  const valuesOf = (name: string) => {
    const values = study.trials.map((trial) => Number(trial.params[name]));
    return [...new Set(values)].sort((a, b) => a - b);
  };
  const varied = numberAxes(study).filter((name) => valuesOf(name).length > 1);
  const [x, y] = varied;
  if (x === undefined) return undefined;
  const xs = valuesOf(x);
  const ys = y === undefined ? [0] : valuesOf(y);
  if (xs.length > GRID_MAX || ys.length > GRID_MAX) return undefined;
  const valueAt = (column: number, row: number) => {
    const at = { ...params, [x]: xs[column]!, ...(y === undefined ? {} : { [y]: ys[row]! }) };
    return trialAt(study, at)?.value;
  };
  const used = {
    column: xs.indexOf(Number(params[x])),
    row: y === undefined ? 0 : ys.indexOf(Number(params[y])),
  };
  const neighbours: number[] = [];
  for (let column = used.column - 1; column <= used.column + 1; column++) {
    for (let row = used.row - 1; row <= used.row + 1; row++) {
      const isInside = column >= 0 && column < xs.length && row >= 0 && row < ys.length;
      const value = isInside ? valueAt(column, row) : undefined;
      const isUsed = column === used.column && row === used.row;
      if (!isUsed && value !== undefined && Number.isFinite(value)) neighbours.push(value);
    }
  }
  return { x, y, xs, ys, valueAt, used, neighbours };
}

/** The complete trials nearest to a point, each parameter measured by its range; the point itself is left out. */
export function nearestTrials({ trials, space }: StudyFact, params: Params): Trial[] {
  const distance = (trial: Trial) =>
    Object.entries(space).reduce((sum, [name, range]) => {
      const [a, b] = [trial.params[name], params[name]];
      if (range.kind === "choice") return sum + (a === b ? 0 : 1);
      const place = range.log ? Math.log : (value: number) => value;
      return sum + ((place(Number(a)) - place(Number(b))) / (place(range.max) - place(range.min))) ** 2;
    }, 0);
  return trials
    .filter(({ state, sameAs }) => state === "complete" && sameAs === undefined)
    .map((trial) => ({ trial, away: distance(trial) }))
    .filter(({ away }) => away > 0)
    .sort((a, b) => a.away - b.away)
    .slice(0, NEAREST)
    .map(({ trial }) => trial);
}

/** NaN of an empty list. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return (sorted[middle - 1]! + sorted[middle]!) / 2;
}
