import { type ErrorClasses, loadErrors } from "../load-exchange.ts";

type ErrorClass = new () => Error;

/** ccxt's classes of errors that an order path tells apart. */
export interface GatewayErrors extends ErrorClasses {
  /** The exchange understood, and said no. Everything else leaves open what was done. */
  readonly ExchangeError: ErrorClass;
  readonly RateLimitExceeded: ErrorClass;
  /** Banned for a while. */
  readonly DDoSProtection: ErrorClass;
  /** The request's stamp is too far from the exchange's clock. */
  readonly InvalidNonce: ErrorClass;
}

export async function loadGatewayErrors(): Promise<GatewayErrors> {
  return (await loadErrors()) as GatewayErrors;
}
