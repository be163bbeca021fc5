import type { ColumnTable } from "arquero";
import { toArquero } from "./convert.ts";
import { currentSession } from "./current-session.ts";
import { withData } from "./open-data.ts";

/**
 * Answers one SELECT in DuckDB's SQL over all stored datasets, each a table source."symbol"."kind":
 *
 *   await sql(`select time, close from binance."BTC/USDT"."1h" where volume > 100 order by time`)
 *
 * Times are UTC milliseconds: to_timestamp(time / 1000) makes a timestamp. Nothing can be written, and nothing read but
 * what is stored. @returns a table of Arquero. Errors: `data.bad-query` with the names that there are.
 */
export async function sql(query: string): Promise<ColumnTable> {
  return withData(async (store) => {
    const { columns, versions } = await store.query(query);
    for (const version of versions) {
      currentSession().record({ kind: "data", value: await store.report(version.hash, version) });
    }
    return toArquero(columns);
  });
}
