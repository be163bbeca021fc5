import { type Bars, indexAtTime } from "#model";
import { type Adjustment, adjustBars, type Factors } from "../clean/factors.ts";
import type { TimeRange } from "../store/read-rows.ts";
import type { ReadOptions, Store } from "../store/store.ts";
import type { DatasetKey } from "../store/version-file.ts";
import { orNothing } from "./fetch/store-pieces.ts";

/**
 * Stored bars, adjusted for the splits and dividends stored beside them (`importTables` with kind "factors"). The raw
 * bars stay as they are. Events after the range count too: the last stored price is the one that stays.
 * @param request.factorsFrom source of the factors; default that of the bars. Errors: those of the store, `data.bad-factor`.
 */
export async function readAdjusted(
  store: Store,
  request: DatasetKey & TimeRange & ReadOptions & { readonly factorsFrom?: string },
  adjustment: Adjustment,
): Promise<Bars> {
  const { from, to, factorsFrom = request.source, ...key } = request;
  // All bars: the dividend's share of the price is that of the day before it, which may lie before the range.
  const whole = await store.read(key);
  const adjusted = adjustBars(whole, await readFactors(store, factorsFrom, request.symbol), adjustment);
  const start = from === undefined ? 0 : indexAtTime(whole, from);
  const end = to === undefined ? whole.length : indexAtTime(whole, to);
  // Says that the range has no rows, as it does for raw bars.
  if (!(start < end)) await store.read(request);
  const cut = (column: Float64Array) => column.subarray(start, Math.max(start, end));
  const { time, open, high, low, close, volume } = adjusted;
  return {
    ...adjusted,
    length: Math.max(0, end - start),
    time: cut(time),
    open: cut(open),
    high: cut(high),
    low: cut(low),
    close: cut(close),
    volume: cut(volume),
  };
}

/** The splits and dividends of an instrument as one list; empty if none are stored. */
export async function readFactors(store: Store, source: string, symbol: string): Promise<Factors> {
  const events = new Map<number, { split: number; dividend: number }>();
  for (const name of ["split", "dividend"] as const) {
    const series = await orNothing(store.readTable({ source, symbol: `${symbol}:${name}`, kind: "series" }));
    series?.time.forEach((time, i) => {
      const event = events.get(time) ?? { split: Number.NaN, dividend: Number.NaN };
      event[name] = series.value[i]!;
      events.set(time, event);
    });
  }
  const sorted = [...events].sort(([a], [b]) => a - b);
  return {
    time: Float64Array.from(sorted, ([time]) => time),
    split: Float64Array.from(sorted, ([, { split }]) => split),
    dividend: Float64Array.from(sorted, ([, { dividend }]) => dividend),
  };
}
