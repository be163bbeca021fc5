import type { RunStatus } from "#runner";
import type { AttemptResult } from "../state/types.ts";

/** What an attempt is to do. Paths are absolute. */
export interface AttemptOrder {
  readonly notebook: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly raw: readonly string[];
  /** Of the notebook's data and results. */
  readonly home: string;
  /** Limits; 0: none. */
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
}

/** To the attempt's process. */
export type ToAttempt =
  | { readonly kind: "start"; readonly order: AttemptOrder; readonly folder: string }
  | { readonly kind: "stop" };

/** From the attempt's process. */
export type FromAttempt =
  | { readonly kind: "ready" }
  /** The process that runs the cells, the leader of its group. */
  | { readonly kind: "cells"; readonly pid: number }
  | { readonly kind: "progress"; readonly cell: number; readonly cells: number }
  | {
      readonly kind: "ended";
      readonly status: RunStatus;
      readonly killedBy?: string;
      readonly result: AttemptResult;
    }
  /** It could not start. */
  | { readonly kind: "refused"; readonly result: AttemptResult };
