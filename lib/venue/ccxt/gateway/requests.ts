import type { pro } from "ccxt";
import { fail, isTickbookError } from "#core";
import type { GatewayErrors } from "./errors.ts";

export type Binance = InstanceType<typeof pro.binance>;

/** How old a request may be when it arrives, by its own stamp: an older one is refused. */
export const RECEIVE_WINDOW_MS = 5000;
export const RETRY_MS = 250;
const ATTEMPTS = 3;
/** A clock that is further away than this is not skewed, but that of a replay. */
const SKEW_MS_MAX = 600_000;

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Requests to the exchange, and what their errors mean. */
export class Requests {
  readonly #exchange: Binance;
  readonly errors: GatewayErrors;

  constructor(exchange: Binance, errors: GatewayErrors) {
    this.#exchange = exchange;
    this.errors = errors;
    exchange.options.recvWindow = RECEIVE_WINDOW_MS;
  }

  /** The exchange said that it is asked too often. */
  isLimited(error: unknown): boolean {
    const { DDoSProtection, RateLimitExceeded } = this.errors;
    return error instanceof DDoSProtection || error instanceof RateLimitExceeded;
  }

  /** A request whose stamp the exchange refuses was not carried out: it is sent once more by the exchange's clock. */
  async signed<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof this.errors.InvalidNonce)) throw error;
      const skew = await this.#exchange.loadTimeDifference();
      if (!(Math.abs(Number(skew)) < SKEW_MS_MAX)) this.#exchange.options.timeDifference = 0;
      return await request();
    }
  }

  /** A question may be asked again: it changes nothing. Errors: `venue.unreachable`, `venue.refused`. */
  async ask<T>(what: string, request: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.signed(request);
      } catch (error) {
        if (isTickbookError(error)) throw error;
        const isTransient = !(error instanceof this.errors.ExchangeError);
        if (isTransient && attempt < ATTEMPTS && !this.isLimited(error)) {
          await pause(RETRY_MS * attempt);
          continue;
        }
        return fail(isTransient ? "venue.unreachable" : "venue.refused", {
          message: `binance was asked for ${what}: ${(error as Error).message}`,
          fields: { exchange: "binance", what },
          cause: error,
        });
      }
    }
  }
}
