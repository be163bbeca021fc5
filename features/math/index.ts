/** Arithmetic on features: `math.sub().of(sma(10), sma(20))`. */
export { maxIndex, minIndex, minmaxIndex } from "./extreme-index.ts";
export { max, min, minmax } from "./extremes.ts";
export { add, div, mult, sub } from "./operators.ts";
export { clip, column, diff, lag, logReturns } from "./shaping.ts";
export { cumsum, sum } from "./sums.ts";
export * from "./transforms.ts";
