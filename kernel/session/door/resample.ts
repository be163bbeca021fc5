import { createHash } from "node:crypto";
import { aggregateBars, type BarRule, createPeriods } from "#market";
import { BAR_COLUMNS, type Bars } from "#model";

/**
 * Bars to longer bars: open of the first, highest high, lowest low, close of the last, sum of the volumes. A longer bar
 * carries its start and is complete at its end; one that the history leaves unfinished is left out.
 * @param rule "1h", "1d", "1w", "1M"; or with time zone and session:
 * `{ timeframe: "1d", zone: "America/New_York", session: { open: "09:30", close: "16:00" } }`.
 * Errors: `market.bad-bar-rule`, `core.bad-timeframe`.
 */
export function resample(bars: Bars, rule: string | BarRule): Bars {
  const { time, open, high, low, close, volume } = aggregateBars(bars, rule, bars.timeframeMs);
  return withOwnHash({
    ...bars,
    timeframe: typeof rule === "string" ? rule : rule.timeframe,
    timeframeMs: createPeriods(rule).length,
    length: time.length,
    time,
    open,
    high,
    low,
    close,
    volume,
  });
}

/** Bars that were made from stored ones, under the hash of what they say. */
export function withOwnHash(bars: Bars): Bars {
  const hash = createHash("sha256").update(JSON.stringify([bars.instrument.symbol, bars.timeframe]));
  for (const name of ["time", ...BAR_COLUMNS] as const) {
    const { buffer, byteOffset, byteLength } = bars[name];
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return { ...bars, hash: hash.digest("hex") };
}
