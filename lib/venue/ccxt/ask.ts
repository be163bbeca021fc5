import { setTimeout as pause } from "node:timers/promises";
import { fail, type Millis } from "#core";
import type { LoadedExchange } from "./load-exchange.ts";

/** How long a request is tried. */
export interface Patience {
  /** Default 3. */
  readonly attempts?: number;
}

const ATTEMPTS = 3;
const BACKOFF_MS = 250;
const BACKOFF_MS_MAX = 8000;
/** What an exchange asks us to wait is waited, within reason, and so often. */
const RETRY_AFTER_MS_MAX = 300_000;
const RETRIES_ASKED_MAX = 10;

/**
 * Asks the exchange, several times if it can't be reached. An exchange that says when to come back (Retry-After) is
 * asked again then, which counts as no attempt. Errors: `venue.refused`, `venue.unreachable`.
 */
export async function ask<T>(
  loaded: LoadedExchange,
  request: () => Promise<T>,
  { attempts = ATTEMPTS }: Patience = {},
): Promise<T> {
  const { name } = loaded;
  let asked = 0;
  for (let attempt = 1; ; ) {
    try {
      return await request();
    } catch (error) {
      const text = (error as Error).message;
      if (!loaded.isTransient(error)) {
        return fail("venue.refused", {
          message: `${name} refused the request: ${text}`,
          fields: { exchange: name },
          cause: error,
        });
      }
      const wait = loaded.isTooMany(error) ? retryAfter(loaded) : undefined;
      if (wait !== undefined && wait > RETRY_AFTER_MS_MAX) refuseBan(name, wait, error);
      if (wait !== undefined && asked++ < RETRIES_ASKED_MAX) {
        await pause(wait);
        continue;
      }
      if (attempt === attempts) {
        return fail("venue.unreachable", {
          message: `${name} can't be reached after ${attempts} attempts: ${text}`,
          fields: { exchange: name, attempts },
          cause: error,
        });
      }
      await pause(
        Math.min(BACKOFF_MS_MAX, BACKOFF_MS * (attempts > ATTEMPTS ? 2 ** (attempt - 1) : attempt)),
      );
      attempt++;
    }
  }
}

/** Asking on, while it is forbidden for long, makes it longer. */
function refuseBan(name: string, wait: Millis, cause: unknown): never {
  fail("venue.unreachable", {
    message: `${name} was asked too often and wants to be left alone for ${Math.ceil(wait / 6e4)} minutes`,
    hint: "Run the same command again then: it goes on where it was.",
    fields: { exchange: name, waitMs: wait },
    cause,
  });
}

/** What the last answer's Retry-After says; undefined if it says nothing. */
function retryAfter({ exchange }: LoadedExchange): Millis | undefined {
  const headers = (exchange.last_response_headers ?? {}) as Readonly<Record<string, unknown>>;
  const value = Object.entries(headers).find(([name]) => name.toLowerCase() === "retry-after")?.[1];
  const ms = Number(value) * 1000;
  return value !== undefined && ms >= 0 ? ms : undefined;
}
