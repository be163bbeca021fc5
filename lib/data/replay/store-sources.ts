import { timeframeMs } from "#core";
import type { TimeRange } from "../store/read-rows.ts";
import type { Store, StoredKey } from "../store/store.ts";
import type { ReplaySource } from "./sources.ts";

/** A dataset of the store to replay; bars by option as prints. */
export type ReplayRequest = StoredKey & TimeRange & { readonly as?: "bars" | "prints" };

/**
 * Sources of a replay from the store. The range is that of the rows' `time`: a bar counts by its start, a value of a series by
 * the period it speaks of. Errors come while the replay runs, as `store.scan` gives them.
 */
export function storeSources(
  store: Pick<Store, "scan" | "scanBars">,
  requests: readonly ReplayRequest[],
): ReplaySource[] {
  return requests.map((request) => {
    const { symbol } = request;
    if ("kind" in request) return { symbol, kind: request.kind, batches: store.scan(request) };
    const { as = "bars", timeframe } = request;
    return { symbol, kind: "bars", length: timeframeMs(timeframe), batches: store.scanBars(request), as };
  });
}
