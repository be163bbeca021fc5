/**
 * How many bars does a feature need before a value no longer depends on where its history begins?
 *
 * A feature over a window needs the window; a recursive one forgets its start slowly, so what counts is how much of it
 * shows: the least number of bars k such that from the k-th bar on a stream that began there gives what one that began
 * long before gives, within a tolerance. Found by streams that begin at several bars, compared at the same bars.
 */
import { fail } from "#core";
import type { BarColumns } from "#model";
import type { TimedBars } from "../drive/compute.ts";
import type { FeatureSet } from "../set.ts";

export interface WarmupOptions {
  /** Largest difference that counts as equal, of max(|value|, the column's usual size). Default 1e-9. */
  readonly tolerance?: number;
  /** How many starts are tried. Default 5. */
  readonly starts?: number;
}

export interface FeatureWarmup {
  readonly feature: string;
  /** Bars before the first value. */
  readonly first: number;
  /** Bars before values within the tolerance; undefined if this history does not show it. */
  readonly settled: number | undefined;
}

/** Bars that each feature of a set needs. Errors: `features.bad-probe` for a history under 10 bars. */
export function probeFeatureWarmup(
  set: FeatureSet,
  bars: TimedBars,
  options: WarmupOptions = {},
): FeatureWarmup[] {
  const { tolerance = 1e-9, starts = 5 } = options;
  const { length } = bars.time;
  if (length < 10) {
    fail("features.bad-probe", {
      message: `the history has ${length} bars: too few to see a feature settle`,
      fields: { bars: length },
    });
  }
  const whole = set.compute(bars);
  const first = set.names.map(() => 0);
  const settled = set.names.map((): number | undefined => 0);
  for (let k = 1; k <= starts; k++) {
    // Prime steps, so that no start is a multiple of a day or of a rolling sum's anchor.
    const start = Math.min(length - 2, Math.floor((length / 2) * (k / starts)) | 1);
    const late = set.compute(from(bars, start));
    set.names.forEach((_, column) => {
      const ours = late.columns[column]!;
      const theirs = whole.columns[column]!.subarray(start);
      const begins = ours.findIndex((value) => !Number.isNaN(value));
      first[column] = Math.max(first[column]!, begins < 0 ? ours.length : begins);
      const last = lastDifference(ours, theirs, tolerance);
      const known = settled[column];
      // The last bar must agree, or the settling may still go on.
      settled[column] =
        known === undefined || last >= ours.length - 1 ? undefined : Math.max(known, last + 1);
    });
  }
  return set.names.map((feature, k) => ({ feature, first: first[k]!, settled: settled[k] }));
}

function from(bars: TimedBars, start: number): TimedBars {
  const cut = (column: Float64Array) => column.subarray(start);
  const { time, open, high, low, close, volume }: BarColumns = bars;
  return {
    time: cut(time),
    open: cut(open),
    high: cut(high),
    low: cut(low),
    close: cut(close),
    volume: cut(volume),
    ...(bars.timeframeMs === undefined ? {} : { timeframeMs: bars.timeframeMs }),
  };
}

/** Index of the last row that differs, -1 if none does. */
function lastDifference(a: Float64Array, b: Float64Array, tolerance: number): number {
  let size = 0;
  for (const value of b) if (Number.isFinite(value)) size += Math.abs(value) / b.length;
  for (let i = a.length - 1; i >= 0; i--) {
    const [x, y] = [a[i]!, b[i]!];
    if (Object.is(x, y)) continue;
    if (!(Math.abs(x - y) <= tolerance * Math.max(Math.abs(y), size))) return i;
  }
  return -1;
}
