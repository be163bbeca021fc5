/**
 * An answer that refuses a request, in Binance's codes and words:
 * https://developers.binance.com/docs/binance-spot-api-docs/errors
 */
export class Refusal extends Error {
  readonly code: number;
  /** Of the HTTP answer, or of the WebSocket API's. */
  readonly status: number;

  constructor(code: number, text: string, status = 400) {
    super(text);
    this.name = "Refusal";
    this.code = code;
    this.status = status;
  }

  toJSON(): { readonly code: number; readonly msg: string } {
    return { code: this.code, msg: this.message };
  }
}

export function refuse(code: number, text: string, status?: number): never {
  throw new Refusal(code, text, status);
}

export function refuseFilter(filter: "PRICE_FILTER" | "LOT_SIZE" | "NOTIONAL"): never {
  refuse(-1013, `Filter failure: ${filter}`);
}

export function refuseMissing(name: string): never {
  refuse(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
}

/** What is answered when the fault is ours. */
export const UNKNOWN_ERROR = new Refusal(
  -1000,
  "An unknown error occurred while processing the request.",
  500,
);
