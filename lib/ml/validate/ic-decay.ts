import type { Bars } from "#model";
import { needOption, needOptions } from "../dataset/label/labels.ts";
import { correlation, ranksOf } from "../dataset/metrics.ts";
import { checkBootstrap, intervalOf, resampleWeights } from "./bootstrap.ts";
import type { Estimate } from "./scores.ts";

export interface IcPoint {
  /** Bars ahead. */
  readonly lag: number;
  readonly rows: number;
  readonly ic: Estimate;
  readonly rankIc: Estimate;
}

export interface IcDecayOptions {
  /** Bars ahead, each at least 1. Default 1, 2, 3, 5, 8, 13, 21. */
  readonly lags?: readonly number[];
  /** Share of resamples within the interval. Default 0.95. */
  readonly confidence?: number;
  /** Block bootstrap resamples; 0 for none. Default 300. */
  readonly resamples?: number;
  /** Default 1. */
  readonly seed?: number;
}

/**
 * How long a prediction holds: its correlation (IC) with the close's return over 1, 2, 3, ... bars, C_{t+lag} / C_t - 1.
 * The bootstrap draws blocks of at least `lag` bars, because returns over several bars overlap.
 * @param predictions one a bar, NaN where there is none. Errors: `ml.bad-option`.
 */
export function icDecay(
  predictions: Float64Array,
  { close, length }: Bars,
  options: IcDecayOptions = {},
): IcPoint[] {
  needOptions("icDecay", options, ["lags", "confidence", "resamples", "seed"]);
  const { lags = [1, 2, 3, 5, 8, 13, 21], confidence = 0.95, resamples = 300, seed = 1 } = options;
  checkBootstrap("icDecay", { confidence, resamples, seed });
  const shown = `${predictions.length} numbers`;
  needOption(predictions.length === length, "icDecay", "predictions", shown, `one a bar, ${length}`);
  return lags.map((lag) => {
    needOption(
      Number.isInteger(lag) && lag >= 1,
      "icDecay",
      "lag",
      lag,
      "a whole number of bars, at least 1",
    );
    const [p, r]: [number[], number[]] = [[], []];
    for (let t = 0; t + lag < length; t++) {
      const change = close[t + lag]! / close[t]! - 1;
      if (!Number.isFinite(change) || Number.isNaN(predictions[t])) continue;
      p.push(predictions[t]!);
      r.push(change);
    }
    const values = Float64Array.from(p);
    const returns = Float64Array.from(r);
    const [valueRanks, returnRanks] = [ranksOf(values), ranksOf(returns)];
    const block = Math.max(lag, Math.ceil(Math.cbrt(p.length)));
    const draws = resampleWeights(p.length, block, resamples, seed);
    const estimate = (a: Float64Array, b: Float64Array): Estimate => {
      const drawn = draws.map((weights) => correlation(a, b, weights));
      return { value: correlation(a, b), ...intervalOf(drawn, confidence) };
    };
    return { lag, rows: p.length, ic: estimate(values, returns), rankIc: estimate(valueRanks, returnRanks) };
  });
}
