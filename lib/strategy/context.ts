import type { Millis } from "#core";
import type { OrderSpec, Params, TargetSpec } from "#model";

/** The bar that just closed. The object is reused: read it now, keep numbers, not the object. */
export interface BarView {
  /** Start of the bar, UTC milliseconds. */
  readonly time: Millis;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

export interface PositionView {
  /** Base quantity held, in whole lots. */
  readonly quantity: number;
  readonly isFlat: boolean;
  /** What one unit cost on average; NaN when flat. */
  readonly averagePrice: number;
  /** Fraction of equity, at the last price. */
  readonly weight: number;
}

/** An order of the strategy's own that still works (targets and stops are the engine's). */
export interface OrderView {
  readonly id: string;
  readonly side: "buy" | "sell";
  readonly type: "market" | "limit" | "stop";
  readonly price: number | undefined;
  readonly quantity: number;
  readonly filled: number;
}

/** Past bars, oldest first, the closed one last. Copies: what they hold stays. */
export interface HistoryView {
  readonly time: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
}

/** One instrument, seen and acted on. */
export interface InstrumentContext<F extends string = string, M extends string = string, S = object> {
  readonly symbol: string;
  readonly bar: BarView;
  /** Feature values of the closed bar. */
  readonly row: Readonly<Record<F, number>>;
  readonly position: PositionView;
  readonly orders: readonly OrderView[];
  /** Memory of this instrument: survives restarts. */
  readonly state: S;
  /** The model's prediction for the closed bar. */
  predict(model: M): number;
  /** The last n closed bars; fewer at the start. n up to the strategy's `history`. Errors: `strategy.bad-history`. */
  history(n: number): HistoryView;
  /** Adjusts the exposure once. Errors: `strategy.bad-signal` for NaN or contradictory settings. */
  target(spec: TargetSpec): void;
  /** Places one order. Errors: `strategy.bad-signal`. */
  order(spec: OrderSpec): void;
  /** Cancels one working order, or all of this instrument's. */
  cancel(id?: string): void;
}

/** What every handler sees besides instruments. */
interface StrategyContext<P = Params, H = object> {
  readonly params: P;
  /** Memory of the whole strategy. */
  readonly shared: H;
  /** Venue time of the decision: the only clock. */
  readonly now: Millis;
  /** Marked equity in the account's currency. */
  readonly equity: number;
  /** The next random number in [0, 1): the only randomness; the same in a replay. */
  random(): number;
}

/** `ctx` of onBar. */
export interface BarContext<
  P = Params,
  F extends string = string,
  M extends string = string,
  S = object,
  H = object,
> extends StrategyContext<P, H>,
    InstrumentContext<F, M, S> {
  /** Another instrument. Errors: `strategy.unknown-symbol`. */
  at(symbol: string): InstrumentContext<F, M, S>;
}

/** `ctx` of onBars. */
export interface MomentContext<
  P = Params,
  F extends string = string,
  M extends string = string,
  S = object,
  H = object,
> extends StrategyContext<P, H> {
  readonly symbols: readonly string[];
  at(symbol: string): InstrumentContext<F, M, S>;
  /** True if the instrument has a bar that closed at this moment. */
  closed(symbol: string): boolean;
}
