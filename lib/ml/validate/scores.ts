/**
 * Metrics of predictions with intervals, by what was learnt.
 *
 * Interval: the moving block bootstrap (Künsch 1989): rows are drawn again in blocks of neighbours, because labels that
 * overlap are not independent; the interval holds the middle `confidence` of the resamples' metrics.
 *   position    2 p - 1 of a chance; of several classes sum p_c (2 c / (C - 1) - 1); of a value its sign
 *   outcome     position times the return until the label ends
 *   Sharpe      mean outcome / deviation * sqrt(labels a year that do not overlap): a year over the mean time from the
 *               close of a row's bar to the label's end
 *   IC          correlation of position (or value) and return, rank IC of their ranks
 */
import type { Dataset } from "../dataset/dataset.ts";
import { needOptions } from "../dataset/label/labels.ts";
import {
  accuracy,
  aucOf,
  brier,
  type CalibrationBin,
  calibrationBins,
  calibrationError,
  correlation,
  logLoss,
  mcc,
  meanAbsoluteError,
  meanOf,
  multiLogLoss,
  pinball,
  r2,
  ranksOf,
  rmse,
} from "../dataset/metrics.ts";
import { checkBootstrap, intervalOf, resampleWeights } from "./bootstrap.ts";

/** A metric, and where it lies if the rows had fallen otherwise. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface Scores {
  readonly rows: number;
  readonly metrics: Readonly<Record<string, Estimate>>;
  /** Of two classes. */
  readonly calibration: readonly CalibrationBin[];
  readonly confidence: number;
  /** Rows of a block of the bootstrap. */
  readonly block: number;
}

export interface ScoreOptions {
  /** Share of resamples within the interval, in (0, 1). Default 0.95. */
  readonly confidence?: number;
  /** Default 300; 0 for metrics without intervals. */
  readonly resamples?: number;
  /** Rows of a block. Default: the rows that a label overlaps, but at least the cube root of all rows. */
  readonly block?: number;
  /** Default 1. */
  readonly seed?: number;
}

/** What there is to score: rows with a prediction. */
export interface Scored {
  readonly dataset: Pick<
    Dataset,
    "length" | "target" | "returns" | "weight" | "time" | "timeframeMs" | "labelEnd" | "kind" | "classes"
  >;
  /** One a model output, as `outputs` names them. */
  readonly predictions: readonly Float64Array[];
  readonly outputs: readonly string[];
  /**
   * Rows that are scored apart, one number a row: a metric is the mean of its parts, weighted by their rows. Rows that
   * different models predicted are not ranked against each other: where the parts' base rates differ, that alone would
   * make a model look bad.
   */
  readonly parts?: Uint32Array;
}

type Metric = (weights: Float64Array) => number;

const YEAR_MS = 365.25 * 864e5;

/**
 * Scores rows; those without a prediction (NaN) are left out.
 * Metrics: auc, logLoss, brier, accuracy, mcc, calibrationError (two classes); logLoss, accuracy, mcc (several);
 * rmse, mae, r2 (values); pinball, coverage (a quantile); ic, rankIc, sharpe, hitRate (of the implied positions).
 * Errors: `ml.bad-option`.
 */
export function score(scored: Scored, options: ScoreOptions = {}): Scores {
  needOptions("score", options, ["confidence", "resamples", "block", "seed"]);
  const { confidence = 0.95, resamples = 300, seed = 1 } = options;
  checkBootstrap("score", { ...options, confidence, resamples, seed });
  const rows = withPredictions(scored);
  const { weight, length } = rows.dataset;
  const block = options.block ?? blockOf(rows.dataset);
  const metrics = metricsOfParts(rows);
  const drawn: Record<string, number[]> = Object.fromEntries(Object.keys(metrics).map((name) => [name, []]));
  for (const draws of resampleWeights(length, block, resamples, seed)) {
    for (let i = 0; i < length; i++) draws[i]! *= weight[i]!;
    for (const [name, metric] of Object.entries(metrics)) drawn[name]!.push(metric(draws));
  }
  const estimates = Object.entries(metrics).map(([name, metric]) => [
    name,
    { value: metric(weight), ...intervalOf(drawn[name]!, confidence) },
  ]);
  return {
    rows: length,
    metrics: Object.fromEntries(estimates) as Scores["metrics"],
    calibration: isChance(rows) ? calibrationBins(rows.predictions[0]!, rows.dataset.target, weight) : [],
    confidence,
    block,
  };
}

/** The rows that have predictions, and each metric as a function of their weights. */
export function scoreMetrics(scored: Scored): {
  readonly dataset: Scored["dataset"];
  readonly metrics: Readonly<Record<string, (weights: Float64Array) => number>>;
} {
  const rows = withPredictions(scored);
  return { dataset: rows.dataset, metrics: metricsOfParts(rows) };
}

/** The metrics alone, without intervals. */
export function scoreValues(scored: Scored): Readonly<Record<string, number>> {
  const { dataset, metrics } = scoreMetrics(scored);
  return Object.fromEntries(Object.entries(metrics).map(([name, metric]) => [name, metric(dataset.weight)]));
}

/** Exposure that predictions stand for, in [-1, 1]: see above. NaN without a prediction. */
export function impliedPositions(
  predictions: readonly Float64Array[],
  outputs: readonly string[],
): Float64Array {
  const [first] = predictions as [Float64Array];
  if (outputs[0] === "probability") return first.map((p) => 2 * p - 1);
  if (outputs.length > 1 && outputs[0] === "p0") {
    const last = outputs.length - 1;
    return first.map((_, i) =>
      predictions.reduce((sum, column, c) => sum + column[i]! * ((2 * c) / last - 1), 0),
    );
  }
  return first.map(Math.sign);
}

/** Metrics as means over the parts; a part that cannot tell one (a single class) is left out of it. */
function metricsOfParts(rows: Scored): Record<string, Metric> {
  const { parts } = rows;
  if (parts === undefined) return metricsOf(rows);
  const places = [...new Set(parts)].map((part) =>
    Uint32Array.from(parts.keys()).filter((i) => parts[i] === part),
  );
  const metrics = places.map((place) => metricsOf(rowsAt(rows, place)));
  return Object.fromEntries(
    Object.keys(metrics[0] ?? {}).map((name): [string, Metric] => [
      name,
      (w) => {
        let [sum, total] = [0, 0];
        places.forEach((place, p) => {
          const own = Float64Array.from(place, (i) => w[i]!);
          const value = metrics[p]![name]!(own);
          if (!Number.isFinite(value)) return;
          const share = own.reduce((all, each) => all + each, 0);
          sum += share * value;
          total += share;
        });
        return sum / total;
      },
    ]),
  );
}

function metricsOf(rows: Scored): Record<string, Metric> {
  const { dataset, predictions, outputs } = rows;
  const { target: y, classes } = dataset;
  const [p] = predictions as [Float64Array];
  const quantile = /^q(.+)$/.exec(outputs[0] ?? "")?.[1];
  const trading = tradingMetrics(rows);
  if (isChance(rows)) {
    const area = aucOf(p);
    const given = p.map((each) => Number(each >= 0.5));
    return {
      auc: (w) => area(y, w),
      logLoss: (w) => logLoss(p, y, w),
      brier: (w) => brier(p, y, w),
      accuracy: (w) => accuracy(p, y, w),
      mcc: (w) => mcc(given, y, w),
      calibrationError: (w) => calibrationError(p, y, w),
      ...trading,
    };
  }
  if (classes > 0 && predictions.length > 1) {
    const given = y.map((_, i) => largestAt(predictions, i));
    return {
      logLoss: (w) => multiLogLoss(predictions, y, w),
      accuracy: (w) => meanOf(y.length, (i) => Number(given[i] === y[i]), w),
      mcc: (w) => mcc(given, y, w),
      ...trading,
    };
  }
  if (quantile !== undefined) {
    return {
      pinball: (w) => pinball(p, y, Number(quantile), w),
      coverage: (w) => meanOf(y.length, (i) => Number(y[i]! <= p[i]!), w),
    };
  }
  return {
    rmse: (w) => rmse(p, y, w),
    mae: (w) => meanAbsoluteError(p, y, w),
    r2: (w) => r2(p, y, w),
    ...trading,
  };
}

function tradingMetrics({ dataset, predictions, outputs }: Scored): Record<string, Metric> {
  const { returns, length } = dataset;
  const positions = impliedPositions(predictions, outputs);
  // A value says more than its sign.
  const strength = outputs.length === 1 && outputs[0] !== "probability" ? predictions[0]! : positions;
  const outcomes = positions.map((position, i) => position * returns[i]!);
  const [strengthRanks, returnRanks] = [ranksOf(strength), ranksOf(returns)];
  const labelMs = meanLabelMs(dataset);
  return {
    ic: (w) => correlation(strength, returns, w),
    // The ranks of all rows stand for those of a resample.
    rankIc: (w) => correlation(strengthRanks, returnRanks, w),
    sharpe: (w) => {
      // About the first outcome: those that never differ have no deviation at all.
      const mean = outcomes[0]! + meanOf(length, (i) => outcomes[i]! - outcomes[0]!, w);
      const variance = meanOf(length, (i) => (outcomes[i]! - mean) * (outcomes[i]! - mean), w);
      return (mean / Math.sqrt(variance)) * Math.sqrt(YEAR_MS / labelMs);
    },
    hitRate: (w) => meanOf(length, (i) => (outcomes[i]! > 0 ? 1 : 0), w),
  };
}

function isChance({ dataset, outputs }: Scored): boolean {
  return dataset.classes === 2 && outputs[0] === "probability";
}

function withPredictions(rows: Scored): Scored {
  const kept = Uint32Array.from(rows.dataset.target.keys()).filter((i) =>
    rows.predictions.every((column) => !Number.isNaN(column[i])),
  );
  return kept.length === rows.dataset.length ? rows : rowsAt(rows, kept);
}

function rowsAt({ dataset, predictions, outputs, parts }: Scored, places: Uint32Array): Scored {
  const pick = (column: Float64Array) => Float64Array.from(places, (i) => column[i]!);
  const { target, returns, weight, time, labelEnd } = dataset;
  return {
    outputs,
    predictions: predictions.map(pick),
    ...(parts ? { parts: Uint32Array.from(places, (i) => parts[i]!) } : {}),
    dataset: {
      ...dataset,
      length: places.length,
      target: pick(target),
      returns: pick(returns),
      weight: pick(weight),
      time: pick(time),
      labelEnd: pick(labelEnd),
    },
  };
}

/** The rows that begin while the mean label is made, but at least the cube root of all. */
export function blockOf(dataset: Scored["dataset"]): number {
  const { length } = dataset;
  if (length < 2) return 1;
  return Math.min(length, Math.max(Math.ceil(rowsALabel(dataset)), Math.ceil(Math.cbrt(length))));
}

type Spans = Pick<Dataset, "length" | "time" | "timeframeMs" | "labelEnd">;

/** Rows that begin while a label's outcome is made, on average; at least 1. */
export function rowsALabel(dataset: Spans): number {
  const { time, length } = dataset;
  const spacing = (time[length - 1]! - time[0]!) / Math.max(1, length - 1);
  return Math.max(1, spacing > 0 ? meanLabelMs(dataset) / spacing : 1);
}

/** From the close of a row's bar to the end of its label. */
function meanLabelMs({ time, timeframeMs, labelEnd, length }: Spans): number {
  return meanOf(length, (i) => labelEnd[i]! - time[i]! - timeframeMs);
}

/** The likeliest class of row i. */
export function largestAt(columns: readonly Float64Array[], i: number): number {
  return columns.reduce((best, column, c) => (column[i]! > columns[best]![i]! ? c : best), 0);
}
