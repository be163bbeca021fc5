import type { Millis } from "#core";
import type { HistoryPage } from "#model";
import { ask, type Patience } from "../ask.ts";
import type { LoadedExchange } from "../load-exchange.ts";

const PAGE = 1000;

/** The funding of a perpetual future, oldest first. */
export async function* fundingPages(
  loaded: LoadedExchange,
  { symbol, from, to }: { readonly symbol: string; readonly from: Millis; readonly to: Millis },
  patience: Patience,
): AsyncGenerator<HistoryPage<"funding">> {
  for (let at = from; at < to; ) {
    const rows = await ask(
      loaded,
      () => loaded.exchange.fetchFundingRateHistory(symbol, at, PAGE, { until: to - 1 }),
      patience,
    );
    const inside = rows.filter(({ timestamp }) => timestamp! >= at && timestamp! < to);
    const last = inside.at(-1)?.timestamp;
    // A full page without a row of the range does not answer the question: what follows is not known.
    if (rows.length >= PAGE && last === undefined) return;
    const end = rows.length < PAGE || last === undefined ? to : last + 1;
    yield {
      from: at,
      to: end,
      columns: {
        time: Float64Array.from(inside, ({ timestamp }) => timestamp!),
        rate: Float64Array.from(inside, ({ fundingRate }) => fundingRate ?? Number.NaN),
      },
    };
    at = end;
  }
}
