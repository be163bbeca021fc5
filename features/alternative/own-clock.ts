/**
 * Features of a series that count its values, not the bars: a daily index moves once a day however short the bars. Any
 * feature can: `rsi(14).on({ series: "vix" })`. A date counts once, by its first publication.
 */
import type { Feature } from "../feature.ts";
import { zscore } from "../statistic/deviation.ts";
import { mom, rocp } from "../technical/momentum/rate-of-change.ts";

/**
 * Change of a series over its own last values: `seriesChange("fear-greed", 7)` is over a week whatever the bars.
 * @param period values, 1 to 10,000; 1 without it.
 * @param kind "difference", or "relative": a fraction of the value before, 0 where that was 0, as TA-Lib has it.
 */
export function seriesChange(
  series: string,
  period = 1,
  kind: "difference" | "relative" = "difference",
): Feature {
  return (kind === "relative" ? rocp : mom)(period).on({ series });
}

/**
 * Z-score of a series among its own last values, itself included: `seriesZscore("vix", 60)`. NaN where nothing moved.
 * @param period values, 2 to 10,000; 30 without it. @param estimate deviation, "population" without it.
 */
export function seriesZscore(series: string, period = 30, estimate?: "population" | "sample"): Feature {
  return zscore(period, estimate).on({ series });
}
