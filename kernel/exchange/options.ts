import type { Millis } from "#core";
import type { Account, Bars } from "#model";

export interface ExchangeKey {
  readonly apiKey: string;
  readonly secret: string;
}

export interface ExchangeOptions {
  /** One history for each instrument, all of one timeframe. What lies before `from` is served as candles only. */
  readonly bars: readonly Bars[];
  /** First bar that is replayed. */
  readonly from: Millis;
  /** End of the replay: bars that start here or later are never seen. Default: all bars. */
  readonly to?: Millis;
  /** What every account has and pays, and how deep the book is. */
  readonly terms: Account;
  /** One account for each, with all its capital in cash. */
  readonly keys: readonly ExchangeKey[];
  /** `progress` is a bus address; `speed` is replay time over wall time, above 0, in lockstep at most. */
  readonly pace:
    | { readonly kind: "lockstep"; readonly progress: string; readonly speed?: number }
    | { readonly kind: "paced"; readonly speed: number };
  /** Default 0: any free one. */
  readonly port?: number;
  /** Delays each message by up to so long, at random. */
  readonly jitter?: Jitter;
}

export interface Jitter {
  readonly ms: Millis;
  readonly seed: number;
}

export interface Exchange {
  /** "http://127.0.0.1:8080". */
  readonly origin: string;
  /**
   * Resolves when the last print and all that it led to was delivered. The exchange goes on answering. Never settles
   * if it is closed before; rejects if the exchange itself fails.
   */
  readonly done: Promise<void>;
  state(): ExchangeState;
  /** Ends all connections and frees the port. Closing again does nothing. */
  close(): Promise<void>;
}

export interface ExchangeState {
  /** Replay time. */
  readonly time: Millis;
  readonly isDone: boolean;
  /** What a replay in lockstep waits for, such as a trade to be taken in; missing if for nothing. */
  readonly waitsFor?: string;
  /** Messages on the streams so far. */
  readonly sent: number;
  /** Prints so far, and in the whole replay. */
  readonly prints: number;
  readonly printsTotal: number;
  readonly accounts: readonly AccountState[];
}

export interface AccountState {
  readonly apiKey: string;
  /** By asset, as exact decimal texts. */
  readonly balances: Readonly<Record<string, { readonly free: string; readonly locked: string }>>;
  readonly openOrders: readonly OpenOrderState[];
  /** Orders accepted, and trades, since the start. */
  readonly orders: number;
  readonly trades: number;
}

export interface OpenOrderState {
  readonly symbol: string;
  readonly clientOrderId: string;
  readonly side: "buy" | "sell";
  readonly type: "market" | "limit" | "stop";
  /** Base quantity. */
  readonly quantity: string;
  readonly filled: string;
  /** The limit, or the stop's trigger; missing for market orders. */
  readonly price?: string;
}
