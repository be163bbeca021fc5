import { join } from "node:path";
import { fail, parseTime, parseTimeEnd, suggest } from "#core";
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
export function requestOf(call: string, options: StoredOptions, more: readonly string[] = []) {
  if (typeof options?.from !== "string") {
    fail("data.unknown-dataset", {
      message: `${call} does not say where the history is from`,
      hint: 'Name the source: { from: "vega" }, "binance", "coinbase", or "csv" for imported files.',
    });
  }
  const names = ["from", "since", "until", "version", "shared", ...more];
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    // A range that is passed over would read the years that a test holds back.
    const near = { to: "until", end: "until", start: "since" }[unknown] ?? suggest(unknown, names);
    fail("data.bad-query", {
      message: `${call} has no option "${unknown}"; it has ${names.join(", ")}`,
      ...(near === undefined ? {} : { hint: `Did you mean "${near}"?` }),
      fields: { option: unknown },
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
