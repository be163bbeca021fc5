import { fail } from "#core";
import type { ParamSpace, Params, ParamValue } from "#model";
import { type Axis, createAxes, pointFrom } from "../space/axis.ts";
import type { Sampler } from "../space/sampler.ts";

export interface GridOptions {
  readonly space: ParamSpace;
  /** Trials that there may be, at least 1. */
  readonly trials: number;
  /** Values to try of a parameter, at least 1. Default: as many as the trials allow, alike for all parameters. */
  readonly points?: Readonly<Record<string, number>>;
}

/**
 * Tries every combination of evenly spaced values (evenly in ratio on log ranges), the last parameter varying fastest.
 * Choices are tried completely. Errors: `optimize.bad-setting` if the trials are too few.
 */
export function createGridSampler({ space, trials, points = {} }: GridOptions): Sampler {
  const axes = createAxes(space);
  const values = pointsOfAxes(axes, trials, points).map((count, i) => valuesOf(axes[i]!, count));
  const size = values.reduce((product, each) => product * each.length, 1);
  let told = 0;
  return {
    ask: () => (told < size ? pointAt(axes, values, told) : undefined),
    tell() {
      told++;
    },
  };
}

/** The n-th combination, counting like digits. */
function pointAt(axes: readonly Axis[], values: readonly (readonly ParamValue[])[], n: number): Params {
  const digits = new Array<number>(axes.length);
  for (let i = axes.length - 1, rest = n; i >= 0; i--) {
    digits[i] = rest % values[i]!.length;
    rest = Math.floor(rest / values[i]!.length);
  }
  return pointFrom(axes, (_, i) => values[i]![digits[i]!]!);
}

/** How many values of each axis; the axis with fewest gets the next, as long as the product stays within the trials. */
function pointsOfAxes(
  axes: readonly Axis[],
  trials: number,
  points: Readonly<Record<string, number>>,
): readonly number[] {
  const most = axes.map((axis) => {
    if (axis.kind === "choice") return axis.options.length;
    return Math.min(axis.steps?.count ?? Infinity, points[axis.name] ?? Infinity);
  });
  const counts = axes.map(({ kind, name }, i) =>
    kind === "choice" || Object.hasOwn(points, name) ? most[i]! : 1,
  );
  refuseBadPoints(axes, points, counts, trials);
  for (;;) {
    const product = counts.reduce((all, count) => all * count, 1);
    const open = counts.flatMap((count, i) =>
      count < most[i]! && (product / count) * (count + 1) <= trials ? [i] : [],
    );
    const [first, ...others] = open;
    if (first === undefined) return counts;
    counts[others.reduce((least, i) => (counts[i]! < counts[least]! ? i : least), first)]!++;
  }
}

function refuseBadPoints(
  axes: readonly Axis[],
  points: Readonly<Record<string, number>>,
  counts: readonly number[],
  trials: number,
): void {
  const names = axes.map(({ name }) => name);
  for (const [name, count] of Object.entries(points)) {
    if (names.includes(name) && Number.isInteger(count) && count >= 1) continue;
    fail("optimize.bad-setting", {
      message: `points of the grid: ${JSON.stringify(name)}: ${count} is not a number of values of a parameter`,
      hint: `Give whole numbers of at least 1 for ${names.join(", ")}.`,
      fields: { name, count },
    });
  }
  const least = counts.reduce((product, count) => product * count, 1);
  if (least <= trials) return;
  fail("optimize.bad-setting", {
    message: `the grid has ${least} combinations at least, but there are ${trials} trials`,
    hint: 'Allow more trials, try fewer values, or use "bayesian".',
    fields: { combinations: least, trials },
  });
}

/** `count` values from the first to the last; one alone stands in the middle. */
function valuesOf(axis: Axis, count: number): readonly ParamValue[] {
  if (axis.kind === "choice") return axis.options;
  const { steps, low, high } = axis;
  if (steps && count === steps.count) return Array.from({ length: count }, (_, k) => steps.value(k));
  const first = steps ? axis.positionOf(steps.value(0)) : low;
  const last = steps ? axis.positionOf(steps.value(steps.count - 1)) : high;
  const share = (i: number) => (count === 1 ? 0.5 : i / (count - 1));
  const values = Array.from({ length: count }, (_, i) => axis.valueAt(first + share(i) * (last - first)));
  // On a log axis the nearest whole numbers of two small positions may be the same.
  return [...new Set(values)];
}
