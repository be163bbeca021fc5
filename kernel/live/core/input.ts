/**
 * All that the daemon's trading follows from, one record of the journal each. What came from outside is written down
 * before it is stepped; what the strategy answered, and that an order is about to be sent, as well. The same records in
 * the same order give the same state, whenever and wherever they are stepped.
 */
import type { Memory } from "#backtest";
import type { ErrorCode, Millis } from "#core";
import type { OperatorEvent } from "#engine";
import type { Published } from "#features";
import type {
  Account,
  AssetUnits,
  InstrumentSpec,
  Limits,
  MarketTrade,
  OrderReport,
  RawCandle,
  Signal,
  TopOfBook,
  VenueBalances,
} from "#model";
import type { FailedPredictions, Predictions } from "../strategy/types.ts";

/** What trades, where, within which limits: the journal's first record. */
export interface TradingTerms {
  /** Hash of the bundle, and the fingerprint of the key that signed it. */
  readonly bundle: string;
  readonly signedBy: string;
  readonly strategy: string;
  readonly instruments: readonly Required<InstrumentSpec>[];
  readonly timeframe: string;
  readonly account: Account;
  /** The bundle's request and the operator's word on top of it. */
  readonly limits: Limits;
  readonly rebalance: number;
  readonly warmupBars: number;
  /** Hash of the engine that began. */
  readonly engine: string;
}

/** What the strategy answered. */
export interface Decision {
  /** By instrument: the feature row of the bar that closed; null where none did. */
  readonly rows: readonly (readonly number[] | null)[];
  /** By instrument, by model: of the latest bar. */
  readonly predictions: readonly Predictions[];
  /** Missing where nothing failed. */
  readonly failed?: FailedPredictions;
  readonly signals: readonly Signal[];
  readonly memory: Memory;
}

export type LiveInput =
  | { readonly kind: "began"; readonly terms: TradingTerms }
  /** In step with the venue after connecting; `foreign`: what the account held beside this daemon's books. */
  | { readonly kind: "synced"; readonly time: Millis; readonly foreign: Readonly<Record<string, AssetUnits>> }
  /** By instrument, oldest first: the closed candles that come before the first bar traded on. */
  | {
      readonly kind: "warmed-up";
      readonly until: Millis;
      readonly candles: readonly (readonly RawCandle[])[];
    }
  /**
   * What series told, as their source says it: before the warm-up, and just before the bars close that may see it. Much of it
   * comes in several records.
   */
  | { readonly kind: "published"; readonly values: Published }
  | MarketTrade
  | TopOfBook
  | VenueBalances
  | OrderReport
  /** The venue's clock has come so far without a trade. */
  | { readonly kind: "time-reached"; readonly time: Millis }
  | ({ readonly kind: "decided"; readonly time: Millis } & Decision)
  | {
      readonly kind: "strategy-failed";
      readonly time: Millis;
      readonly code: ErrorCode;
      readonly message: string;
    }
  | OperatorEvent
  /** The operator's file says other limits than before. */
  | { readonly kind: "limits-changed"; readonly time: Millis; readonly limits: Limits }
  /** An order or a cancel goes out now. Written before it is sent. */
  | { readonly kind: "sending"; readonly command: "submit" | "cancel"; readonly id: string }
  /** The daemon went down around the sending, and the venue knows no such order: it is to be sent again. */
  | { readonly kind: "unsent"; readonly id: string };
