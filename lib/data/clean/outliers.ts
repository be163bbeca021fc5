/**
 * Prices that no trade was made at: the Hampel identifier on both sides of a bar.
 *
 * r_i = log(close_i / close_{i-1}); median m_i and MAD_i of r over the 2k + 1 bars around i. A return is extreme if
 * |r_i - m_i| > t * 1.4826 * MAD_i (Hampel 1974; Davies & Gather 1993, "The identification of multiple outliers").
 * A crash is extreme too, but its price stays. So a bar is an outlier only if the price leaves and comes back: the
 * returns into and out of it are both extreme, of opposite sign, and cancel to a third of the larger. The same is asked
 * of its high and its low against the bar's own open and close and those beside it.
 */
import type { BarColumns } from "#model";
import { MAD_SCALE, rollingMedians } from "./robust.ts";

/** Bars on each side of the window. */
const HALF = 50;
/** A threshold that real exchanges' worst bars stay below, see the tests on real data. */
const THRESHOLD = 20;
/** Fewer bars tell nothing about what is usual. */
const BARS_LEAST = 20;
const COMES_BACK = 1 / 3;
/** Where most bars do not move the MAD is zero; a tenth of a basis point is the least scale of a return. */
const SCALE_LEAST = 1e-5;

/** Indices of the bars whose close, high or low stands alone. @param bars n rows, prices above zero. */
export function findOutliers(bars: BarColumns): number[] {
  const { high, low, close, open } = bars;
  const n = close.length;
  if (n < BARS_LEAST) return [];
  const returns = Float64Array.from(close, (price, i) =>
    i === 0 ? Number.NaN : Math.log(price / close[i - 1]!),
  );
  const { median, mad } = rollingMedians(returns, HALF);
  const limit = (i: number) => THRESHOLD * Math.max(SCALE_LEAST, MAD_SCALE * mad[i]!);
  const isExtreme = (i: number) => Math.abs(returns[i]! - median[i]!) > limit(i);
  const found: number[] = [];
  for (let i = 1; i < n; i++) {
    const [into, out] = [returns[i]!, i + 1 < n ? returns[i + 1]! : Number.NaN];
    const isSpike =
      isExtreme(i) &&
      i + 1 < n &&
      isExtreme(i + 1) &&
      Math.abs(into + out) < COMES_BACK * Math.max(Math.abs(into), Math.abs(out));
    // The wick's own bar is compared with what stands beside it, so that a fast market is no outlier.
    const above = Math.max(open[i]!, close[i]!, high[i - 1]!, i + 1 < n ? high[i + 1]! : 0);
    const below = Math.min(
      open[i]!,
      close[i]!,
      low[i - 1]!,
      i + 1 < n ? low[i + 1]! : Number.POSITIVE_INFINITY,
    );
    const isWick = Math.log(high[i]! / above) > limit(i) || Math.log(below / low[i]!) > limit(i);
    if (isSpike || isWick) found.push(i);
  }
  return found;
}
