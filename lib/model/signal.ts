/** What a strategy may ask for. Prices and quantities are float64 here; the engine turns them into ticks and lots. */

/** Reach and hold an exposure in one instrument. One of weight, quantity, notional or risk. */
export interface TargetSpec {
  /** Signed notional over marked equity: 0.5 is half the equity long. */
  readonly weight?: number | undefined;
  /** Signed base quantity. */
  readonly quantity?: number | undefined;
  /** Signed value in the quote asset. */
  readonly notional?: number | undefined;
  /** Fraction of equity lost if the stop is hit; needs `stop`. Long if the stop is below the price. */
  readonly risk?: number | undefined;
  /** Price at which the position is closed at market, once reached. */
  readonly stop?: number | undefined;
}

/** A single order. */
export interface OrderSpec {
  readonly side: "buy" | "sell";
  readonly type: "market" | "limit" | "stop";
  /** Base quantity, above 0. */
  readonly quantity: number;
  /** The limit, for type "limit"; the trigger, for type "stop". */
  readonly price?: number;
}

export interface TargetSignal extends TargetSpec {
  readonly kind: "target";
  /** Index of the instrument in the strategy's list. */
  readonly instrument: number;
}

export interface OrderSignal extends OrderSpec {
  readonly kind: "order";
  readonly instrument: number;
}

export interface CancelSignal {
  readonly kind: "cancel";
  /** Client order id; every working order of the instrument without it. */
  readonly id?: string;
  readonly instrument: number;
}

export type Signal = TargetSignal | OrderSignal | CancelSignal;
