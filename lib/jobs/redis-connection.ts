import { isIP } from "node:net";
import { fail } from "#core";

/** The part of ioredis' options that is used, in a form that BullMQ takes too. */
interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: { readonly servername?: string };
  readonly connectTimeout: number;
  readonly retryStrategy: (times: number) => number;
}

/** What is needed to connect, and what may be shown of it. */
export interface RedisAddress {
  readonly options: ConnectionOptions;
  /** Host, port and database, without user and password. */
  readonly shown: string;
}

/**
 * Reads `redis://user:password@host:port/database`, or `rediss://` for TLS. Port 6379 and database 0 if they are missing.
 * Errors: `jobs.bad-url`, whose text never holds the password.
 */
export function redisAddress(text: string): RedisAddress {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return refuse("it is no URL");
  }
  if (url.protocol !== "redis:" && url.protocol !== "rediss:")
    return refuse(`${url.protocol}// is neither redis:// nor rediss://`);
  const database = /^\/?(\d{0,5})$/.exec(url.pathname)?.[1];
  if (database === undefined) return refuse(`${url.pathname} is no number of a database`);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1") || "127.0.0.1";
  const port = Number(url.port) || 6379;
  return {
    shown: `${host}:${port}${database === "" ? "" : ` database ${database}`}`,
    options: {
      ...{ host, port, db: Number(database) },
      ...(url.username === "" ? {} : { username: decodeURIComponent(url.username) }),
      ...(url.password === "" ? {} : { password: decodeURIComponent(url.password) }),
      ...(url.protocol === "rediss:" ? { tls: isIP(host) ? {} : { servername: host } } : {}),
      connectTimeout: 5000,
      // A lost connection is tried again for as long as the process lives.
      retryStrategy: (times) => Math.min(times * 200, 2000),
    },
  };
}

function refuse(problem: string): never {
  fail("jobs.bad-url", {
    message: `the address of Redis cannot be used: ${problem}`,
    hint: "Write it as redis://host:6379, redis://user:password@host:6379/0, or rediss:// for TLS.",
  });
}
