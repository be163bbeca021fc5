/**
 * How well probabilities fit two classes.
 *
 * Symbols: p_i in [0, 1] predicted, y_i in {0, 1} true, n rows, P ones, N zeros.
 *   log loss   -mean(y ln p + (1 - y) ln(1 - p)), p kept 1e-7 (about float32's resolution) away from 0 and 1
 *   AUC        (R - P (P + 1) / 2) / (P N), R the sum of the ones' ranks by p, ties with their mean rank
 *              (Mann and Whitney 1947): the chance that a one is ranked above a zero
 *   accuracy   share of rows with (p >= 1/2) = y
 *   base rate  P / n
 * Empty input gives NaN; AUC is NaN where a class is missing.
 */
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
    baseRate: y.reduce((sum, each) => sum + each, 0) / y.length,
  };
}

export function logLoss(p: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < y.length; i++) {
    const kept = Math.min(Math.max(p[i]!, 1e-7), 1 - 1e-7);
    sum -= y[i] === 1 ? Math.log(kept) : Math.log1p(-kept);
  }
  return sum / y.length;
}

export function accuracy(p: Float64Array, y: Float64Array): number {
  let right = 0;
  for (let i = 0; i < y.length; i++) if (p[i]! >= 0.5 === (y[i] === 1)) right++;
  return right / y.length;
}

export function auc(p: Float64Array, y: Float64Array): number {
  const order = Uint32Array.from(p.keys()).sort((a, b) => p[a]! - p[b]!);
  let ones = 0;
  let rankSum = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    let tiedOnes = 0;
    while (end < order.length && p[order[end]!] === p[order[start]!]) tiedOnes += y[order[end++]!]!;
    rankSum += tiedOnes * ((start + 1 + end) / 2);
    ones += tiedOnes;
    start = end;
  }
  return (rankSum - (ones * (ones + 1)) / 2) / (ones * (order.length - ones));
}
