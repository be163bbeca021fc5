/**
 * Splits that a price series was not adjusted for.
 *
 * q = open_i / close_{i-1}. A split of a for b makes q near b / a from one bar to the next, the price stays there, and
 * the return is extreme among those around it (as in outliers.ts). Candidates are the ratios that companies use.
 */
import type { BarColumns } from "#model";
import { MAD_SCALE, rollingMedians } from "./robust.ts";

export interface SuspectedSplit {
  /** The first bar at the new price. */
  readonly index: number;
  /** New shares for one old: 2 for two for one, 0.1 for a reverse split of one for ten. */
  readonly ratio: number;
}

const RATIOS = [1.5, 2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 50, 100].flatMap((ratio) => [ratio, 1 / ratio]);
/** A day's own move stands between the two prices. */
const TOLERANCE = 0.05;
const HALF = 50;
const THRESHOLD = 10;
const BARS_BESIDE = 5;
const BARS_LEAST = 20;

/** Where a split is likely. @param bars n rows, prices above zero. */
export function findSplits({ open, close }: BarColumns): SuspectedSplit[] {
  const n = close.length;
  if (n < BARS_LEAST) return [];
  const returns = Float64Array.from(close, (price, i) =>
    i === 0 ? Number.NaN : Math.log(price / close[i - 1]!),
  );
  const { mad } = rollingMedians(returns, HALF);
  const found: SuspectedSplit[] = [];
  for (let i = 1; i < n; i++) {
    const jump = Math.log(open[i]! / close[i - 1]!);
    if (!(Math.abs(jump) > THRESHOLD * MAD_SCALE * mad[i]!)) continue;
    const ratio = RATIOS.find((each) => Math.abs(jump + Math.log(each)) < TOLERANCE);
    if (ratio === undefined) continue;
    const level = Math.log(
      middle(close.subarray(i, i + BARS_BESIDE)) / middle(close.subarray(Math.max(0, i - BARS_BESIDE), i)),
    );
    if (Math.abs(level + Math.log(ratio)) < 3 * TOLERANCE) found.push({ index: i, ratio });
  }
  return found;
}

function middle(values: Float64Array): number {
  const sorted = values.toSorted();
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}
