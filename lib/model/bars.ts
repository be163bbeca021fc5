import type { Millis } from "#core";
import type { Instrument } from "./instrument.ts";

/** The number columns of a bar, in their fixed order. */
export const BAR_COLUMNS = ["open", "high", "low", "close", "volume"] as const;
export type BarColumn = (typeof BAR_COLUMNS)[number];

/** Columns of equal length, one entry a bar. */
export interface BarColumns {
  /** Start of the bar (UTC milliseconds), strictly rising. A bar ends at time + timeframe. */
  readonly time: Float64Array;
  /** Quote asset for one unit of base; whole ticks. */
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  /** Base asset traded in the bar. */
  readonly volume: Float64Array;
}

/** A history of bars of one instrument: columns of float64, and where they come from. */
export interface Bars extends BarColumns {
  readonly instrument: Instrument;
  readonly timeframe: string;
  readonly timeframeMs: Millis;
  readonly length: number;
  /** sha256 of the stored dataset version, hex; what backtests and bundles record. */
  readonly hash: string;
}

/** Index of the first bar that starts at or after `time`; `bars.length` if none does. */
export function indexAtTime(bars: BarColumns, time: Millis): number {
  let low = 0;
  let high = bars.time.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bars.time[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Bars [from, to): views on the same memory. */
export function sliceBars(bars: Bars, from: number, to: number): Bars {
  const time = bars.time.subarray(from, to);
  return {
    ...bars,
    length: time.length,
    time,
    open: bars.open.subarray(from, to),
    high: bars.high.subarray(from, to),
    low: bars.low.subarray(from, to),
    close: bars.close.subarray(from, to),
    volume: bars.volume.subarray(from, to),
  };
}
