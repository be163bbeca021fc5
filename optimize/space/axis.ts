/**
 * A space as axes that samplers can move on.
 *
 * A number v stands at position x: x = v, or x = ln v on a log axis. A whole or stepped number owns the cell of half a
 * step on both sides, so that the first and the last value are as likely as the others:
 *   float: low = x(min), high = x(max);   stepped: low = x(min - step/2), high = x(last + step/2).
 */
import { fail, type Rng } from "#core";
import type { FloatRange, IntRange, ParamSpace, Params, ParamValue } from "#model";

export interface NumberAxis {
  readonly kind: "number";
  readonly name: string;
  /** Positions lie in [low, high]. */
  readonly low: number;
  readonly high: number;
  /** The value nearest to a position. */
  valueAt(position: number): number;
  positionOf(value: number): number;
  /** Undefined if every number of the range is a value. */
  readonly steps: Steps | undefined;
}

export interface Steps {
  /** How many values there are. */
  readonly count: number;
  /** The k-th value in rising order, 0 <= k < count. */
  value(k: number): number;
  /** Least distance of two values, in positions. */
  readonly cell: number;
}

export interface ChoiceAxis {
  readonly kind: "choice";
  readonly name: string;
  readonly options: readonly ParamValue[];
}

export type Axis = NumberAxis | ChoiceAxis;

/** One axis for each parameter, in the order of the space. Errors: `optimize.bad-setting` if there is none. */
export function createAxes(space: ParamSpace): Axis[] {
  const axes = Object.entries(space).map(([name, range]): Axis => {
    if (range.kind === "choice") return { kind: "choice", name, options: range.options };
    const step = range.step ?? (range.kind === "int" ? 1 : undefined);
    return step === undefined ? continuousAxis(name, range) : steppedAxis(name, range, step);
  });
  if (axes.length > 0) return axes;
  return fail("optimize.bad-setting", {
    message: "the space to search has no parameter",
    hint: "Give at least one range, such as { enter: float(0.5, 0.7) }.",
  });
}

function continuousAxis(name: string, { min, max, log }: FloatRange | IntRange): NumberAxis {
  const positionOf = log ? Math.log : (value: number) => value;
  return {
    kind: "number",
    name,
    low: positionOf(min),
    high: positionOf(max),
    // exp(ln(max)) may lie a hair above max.
    valueAt: (position) => Math.min(max, Math.max(min, log ? Math.exp(position) : position)),
    positionOf,
    steps: undefined,
  };
}

function steppedAxis(name: string, { min, max, log }: FloatRange | IntRange, step: number): NumberAxis {
  // A hair of float error below a whole number of steps still counts as the step.
  const last = Math.floor((max - min) / step + 1e-9);
  const positionOf = log ? Math.log : (value: number) => value;
  // Twelve digits: 0.1 + 2 * 0.1 is 0.3, not 0.30000000000000004. That may lie a hair outside a bound with more digits.
  const valueOfStep = (k: number) => Math.min(max, Math.max(min, Number((min + k * step).toPrecision(12))));
  return {
    kind: "number",
    name,
    low: positionOf(min - step / 2),
    high: positionOf(min + (last + 0.5) * step),
    valueAt(position) {
      const k = Math.round(((log ? Math.exp(position) : position) - min) / step);
      return valueOfStep(Math.min(last, Math.max(0, k)));
    },
    positionOf,
    steps: {
      count: last + 1,
      value: valueOfStep,
      cell: log ? Math.log(1 + step / (min + last * step)) : step,
    },
  };
}

/** A point spread evenly over the positions of every axis. */
export function randomPoint(axes: readonly Axis[], rng: Rng): Params {
  return pointFrom(axes, (axis) =>
    axis.kind === "choice"
      ? axis.options[rng.nextInt(axis.options.length)]!
      : axis.valueAt(axis.low + rng.next() * (axis.high - axis.low)),
  );
}

/** A point with one value for each axis. */
export function pointFrom(axes: readonly Axis[], choose: (axis: Axis, index: number) => ParamValue): Params {
  return Object.fromEntries(axes.map((axis, index) => [axis.name, choose(axis, index)]));
}
