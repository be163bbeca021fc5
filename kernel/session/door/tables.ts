import type { StoredTable } from "#data";
import type { TableKind } from "#model";
import { currentSession } from "./current-session.ts";
import { requestOf, type StoredOptions, withData } from "./open-data.ts";

/** Reads one kind of table. Errors: `data.unknown-dataset` with what there is; `data.no-rows`. */
type TableReader<K extends TableKind> = (symbol: string, options: StoredOptions) => Promise<StoredTable<K>>;

function tableReader<K extends TableKind>(kind: K): TableReader<K> {
  return async (symbol, options) => {
    const request = { ...requestOf(`${kind}("${symbol}")`, options), symbol, kind };
    return withData(async (store) => {
      const found = await store.readTable<K>(request);
      currentSession().record({ kind: "data", value: await store.report(found.hash, request) });
      return found;
    });
  };
}

/** Stored trades of the tape: time, received, id, price, quantity, side (1 where the buyer took). */
export const trades: TableReader<"trades"> = tableReader("trades");
/** Stored best prices of the book: time, received, id, bid, bidQuantity, ask, askQuantity. */
export const quotes: TableReader<"quotes"> = tableReader("quotes");
/** Stored changes of the order book, one level a row. */
export const depth: TableReader<"depth"> = tableReader("depth");
/** Stored funding of a perpetual future: time, rate (a fraction, paid by longs). */
export const funding: TableReader<"funding"> = tableReader("funding");
/** A stored series of values by date: time, published (when it could first be known), value. */
export const series: TableReader<"series"> = tableReader("series");
