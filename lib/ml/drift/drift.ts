/**
 * Whether what a model sees still looks like what it was trained on.
 *
 * Symbols: e_b and a_b shares of training and present rows in bin b. The bins are the ten between the training rows'
 * deciles, fewer where deciles are equal; missing values are a bin of their own where there are any.
 *   PSI  sum over bins of (a_b - e_b) ln(a_b / e_b), shares of at least 1e-4; below 0.1 little, above 0.25 much
 *   KS   largest distance between the two distribution functions (Kolmogorov and Smirnov); its p-value by Kolmogorov's
 *        series with n m / (n + m) rows, as if rows were independent: neighbouring bars are not, so it is too strict
 * The training side is known by its percentiles: KS is taken there, up to 0.01 too small and never too large.
 */
import { type Baseline, baselineLines } from "./baseline.ts";

export interface Drift {
  /** Feature, or "prediction". */
  readonly name: string;
  /** Present rows. */
  readonly rows: number;
  /** Share of them without a value. */
  readonly missing: number;
  /** NaN without rows. */
  readonly psi: number;
  readonly ks: number;
  /** Chance of a KS this large if nothing had changed. */
  readonly pValue: number;
  /** Mean of the present values. */
  readonly mean: number;
}

const SHARE_MIN = 1e-4;

/**
 * @param table of {@link baselineOf}. @param names features; the last line is the prediction.
 * @param columns present rows in the same order, the predictions last.
 */
export function driftOf(
  table: Float64Array,
  names: readonly string[],
  columns: readonly ArrayLike<number>[],
): Drift[] {
  return baselineLines(table).map((line, k) => {
    const values = Float64Array.from(columns[k]!);
    const known = values.filter((value) => !Number.isNaN(value)).sort();
    const { ks, pValue } = kolmogorov(line, known);
    return {
      name: names[k] ?? "prediction",
      rows: values.length,
      missing: values.length === 0 ? 0 : 1 - known.length / values.length,
      psi: stability(line, known, values.length),
      ks,
      pValue,
      mean:
        known.reduce((sum, value) => sum + value / known.length, 0) || (known.length > 0 ? 0 : Number.NaN),
    };
  });
}

function stability({ percentiles, missing }: Baseline, known: Float64Array, rows: number): number {
  if (rows === 0 || Number.isNaN(percentiles[0])) return Number.NaN;
  const edges = decileEdges(percentiles);
  const expected = edges.map(
    (edge, b) => shareBelow(percentiles, edge) - (b > 0 ? shareBelow(percentiles, edges[b - 1]!) : 0),
  );
  expected.push(1 - expected.reduce((sum, share) => sum + share, 0));
  const counts = new Float64Array(edges.length + 1);
  for (const value of known) counts[binOf(edges, value)]!++;
  let psi = term((rows - known.length) / rows, missing);
  expected.forEach((share, b) => {
    psi += term(counts[b]! / rows, share * (1 - missing));
  });
  return psi;
}

/** Neither side has it: no term. */
function term(actual: number, expected: number): number {
  if (actual === 0 && expected < SHARE_MIN) return 0;
  const [a, e] = [Math.max(actual, SHARE_MIN), Math.max(expected, SHARE_MIN)];
  return (a - e) * Math.log(a / e);
}

/** Inner edges between bins, each once. A value on an edge belongs below it. */
function decileEdges(percentiles: Float64Array): number[] {
  const edges: number[] = [];
  for (let q = 10; q < 100; q += 10)
    if (percentiles[q]! < percentiles[100]! && percentiles[q] !== edges.at(-1)) edges.push(percentiles[q]!);
  return edges;
}

function binOf(edges: readonly number[], value: number): number {
  let bin = 0;
  while (bin < edges.length && value > edges[bin]!) bin++;
  return bin;
}

/** Share of training values at or below x. */
function shareBelow(percentiles: Float64Array, x: number): number {
  if (x < percentiles[0]!) return 0;
  if (x >= percentiles[100]!) return 1;
  let [low, high] = [0, 100];
  // The last percentile that is not above x.
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (percentiles[middle]! <= x) low = middle;
    else high = middle;
  }
  return (low + (x - percentiles[low]!) / (percentiles[high]! - percentiles[low]!)) / 100;
}

/** At the training percentiles, where its distribution is known. */
function kolmogorov({ percentiles, rows, missing }: Baseline, known: Float64Array) {
  const n = known.length;
  if (n === 0 || Number.isNaN(percentiles[0])) return { ks: Number.NaN, pValue: Number.NaN };
  let [ks, below, upTo] = [0, 0, 0];
  for (let first = 0, last = 0; first <= 100; first = last + 1) {
    const x = percentiles[first]!;
    last = first;
    while (last < 100 && percentiles[last + 1] === x) last++;
    while (below < n && known[below]! < x) below++;
    upTo = Math.max(upTo, below);
    while (upTo < n && known[upTo]! <= x) upTo++;
    // Percentiles that are equal are a value that many rows have: how many is known to one percentile.
    const slack = last > first ? 1 : 0;
    ks = Math.max(
      ks,
      beyond(below / n, (first - slack) / 100, first / 100),
      beyond(upTo / n, last / 100, (last + slack) / 100),
    );
  }
  const m = rows * (1 - missing);
  return { ks, pValue: kolmogorovTail(ks * Math.sqrt((n * m) / (n + m))) };
}

/** Distance of a share from a range. */
function beyond(share: number, low: number, high: number): number {
  return Math.max(0, low - share, share - high);
}

/** 2 sum (-1)^(j-1) exp(-2 j^2 x^2). */
function kolmogorovTail(x: number): number {
  if (x < 0.2) return 1;
  let sum = 0;
  for (let j = 1; j <= 100; j++) sum += (j % 2 === 1 ? 2 : -2) * Math.exp(-2 * j * j * x * x);
  return Math.min(1, Math.max(0, sum));
}
