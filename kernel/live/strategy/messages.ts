import type { GoldenView } from "#backtest";
import type { Push } from "#exports";
import type { StrategyStart } from "./types.ts";

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
  /** How often to report memory, milliseconds; 0 where the parent can see for itself. */
  readonly reportMs: number;
}

/** What the daemon asks of a bundle that is open. */
export type Question =
  | { readonly kind: "start"; readonly start: StrategyStart }
  | ({ readonly kind: "see" } & Push)
  | ({ readonly kind: "push" } & Push)
  | {
      readonly kind: "decide";
      readonly bars: readonly (readonly number[] | null)[];
      readonly started: readonly number[];
      readonly view: GoldenView;
    }
  | { readonly kind: "snapshot" };

/** Each gets one {@link Reply}, in order. */
export type Message = OpenMessage | Question;

/** `rss` comes unasked, in bytes. */
export type Reply =
  | { readonly ok: unknown }
  | { readonly error: { readonly code: string; readonly message: string; readonly hint: string } }
  | { readonly rss: number };

/** The answer to "open". */
export interface Opened {
  readonly permissions: boolean;
  readonly network: boolean;
}
