import { fail, timeframeMs } from "#core";
import type { TableColumns } from "#model";

/**
 * A series from values by date, each published a lag after its date: `lagged(fearGreed, "1d")`, for a value of day D that
 * is known from D+1 00:00 UTC. A row without a value is no publication and is left out.
 * @param lag "1d", or milliseconds from 0. Errors: `features.bad-series`, `core.bad-timeframe`.
 */
export function lagged(
  { time, value }: Readonly<Record<"time" | "value", Float64Array>>,
  lag: string | number,
): TableColumns<"series"> {
  const lagMs = typeof lag === "string" ? timeframeMs(lag) : lag;
  if (!(lagMs >= 0 && Number.isFinite(lagMs)) || time.length !== value.length) {
    fail("features.bad-series", {
      message:
        time.length === value.length
          ? `a publication lag of ${lag} ms; a value can't be known before its date`
          : `${time.length} dates have ${value.length} values`,
      fields: { lag: String(lag), time: time.length, value: value.length },
    });
  }
  const rows = Array.from(time, (_, i) => i).filter((i) => Number.isFinite(value[i]!));
  const pick = (column: Float64Array) => Float64Array.from(rows, (i) => column[i]!);
  const dates = pick(time);
  return { time: dates, published: dates.map((at) => at + lagMs), value: pick(value) };
}
