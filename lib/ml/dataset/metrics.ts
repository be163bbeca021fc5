/**
 * How well predictions fit what happened. Every function takes weights w_i >= 0 (1 without them): a resample of the rows
 * is the same rows with whole weights.
 *
 * Symbols: p_i predicted, y_i true, n rows, means and sums weighted.
 *   log loss   -mean(y ln p + (1 - y) ln(1 - p)), p kept 1e-7 (about float32's resolution) away from 0 and 1;
 *              of several classes -mean ln p_{i, y_i}
 *   AUC        chance that a one is ranked above a zero, ties counted half (Mann and Whitney 1947)
 *   Brier      mean (p - y)^2
 *   MCC        correlation of predicted and true classes (Matthews 1975; for several classes Gorodkin 2004)
 *   ECE        sum over ten bins of p of share * |mean p - mean y| (calibration error)
 *   R2         1 - sum (y - p)^2 / sum (y - mean y)^2
 *   IC         correlation of p and y; rank IC of their ranks (Spearman), ties with their mean rank
 *   pinball    mean of a max(y - p, 0) + (1 - a) max(p - y, 0), a the quantile
 * Empty input gives NaN, and so does what a row set cannot tell: AUC where a class is missing.
 */
type Weights = Float64Array | undefined;

export interface ClassMetrics {
  readonly rows: number;
  readonly logLoss: number;
  readonly auc: number;
  readonly accuracy: number;
  readonly baseRate: number;
}

export function classMetrics(p: Float64Array, y: Float64Array): ClassMetrics {
  return {
    rows: y.length,
    logLoss: logLoss(p, y),
    auc: auc(p, y),
    accuracy: accuracy(p, y),
    baseRate: meanOf(y.length, (i) => y[i]!),
  };
}

/** Weighted mean of f over n rows. */
export function meanOf(n: number, f: (i: number) => number, w?: Weights): number {
  let [sum, total] = [0, 0];
  for (let i = 0; i < n; i++) {
    const weight = w === undefined ? 1 : w[i]!;
    if (weight === 0) continue;
    sum += weight * f(i);
    total += weight;
  }
  return sum / total;
}

export function logLoss(p: Float64Array, y: Float64Array, w?: Weights): number {
  return meanOf(
    y.length,
    (i) => {
      const kept = Math.min(Math.max(p[i]!, 1e-7), 1 - 1e-7);
      return y[i] === 1 ? -Math.log(kept) : -Math.log1p(-kept);
    },
    w,
  );
}

/** @param p one column a class. */
export function multiLogLoss(p: readonly Float64Array[], y: Float64Array, w?: Weights): number {
  return meanOf(y.length, (i) => -Math.log(Math.max(p[y[i]!]?.[i] ?? 0, 1e-7)), w);
}

export function brier(p: Float64Array, y: Float64Array, w?: Weights): number {
  return meanOf(y.length, (i) => (p[i]! - y[i]!) * (p[i]! - y[i]!), w);
}

export function accuracy(p: Float64Array, y: Float64Array, w?: Weights): number {
  return meanOf(y.length, (i) => (p[i]! >= 0.5 === (y[i] === 1) ? 1 : 0), w);
}

export function auc(p: Float64Array, y: Float64Array, w?: Weights): number {
  return aucOf(p)(y, w);
}

/** AUC of the same predictions, sorted once: for many weights. */
export function aucOf(p: Float64Array): (y: Float64Array, w?: Weights) => number {
  const order = sortedOrder(p);
  return (y, w) => {
    let [zeros, ones, won] = [0, 0, 0];
    for (let start = 0; start < order.length; ) {
      let [end, tiedZeros, tiedOnes] = [start, 0, 0];
      while (end < order.length && p[order[end]!] === p[order[start]!]) {
        const i = order[end++]!;
        const weight = w === undefined ? 1 : w[i]!;
        if (y[i] === 1) tiedOnes += weight;
        else tiedZeros += weight;
      }
      // NaN equals nothing, itself included.
      if (end === start) return Number.NaN;
      won += tiedOnes * (zeros + tiedZeros / 2);
      zeros += tiedZeros;
      ones += tiedOnes;
      start = end;
    }
    return won / (zeros * ones);
  };
}

/** @param classes predicted, whole numbers from 0 on, as y. */
export function mcc(classes: Float64Array, y: Float64Array, w?: Weights): number {
  const k = 1 + Math.max(maxOf(classes), maxOf(y));
  const counts = new Float64Array(k * k);
  for (let i = 0; i < y.length; i++) counts[y[i]! * k + classes[i]!]! += w === undefined ? 1 : w[i]!;
  let [total, right, both, trueSquares, givenSquares] = [0, 0, 0, 0, 0];
  for (let a = 0; a < k; a++) {
    let [isTrue, isGiven] = [0, 0];
    for (let b = 0; b < k; b++) {
      isTrue += counts[a * k + b]!;
      isGiven += counts[b * k + a]!;
    }
    total += isTrue;
    right += counts[a * k + a]!;
    both += isTrue * isGiven;
    trueSquares += isTrue * isTrue;
    givenSquares += isGiven * isGiven;
  }
  const spread = Math.sqrt((total * total - trueSquares) * (total * total - givenSquares));
  return spread === 0 ? 0 : (right * total - both) / spread;
}

export interface CalibrationBin {
  /** Of the chances in it. */
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  readonly meanChance: number;
  /** Share of ones. */
  readonly rate: number;
}

/** Ten equally wide bins of the chances; empty ones are left out. */
export function calibrationBins(p: Float64Array, y: Float64Array, w?: Weights): CalibrationBin[] {
  const sums = Array.from({ length: 10 }, () => ({ weight: 0, chance: 0, ones: 0 }));
  for (let i = 0; i < y.length; i++) {
    const bin = sums[Math.min(9, Math.floor(p[i]! * 10))];
    if (bin === undefined) continue;
    const weight = w === undefined ? 1 : w[i]!;
    bin.weight += weight;
    bin.chance += weight * p[i]!;
    bin.ones += weight * y[i]!;
  }
  return sums.flatMap(({ weight, chance, ones }, b) =>
    weight === 0
      ? []
      : [
          {
            from: b / 10,
            to: (b + 1) / 10,
            rows: weight,
            meanChance: chance / weight,
            rate: ones / weight,
          },
        ],
  );
}

export function calibrationError(p: Float64Array, y: Float64Array, w?: Weights): number {
  const bins = calibrationBins(p, y, w);
  const total = bins.reduce((sum, { rows }) => sum + rows, 0);
  return (
    bins.reduce((sum, { rows, meanChance, rate }) => sum + rows * Math.abs(meanChance - rate), 0) / total
  );
}

export function rmse(p: Float64Array, y: Float64Array, w?: Weights): number {
  return Math.sqrt(brier(p, y, w));
}

export function meanAbsoluteError(p: Float64Array, y: Float64Array, w?: Weights): number {
  return meanOf(y.length, (i) => Math.abs(p[i]! - y[i]!), w);
}

export function r2(p: Float64Array, y: Float64Array, w?: Weights): number {
  const mean = meanOf(y.length, (i) => y[i]!, w);
  const spread = meanOf(y.length, (i) => (y[i]! - mean) * (y[i]! - mean), w);
  return 1 - brier(p, y, w) / spread;
}

export function pinball(p: Float64Array, y: Float64Array, quantile: number, w?: Weights): number {
  return meanOf(y.length, (i) => Math.max(quantile * (y[i]! - p[i]!), (quantile - 1) * (y[i]! - p[i]!)), w);
}

/** Pearson's correlation; NaN where one of the two does not move. */
export function correlation(p: Float64Array, y: Float64Array, w?: Weights): number {
  // About the first values, so that a column that never moves has a spread of 0 and not of rounding errors.
  const about = (x: Float64Array) => x[0]! + meanOf(x.length, (i) => x[i]! - x[0]!, w);
  const [meanP, meanY] = [about(p), about(y)];
  const spreadP = meanOf(p.length, (i) => (p[i]! - meanP) * (p[i]! - meanP), w);
  const spreadY = meanOf(y.length, (i) => (y[i]! - meanY) * (y[i]! - meanY), w);
  return meanOf(p.length, (i) => (p[i]! - meanP) * (y[i]! - meanY), w) / Math.sqrt(spreadP * spreadY);
}

/** Ranks from 1 on, ties with their mean rank: Spearman's correlation is {@link correlation} of them. */
export function ranksOf(values: Float64Array): Float64Array {
  const order = sortedOrder(values);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    end = Math.max(end, start + 1);
    for (let i = start; i < end; i++) ranks[order[i]!] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

function sortedOrder(values: Float64Array): Uint32Array {
  return Uint32Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
}

function maxOf(values: Float64Array): number {
  return values.reduce((a, b) => Math.max(a, b), 0);
}
