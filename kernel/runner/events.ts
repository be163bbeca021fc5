import type { CellError, CellOutput, MimeBundle, Reached, RunFact } from "#session";

/** A long task inside a cell, as it goes. */
export interface ProgressEvent {
  readonly kind: "progress";
  readonly cell?: number;
  /** Tells tasks apart within a run. */
  readonly id: number;
  readonly label: string;
  /** Units finished, 0 to `total`; `total` is 0 when it is not known. */
  readonly done: number;
  readonly total: number;
  readonly note?: string;
  readonly isEnded: boolean;
}

export interface FactEvent {
  readonly kind: "fact-recorded";
  readonly cell?: number;
  /** The fact without functions: they do not leave the process that ran the cells. */
  readonly fact: RunFact;
}

/**
 * How a cell ended. `expected-error`: it failed and has the tag `raises-exception`; `allowed-error`: it failed in a run
 * that goes on after errors; `skipped`: it has the tag `skip-execution`.
 */
export type CellStatus =
  | "ok"
  | "failed"
  | "expected-error"
  | "allowed-error"
  | "skipped"
  | "timed-out"
  | "interrupted"
  | "kernel-died";

export interface CellReport {
  /** The number shown as `[n]`; missing for a skipped cell. */
  readonly cell?: number;
  /** Place among all cells of the executed notebook, from 0. */
  readonly index: number;
  /** Its first comment, else the heading above it, else its first line. */
  readonly title: string;
  readonly status: CellStatus;
  readonly durationMs: number;
  readonly error?: CellError;
}

/** What a run tells while it goes, in order. */
export type RunEvent =
  /** `cells`: how many code cells will run at most. */
  | {
      readonly kind: "run-started";
      readonly notebook: string;
      readonly output: string;
      readonly cells: number;
    }
  | { readonly kind: "cell-started"; readonly cell: number; readonly index: number; readonly title: string }
  | { readonly kind: "cell-output"; readonly output: CellOutput }
  | ProgressEvent
  | FactEvent
  | { readonly kind: "cell-finished"; readonly report: CellReport }
  | { readonly kind: "run-finished"; readonly status: RunStatus; readonly durationMs: number };

export type RunStatus = "ok" | "failed" | "timed-out" | "interrupted" | "kernel-died";

/** Exit code of a run, for the command line; 2 is for errors that stop a run before it starts. */
export const EXIT_CODES: Readonly<Record<RunStatus, number>> = {
  ok: 0,
  failed: 1,
  "timed-out": 124,
  interrupted: 130,
  "kernel-died": 138,
};

/** From the process that runs the cells. */
export type ChildEvent =
  | { readonly kind: "output"; readonly output: CellOutput }
  | ProgressEvent
  | FactEvent
  | { readonly kind: "cell-done"; readonly result?: MimeBundle; readonly error?: CellError }
  /** The last word: the process ends now. `error`: something wrote to what was frozen, or the disk is full. */
  | { readonly kind: "finished"; readonly reached: Reached; readonly error?: CellError };

/** To the process that runs the cells. */
export type ChildCommand =
  | { readonly kind: "open"; readonly root: string; readonly home?: string }
  | {
      readonly kind: "run-cell";
      readonly cell: number;
      readonly tags: readonly string[];
      readonly source: string;
    }
  | { readonly kind: "finish" };
