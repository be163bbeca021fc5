/** Statistics over a rolling window. */
export { stddev, variance, zscore } from "./deviation.ts";
export { drawdown } from "./drawdown.ts";
export { entropy, permutationEntropy } from "./entropy.ts";
export { fracDiff } from "./frac-diff.ts";
export { mad, median, percentile, percentRank, quantile, rank } from "./order.ts";
export { autocorrelation, beta, correlation, covariance } from "./pairs.ts";
export {
  linearReg,
  linearRegAngle,
  linearRegIntercept,
  linearRegSlope,
  rSquared,
  tsf,
} from "./regression.ts";
export { halfLife, hurst, varianceRatio } from "./reversion.ts";
export { kurtosis, skewness } from "./shape.ts";
