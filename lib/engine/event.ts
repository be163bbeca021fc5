import type { ErrorCode, Millis } from "#core";
import type { Limits, OrderCommand, OrderEvent, RejectReason, Signal, Ticks } from "#model";
import type { Approved } from "./risk/check.ts";

/**
 * What the engine is told, one at a time. Hosts may reuse the object of an event after `step` returns:
 * the engine keeps none.
 */
export type EngineEvent =
  /** The bars ending by `time` are complete. Steps before the print that closed them. */
  | {
      readonly kind: "bars-closed";
      readonly time: Millis;
      /** 1 for each instrument whose bar closed, in the order of the instruments. */
      readonly closed: Uint8Array;
      /** Close of each such bar. */
      readonly closeTicks: Float64Array;
    }
  /** A trade took place at the venue. */
  | { readonly kind: "print"; readonly time: Millis; readonly instrument: number; readonly ticks: Ticks }
  /** The strategy's answer to `decide`. */
  | {
      readonly kind: "decided";
      readonly time: Millis;
      readonly strategy: number;
      readonly signals: readonly Signal[];
    }
  | OperatorEvent
  /** The operator's limits are others from now on. */
  | { readonly kind: "limits-changed"; readonly time: Millis; readonly limits: Limits }
  /** The strategy failed, or was told to go: it is asked no more. */
  | { readonly kind: "strategy-stopped"; readonly time: Millis; readonly strategy: number }
  | OrderEvent;

/**
 * What the operator wants. `halt`: buy nothing, withdraw what would. `flatten`: halt, cancel everything, sell all at
 * market. `resume`: ends a halt, also one for a day's loss, which counts from the equity of now on.
 */
export interface OperatorEvent {
  readonly kind: "operator";
  readonly time: Millis;
  readonly action: "halt" | "flatten" | "resume";
}

/** A signal or an order that was not acted on, with the numbers behind it. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly time: Millis;
  readonly strategy: number;
  readonly instrument: number;
  readonly decision: number;
  /** The value that broke the rule, and the rule's bound. */
  readonly value: number;
  readonly bound: number;
  /** What the venue said, if it was the venue that refused. */
  readonly reason?: RejectReason;
}

/** What `step` wants done. The host empties it after each step; nothing is allocated while nothing happens. */
export interface Effects {
  /** Every strategy is to be asked for its decision, at the engine's time. */
  decide: boolean;
  readonly commands: Approved<OrderCommand>[];
  readonly refusals: Refusal[];
}

export function createEffects(): Effects {
  return { decide: false, commands: [], refusals: [] };
}
