/**
 * Labels that look a fixed number of bars ahead.
 *
 * Symbols: C_t close of bar t (t = 0..n-1), h horizon in bars, h >= 1.
 *   direction       1 if C_{t+h} > C_t, else 0
 *   forward return  C_{t+h} / C_t - 1
 * The last h bars have no label (NaN). A label of bar t is known when bar t+h has ended: its end time, which a split
 * into training and test must respect (M. López de Prado, "Advances in Financial Machine Learning", 2018, chapter 7).
 */
import type { Bars } from "#model";
import { emptyLabels, type Labels, needHorizon, needOptions } from "./labels.ts";

export interface HorizonOptions {
  /** Bars to look ahead, at least 1. */
  readonly horizon: number;
}

/** Whether the close rises over the horizon: 1 yes, 0 no. Errors: `ml.bad-option`. */
export function direction(bars: Bars, options: HorizonOptions): Labels {
  return labelBars(bars, "direction", "class", options, (change) => (change > 0 ? 1 : 0));
}

/** The simple return of the close over the horizon, a fraction. Errors: `ml.bad-option`. */
export function forwardReturn(bars: Bars, options: HorizonOptions): Labels {
  return labelBars(bars, "forwardReturn", "real", options, (change) => change);
}

function labelBars(
  bars: Bars,
  name: string,
  kind: Labels["kind"],
  options: HorizonOptions,
  label: (change: number) => number,
): Labels {
  needOptions(name, options, ["horizon"]);
  const { horizon } = options;
  needHorizon(name, horizon);
  const { time, close, timeframeMs, length } = bars;
  const labels = emptyLabels(bars, `${name}(${horizon})`, kind);
  for (let t = 0; t + horizon < length; t++) {
    const change = close[t + horizon]! / close[t]! - 1;
    if (!Number.isFinite(change)) continue;
    labels.values[t] = label(change);
    labels.returns[t] = change;
    labels.endTime[t] = time[t + horizon]! + timeframeMs;
  }
  return labels;
}
