import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

/** A DuckDB in memory, loaded and started when it is first used. */
export interface Duckdb {
  /** A connection that the caller closes. */
  connect(): Promise<DuckDBConnection>;
  /** Runs `work` on a connection of its own. */
  use<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function createDuckdb(): Duckdb {
  let starting: Promise<DuckDBInstance> | undefined;
  const duckdb: Duckdb = {
    async connect() {
      starting ??= import("@duckdb/node-api").then(({ DuckDBInstance }) =>
        // Parquet is built in; without this, a file of unknown format makes DuckDB look on the network.
        DuckDBInstance.create(":memory:", { autoinstall_known_extensions: "false" }),
      );
      return (await starting).connect();
    },
    async use(work) {
      const connection = await duckdb.connect();
      try {
        return await work(connection);
      } finally {
        connection.closeSync();
      }
    },
    async close() {
      const instance = starting;
      starting = undefined;
      (await instance)?.closeSync();
    },
  };
  return duckdb;
}
