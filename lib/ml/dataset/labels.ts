/**
 * What a model is to learn: one number a bar, known only later.
 *
 * Symbols: C_t close of bar t (t = 0..n-1), h horizon in bars, h >= 1.
 *   direction       1 if C_{t+h} > C_t, else 0
 *   forward return  C_{t+h} / C_t - 1
 * The last h bars have no label (NaN). A label of bar t is known when bar t+h has ended: its end time, which a split
 * into training and test must respect (M. López de Prado, "Advances in Financial Machine Learning", 2018, chapter 7).
 */
import { fail } from "#core";
import type { Bars } from "#model";

export interface Labels {
  /** "direction(1)". */
  readonly name: string;
  /** The two classes 0 and 1, or a real number. */
  readonly kind: "class" | "real";
  /** Start of each bar. */
  readonly time: Float64Array;
  /** One a bar; NaN without a label. */
  readonly values: Float64Array;
  /** When each label is known; NaN without a label. */
  readonly endTime: Float64Array;
  /** sha256 of the dataset version the bars come from. */
  readonly dataHash: string;
}

export interface LabelOptions {
  /** Bars to look ahead, at least 1. */
  readonly horizon: number;
}

/** Whether the close rises over the horizon: 1 yes, 0 no. Errors: `ml.bad-option`. */
export function direction(bars: Bars, options: LabelOptions): Labels {
  return labelBars(bars, "direction", "class", options, (now, then) => (then > now ? 1 : 0));
}

/** The simple return of the close over the horizon, a fraction. Errors: `ml.bad-option`. */
export function forwardReturn(bars: Bars, options: LabelOptions): Labels {
  return labelBars(bars, "forwardReturn", "real", options, (now, then) => then / now - 1);
}

function labelBars(
  bars: Bars,
  name: string,
  kind: Labels["kind"],
  { horizon }: LabelOptions,
  label: (now: number, then: number) => number,
): Labels {
  if (!Number.isInteger(horizon) || horizon < 1) {
    fail("ml.bad-option", {
      message: `${name}: horizon is ${horizon}; it must be a whole number of bars, at least 1`,
      fields: { option: "horizon", value: horizon },
    });
  }
  const { time, close, timeframeMs, length, hash } = bars;
  const values = new Float64Array(length).fill(Number.NaN);
  const endTime = new Float64Array(length).fill(Number.NaN);
  for (let t = 0; t + horizon < length; t++) {
    const now = close[t]!;
    const then = close[t + horizon]!;
    if (!Number.isFinite(now) || !Number.isFinite(then)) continue;
    values[t] = label(now, then);
    endTime[t] = time[t + horizon]! + timeframeMs;
  }
  return { name: `${name}(${horizon})`, kind, time, values, endTime, dataHash: hash };
}
