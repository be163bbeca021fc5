/**
 * How much each labelled bar should count (López de Prado 2018, chapter 4).
 *
 * Symbols: the label of bar t spans the bars t+1 to e_t, in which its outcome is made; c_i the number of labels that
 * span bar i; r_i = ln(C_i / C_{i-1}).
 *   uniqueness      u_t = mean over the span of 1 / c_i, in (0, 1]
 *   return weight   |sum over the span of r_i / c_i|, scaled so that the weights' mean is 1
 *   time decay      linear in the uniqueness gathered so far: 1 for the newest label, `oldest` for the first
 * A bar without a label has weight 0.
 *
 * No leak: whether a label spans bar i is known at bar i, so that a weight follows from what is known when its label is.
 * The scale of return weights and the newest label of the time decay are those of all labels given: for rows that end
 * earlier, make them from bars that end there.
 */
import type { Bars } from "#model";
import { type Labels, needOption } from "./label/labels.ts";

/** Average uniqueness of each label: overlapping labels tell the same story, and share its weight. */
export function uniqueness(labels: Labels): Float64Array {
  const { first, last, counts } = spansOf(labels);
  const shares = prefixSums(counts, (count) => (count > 0 ? 1 / count : 0));
  return labels.values.map((value, t) => {
    if (Number.isNaN(value)) return 0;
    return (shares[last[t]! + 1]! - shares[first[t]!]!) / (last[t]! - first[t]! + 1);
  });
}

/** Weights by the return that only this label explains. Errors: `ml.bad-option` for other bars. */
export function returnWeights(labels: Labels, bars: Bars): Float64Array {
  needOption(
    bars.length === labels.values.length,
    "returnWeights",
    "bars",
    `${bars.length} bars`,
    `those of the labels (${labels.values.length})`,
  );
  const { first, last, counts } = spansOf(labels);
  const { close } = bars;
  const sums = prefixSums(counts, (count, i) => {
    const r = i === 0 ? 0 : Math.log(close[i]! / close[i - 1]!);
    return count > 0 && Number.isFinite(r) ? r / count : 0;
  });
  const weights = labels.values.map((value, t) =>
    Number.isNaN(value) ? 0 : Math.abs(sums[last[t]! + 1]! - sums[first[t]!]!),
  );
  const labelled = labels.values.filter((value) => !Number.isNaN(value)).length;
  const scale = labelled / weights.reduce((sum, weight) => sum + weight, 0);
  return Number.isFinite(scale) ? weights.map((weight) => weight * scale) : weights;
}

/**
 * Lets old labels count less: multiplies `weights` (uniqueness, if not given).
 * @param oldest factor of the first label, in [0, 1]. Errors: `ml.bad-option`.
 */
export function timeDecay(
  labels: Labels,
  { oldest, weights }: { readonly oldest: number; readonly weights?: Float64Array },
): Float64Array {
  needOption(oldest >= 0 && oldest <= 1, "timeDecay", "oldest", oldest, "a factor in [0, 1]");
  const [count, bars] = [weights?.length ?? labels.values.length, labels.values.length];
  needOption(count === bars, "timeDecay", "weights", `${count} numbers`, `one a bar, ${bars}`);
  const unique = uniqueness(labels);
  const total = unique.reduce((sum, each) => sum + each, 0);
  let gathered = 0;
  return unique.map((each, t) => {
    gathered += each;
    return (weights ?? unique)[t]! * (oldest + (1 - oldest) * (total > 0 ? gathered / total : 1));
  });
}

/** First and last bar of each label's span, and how many labels span each bar. */
function spansOf({ time, values, endTime }: Labels) {
  const n = time.length;
  const first = new Int32Array(n);
  const last = new Int32Array(n);
  const steps = new Int32Array(n + 1);
  for (let t = 0; t < n; t++) {
    if (Number.isNaN(values[t])) continue;
    first[t] = t + 1;
    // The last bar that has begun before the label is known.
    last[t] = Math.max(t + 1, lastBefore(time, endTime[t]!));
    steps[first[t]!]!++;
    steps[last[t]! + 1]!--;
  }
  let count = 0;
  const counts = Int32Array.from({ length: n }, (_, i) => {
    count += steps[i]!;
    return count;
  });
  return { first, last, counts };
}

function lastBefore(time: Float64Array, end: number): number {
  let [low, high] = [0, time.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (time[middle]! < end) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** sums[i] = values of the elements before i. */
function prefixSums(counts: Int32Array, value: (count: number, i: number) => number): Float64Array {
  const sums = new Float64Array(counts.length + 1);
  for (let i = 0; i < counts.length; i++) sums[i + 1] = sums[i]! + value(counts[i]!, i);
  return sums;
}
