import { join } from "node:path";
import { fail, parseTime, parseTimeEnd } from "#core";
import { openStore, type Store } from "#data";
import { currentSession } from "./current-session.ts";

/** Where stored rows are from, and which of them. */
export interface StoredOptions {
  /** The source: "binance", "coinbase", "csv" ..., as `tickbook data ls` shows it. */
  readonly from: string;
  /** First time, inclusive, such as "2023-01" or milliseconds. Default: all. */
  readonly since?: string | number | Date;
  /** Last time; "2024" means all of 2024, an instant is exclusive. Default: all. */
  readonly until?: string | number | Date;
  /** The hash of a stored version, or the start of it. Default: the current one. */
  readonly version?: string;
  /** Columns on SharedArrayBuffers, for worker threads. */
  readonly shared?: boolean;
}

/** The range and the version of a request to the store. Errors: `data.unknown-dataset` without a source. */
export function requestOf(call: string, options: StoredOptions) {
  if (typeof options?.from !== "string") {
    fail("data.unknown-dataset", {
      message: `${call} does not say where the history is from`,
      hint: 'Name the source: { from: "vega" }, "binance", "coinbase", or "csv" for imported files.',
    });
  }
  const { since, until, version, shared } = options;
  return {
    source: options.from,
    ...(since !== undefined && { from: parseTime(since) }),
    ...(until !== undefined && { to: parseTimeEnd(until) }),
    ...(version !== undefined && { version }),
    ...(shared !== undefined && { shared }),
  };
}

/** Works on the session's store, and closes it. */
export async function withData<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const store = openStore(join(currentSession().home, "data"));
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
