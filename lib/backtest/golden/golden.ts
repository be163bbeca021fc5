/**
 * Golden vectors: what a backtest's strategy was shown and what it did, bar for bar, so that its bundle can be held
 * against them anywhere. They cover one stretch of decisions, with the bars before it that warm up.
 *
 *   bars  start .......... first decision .......... end      (each instrument its own)
 *         | warm-up bars | one bar a decision       |
 *
 * Plain data: written as canonical text, every number comes back bit for bit.
 */
import type { Performance } from "#analysis";
import type { Millis } from "#core";
import type { EngineSnapshot } from "#engine";
import type { FeatureSnapshot, Published } from "#features";
import type { BarColumns, InstrumentSpec, Order, Signal } from "#model";
import type { OrderView, StrategyFacts } from "#strategy";

export interface Golden {
  readonly facts: StrategyFacts;
  /** The whole backtest that this is a stretch of. */
  readonly backtest: {
    readonly from: Millis;
    readonly to: Millis;
    readonly dataHashes: readonly string[];
    readonly decisions: number;
    readonly orders: number;
    readonly fills: number;
    readonly trades: number;
    readonly refusals: number;
    readonly performance: Performance;
  };
  readonly instruments: readonly GoldenInstrument[];
  /** What features read of series: what was published until the end, `publishedBy`. Missing where they read none. */
  readonly published?: Published;
  /** Before the first decision. After each one it is in `decisions`. */
  readonly memory: Memory;
  readonly decisions: readonly GoldenDecision[];
}

export interface GoldenInstrument {
  readonly instrument: Required<InstrumentSpec>;
  /** Bars before the first decision. */
  readonly warmup: number;
  /** Whether a bar of it had closed before the first decision, counted from the backtest's start. */
  readonly started: boolean;
  /** The feature stream before the first bar; missing where that is the first bar of the history. */
  readonly snapshot?: FeatureSnapshot;
  readonly bars: BarColumns;
  /** One column a feature, one column a model, as long as the bars. */
  readonly rows: readonly Float64Array[];
  readonly predictions: Readonly<Record<string, Float64Array>>;
}

/** All that a strategy remembers. */
export interface Memory {
  /** By instrument. */
  readonly state: readonly object[];
  readonly shared: object;
  /** Floats drawn from `ctx.random`. */
  readonly random: number;
}

export interface GoldenDecision {
  /** From 1, counted from the backtest's start. */
  readonly number: number;
  /** 1 for each instrument whose bar closed. */
  readonly closed: readonly number[];
  readonly view: GoldenView;
  readonly signals: readonly Signal[];
  readonly after: Memory;
  /** The orders that the engine made of the signals, then and until the next decision. */
  readonly orders: readonly GoldenOrder[];
  /** If the engine made orders of the signals at once: its state before, and these orders. Another engine must agree. */
  readonly sized?: { readonly before: EngineSnapshot; readonly orders: readonly GoldenOrder[] };
}

/** What the strategy saw of the account. Lists are by instrument. */
export interface GoldenView {
  readonly now: Millis;
  readonly equity: number;
  readonly lots: readonly number[];
  readonly averagePrice: readonly number[];
  readonly mark: readonly number[];
  readonly orders: readonly (readonly OrderView[])[];
}

/** The part of an order that never changes. */
export type GoldenOrder = Pick<
  Order,
  "id" | "instrument" | "purpose" | "side" | "type" | "lots" | "ticks" | "sentAt"
>;
