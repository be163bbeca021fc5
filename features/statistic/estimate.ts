/**
 * Two ways to estimate a spread from n values: by n ("population", TA-Lib's and numpy's default), or by n - 1 and its like
 * ("sample", pandas' default), which is right on average for values drawn at random.
 */
export const ESTIMATE_PARAM = {
  kind: "choice",
  options: ["population", "sample"],
  default: "population",
} as const;

export type Estimate = (typeof ESTIMATE_PARAM)["options"][number];

/** What a sum of squares or products of n values is divided by. */
export function divisorOf(estimate: Estimate, n: number): number {
  return estimate === "sample" ? n - 1 : n;
}
