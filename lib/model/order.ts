import type { Millis } from "#core";
import type { AssetUnits, Lots, Ticks } from "./instrument.ts";

export type OrderType = "market" | "limit" | "stop";

/** +1 buys, -1 sells. */
export type Side = 1 | -1;

/**
 * Where an order is in its life.
 * `submitting` and `canceling`: we asked, the venue has not answered. `unknown`: the answer was lost; the order may
 * or may not stand, so its exposure stays reserved until the venue is asked.
 */
export type OrderState =
  | "submitting"
  | "open"
  | "canceling"
  | "unknown"
  | "filled"
  | "canceled"
  | "expired"
  | "rejected";

/** Why the order exists: to reach a target, to protect a position, or because the strategy asked for it. */
export type OrderPurpose = "target" | "stop" | "single";

export interface Order {
  /** Client order id, made from strategy, instrument and decision number: the same in every replay. */
  readonly id: string;
  readonly strategy: number;
  readonly instrument: number;
  readonly purpose: OrderPurpose;
  readonly side: Side;
  readonly type: OrderType;
  readonly lots: Lots;
  /** The limit, or the stop's trigger; undefined for market orders. */
  readonly ticks: Ticks | undefined;
  /** Number of the decision that led to it, from 1. */
  readonly decision: number;
  /** Engine time at which it was sent. */
  readonly sentAt: Millis;
  /** Quote units held back for the rest of a buy. */
  reserved: AssetUnits;
  state: OrderState;
  filledLots: Lots;
  /** The venue's ids of its fills, so that a fill told twice is booked once. */
  trades: readonly string[];
}

export interface SubmitOrder {
  readonly kind: "submit";
  readonly order: Order;
}

export interface CancelOrder {
  readonly kind: "cancel";
  readonly order: Order;
}

export type OrderCommand = SubmitOrder | CancelOrder;

/** What the venue said about an order. Facts come back only as these. */
export type OrderEvent =
  | { readonly kind: "order-accepted"; readonly time: Millis; readonly id: string }
  | {
      readonly kind: "order-rejected";
      readonly time: Millis;
      readonly id: string;
      readonly reason: RejectReason;
    }
  | {
      readonly kind: "order-filled";
      readonly time: Millis;
      readonly id: string;
      /** The venue's id of the execution. */
      readonly trade: string;
      readonly ticks: Ticks;
      readonly lots: Lots;
      readonly fee: AssetUnits;
      readonly feeAsset: string;
    }
  | { readonly kind: "order-expired"; readonly time: Millis; readonly id: string }
  | { readonly kind: "order-canceled"; readonly time: Millis; readonly id: string }
  /** The venue would not cancel, and the order stands. */
  | { readonly kind: "cancel-rejected"; readonly time: Millis; readonly id: string }
  /** The answer was lost: the order may stand or not. What it holds back stays reserved until the venue was asked. */
  | { readonly kind: "order-unknown"; readonly time: Millis; readonly id: string };

/** Why a venue refuses an order; the door of each venue translates its own codes to these. */
export type RejectReason =
  | "insufficient-funds"
  | "min-notional"
  | "would-trigger"
  | "no-market"
  /** Asked for after a lost answer, the venue does not know it: it never arrived. */
  | "not-found"
  /** Decided on too long ago to be sent now: the daemon was down meanwhile. */
  | "stale"
  /** Anything else; the venue's own words are in the daemon's log. */
  | "refused";
