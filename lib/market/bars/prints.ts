/**
 * A bar as four prints, when only the bar is known: open at its start, the extremes at 1/3 and 2/3, the close 1 ms before its
 * end. Of the extremes the one nearer the open comes first, at a tie the low. A quarter of the volume each.
 */
import type { Millis } from "#core";
import type { BarColumns } from "#model";

export interface PrintColumns {
  readonly time: Float64Array;
  readonly price: Float64Array;
  /** Base asset. */
  readonly quantity: Float64Array;
}

/** @param length of the bars, in milliseconds, at least 3: the prints of a bar must rise in time. */
export function printsFromBars(
  { time, open, high, low, close, volume }: BarColumns,
  length: Millis,
): PrintColumns {
  const count = 4 * time.length;
  const times = new Float64Array(count);
  const price = new Float64Array(count);
  const quantity = new Float64Array(count);
  for (let i = 0, k = 0; i < time.length; i++, k += 4) {
    const start = time[i]!;
    // Equal in ticks may differ in doubles by what doubles of this size can't hold.
    const noise = 1e-15 * (Math.abs(high[i]!) + Math.abs(low[i]!));
    const isLowFirst = open[i]! - low[i]! <= high[i]! - open[i]! + noise;
    times[k] = start;
    times[k + 1] = start + length / 3;
    times[k + 2] = start + (2 * length) / 3;
    times[k + 3] = start + length - 1;
    price[k] = open[i]!;
    price[k + 1] = isLowFirst ? low[i]! : high[i]!;
    price[k + 2] = isLowFirst ? high[i]! : low[i]!;
    price[k + 3] = close[i]!;
    quantity.fill(volume[i]! / 4, k, k + 4);
  }
  return { time: times, price, quantity };
}
