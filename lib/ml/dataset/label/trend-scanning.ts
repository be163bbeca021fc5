/**
 * The direction of the clearest trend that begins at a bar (M. López de Prado, "Machine Learning for Asset Managers",
 * 2020, section 5.4).
 *
 * Symbols: y_i = ln C_{t+i}, i = 0..L; for each L from `shortest` to `longest` the least squares line y = a + b i,
 *   t-value = b / se(b), se(b) = sqrt(sum of residuals^2 / (L - 1) / S_ii), S_ii = sum (i - mean)^2
 * The L with the largest |t-value| decides: label 1 if it rises, else 0; the label ends with bar t+L.
 */
import type { Bars } from "#model";
import { emptyLabels, type Labels, needOption, needOptions } from "./labels.ts";

export interface TrendOptions {
  /** Bars ahead of the shortest and longest trend, 2 <= shortest <= longest. */
  readonly shortest: number;
  readonly longest: number;
}

export interface TrendLabels extends Labels {
  /** One a bar: how clear the trend is, its sign the direction; for weights. NaN without a label. */
  readonly tValues: Float64Array;
}

/** Errors: `ml.bad-option`. */
export function trendScanning(bars: Bars, options: TrendOptions): TrendLabels {
  needOptions("trendScanning", options, ["shortest", "longest"]);
  const { shortest, longest } = options;
  const isWhole = Number.isInteger(shortest) && Number.isInteger(longest);
  needOption(
    isWhole && shortest >= 2 && longest >= shortest,
    "trendScanning",
    "shortest and longest",
    [shortest, longest],
    "whole numbers, 2 <= shortest <= longest",
  );
  const { close, time, timeframeMs, length } = bars;
  const labels = emptyLabels(bars, `trendScanning(${shortest},${longest})`, "class");
  const tValues = new Float64Array(length).fill(Number.NaN);
  for (let t = 0; t + longest < length; t++) {
    const { lag, tValue } = clearestTrend(close, t, shortest, longest);
    if (Number.isNaN(tValue)) continue;
    tValues[t] = tValue;
    labels.values[t] = tValue > 0 ? 1 : 0;
    labels.returns[t] = close[t + lag]! / close[t]! - 1;
    labels.endTime[t] = time[t + lag]! + timeframeMs;
  }
  return { ...labels, tValues };
}

/** Logarithms are taken of ratios to the first close, so that small moves of any price keep their digits. */
function clearestTrend(close: Float64Array, t: number, shortest: number, longest: number) {
  let [sumY, sumYY, sumIY] = [0, 0, 0];
  const best = { lag: 0, tValue: Number.NaN };
  for (let lag = 1; lag <= longest; lag++) {
    const y = Math.log(close[t + lag]! / close[t]!);
    if (!Number.isFinite(y)) return { lag: 0, tValue: Number.NaN };
    sumY += y;
    sumYY += y * y;
    sumIY += lag * y;
    if (lag < shortest) continue;
    const n = lag + 1;
    const spreadI = (n * (n * n - 1)) / 12;
    const slope = (sumIY - (lag / 2) * sumY) / spreadI;
    const residual = Math.max(0, sumYY - (sumY * sumY) / n - slope * slope * spreadI);
    const error = Math.sqrt(residual / (n - 2) / spreadI);
    // A line without a residual is as clear as can be; a flat one says nothing.
    const tValue = slope === 0 ? 0 : slope / error;
    if (!(Math.abs(tValue) <= Math.abs(best.tValue))) Object.assign(best, { lag, tValue });
  }
  return best;
}
