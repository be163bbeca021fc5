import type { GoldenView } from "#backtest";
import type { Push } from "#exports";
import type { Published } from "#features";
import type { Drift } from "#ml";
import type { InferencePolicy } from "#strategy";
import type { FailedPredictions, StrategyStart } from "./types.ts";

export interface OpenMessage {
  readonly kind: "open";
  readonly script: string;
  /** Names of the features, in the order of a row. */
  readonly features: readonly string[];
  /** Whether features read the bars of other instruments. */
  readonly seesOthers: boolean;
  readonly models: readonly {
    readonly name: string;
    readonly inputs: readonly string[];
    /** base64. */
    readonly bytes: string;
  }[];
  /** With it each model is in a process of its own, at the other end of a pipe that this one inherits. */
  readonly inference?: InferencePolicy;
  /** How often to report memory, milliseconds; 0 where the parent can see for itself. */
  readonly reportMs: number;
}

/** What the daemon asks of a bundle that is open. */
export type Question =
  | { readonly kind: "start"; readonly start: StrategyStart }
  | ({ readonly kind: "see" } & Push)
  | ({ readonly kind: "push"; readonly failed?: FailedPredictions[number] } & Push)
  | {
      readonly kind: "decide";
      readonly bars: readonly (readonly number[] | null)[];
      readonly started: readonly number[];
      readonly view: GoldenView;
      readonly published?: Published;
      readonly failed?: FailedPredictions;
    }
  | { readonly kind: "publish"; readonly published: Published }
  | { readonly kind: "snapshot" };

/** Each gets one {@link Reply}, in order. */
export type Message = OpenMessage | Question;

/** `rss`, in bytes, and `drift` come unasked. */
export type Reply =
  | { readonly ok: unknown }
  | { readonly error: { readonly code: string; readonly message: string; readonly hint: string } }
  | { readonly rss: number }
  | { readonly drift: DriftReport };

/** One line an input of the model, and one for its predictions. */
export interface DriftReport {
  readonly model: string;
  readonly lines: readonly Drift[];
}

/** The answer to "open". */
export interface Opened {
  readonly permissions: boolean;
  readonly network: boolean;
}
